"""Every row of the table that decides about a tenant."""

from __future__ import annotations

from domain.tenancy.events import (
    HostnameMapped,
    HostnameUnmapped,
    TenantProvisioned,
    TenantReactivated,
    TenantRenamed,
    TenantSuspended,
)
from domain.tenancy.tenant import (
    TENANT,
    Active,
    MapHostname,
    Provision,
    Reactivate,
    Rename,
    Suspend,
    Suspended,
    UnmapHostname,
)
from tests.given import about
from tests.proves import proves

given = about(TENANT)

provisioned = TenantProvisioned("Acme College")
suspended = TenantSuspended("not paid")
mapped = HostnameMapped("acme.example")


@proves("tenant.provision")
def test_a_tenant_is_provisioned_once() -> None:
    given().when(Provision("Acme College")).then(provisioned)
    given(provisioned).when(Provision("Acme College")).then()
    given(provisioned).when(Provision("Other College")).refused("tenant.exists")
    given(provisioned, suspended).when(Provision("Other College")).refused("tenant.exists")


def test_it_is_renamed_also_while_suspended() -> None:
    given(provisioned).when(Rename("Acme University")).then(TenantRenamed("Acme University"))
    given(provisioned).when(Rename("Acme College")).then()
    given(provisioned, suspended).when(Rename("Acme University")).then(TenantRenamed("Acme University"))
    assert given(provisioned, mapped, suspended, TenantRenamed("Acme University")).state == Suspended(
        "Acme University", frozenset({"acme.example"}), "not paid"
    )


def test_it_is_suspended_and_reactivated() -> None:
    given(provisioned).when(Suspend("not paid")).then(suspended)
    given(provisioned, suspended).when(Suspend("again")).then()
    given(provisioned, suspended).when(Reactivate()).then(TenantReactivated())
    given(provisioned).when(Reactivate()).then()
    assert given(provisioned, mapped, suspended, TenantReactivated()).state == Active(
        "Acme College", frozenset({"acme.example"})
    )


def test_it_is_reached_under_hostnames() -> None:
    given(provisioned).when(MapHostname("acme.example")).then(mapped)
    given(provisioned, mapped).when(MapHostname("acme.example")).then()
    given(provisioned, mapped).when(UnmapHostname("acme.example")).then(HostnameUnmapped("acme.example"))
    given(provisioned).when(UnmapHostname("acme.example")).then()
    given(provisioned, suspended).when(MapHostname("acme.example")).then(mapped)
    assert given(provisioned, suspended, mapped).state == Suspended(
        "Acme College", frozenset({"acme.example"}), "not paid"
    )


def test_one_that_was_never_provisioned_is_not_found() -> None:
    for command in (Rename("x"), Suspend("x"), Reactivate(), MapHostname("acme.example"), UnmapHostname("a.example")):
        given().when(command).refused("tenant.not_found")
