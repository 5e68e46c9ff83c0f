"""Where a request has come to: which tenant has this hostname, whether it works, and what of it is switched on."""

from __future__ import annotations

from typing import Literal

from api.http.call import Call
from api.http.problems import Refused
from api.http.routes import Route
from application.ledger import PLATFORM, TenantId
from application.standing import Principal
from application.standing.accounts import UNVERIFIED
from application.tenants import Tenants
from domain.tenancy.hostname import LENGTH_MAX

FOR_AUDITORS = frozenset({"facts", "audit"})
"""What is still read of a tenant that is suspended, by the first word of the permission."""


class Hosts:
    """Stands behind the gate: who passes there has come to the right house, and it is open."""

    def __init__(self, tenants: Tenants, which: Literal["any", "mapped"]) -> None:
        self._tenants = tenants
        self._mapped_only = which == "mapped"

    async def tenant(self, call: Call) -> TenantId | None:
        """Whose hostname it was called under; None where it is nobody's and any will do."""
        said = call.headers.get(b"host", b"").partition(b":")[0].lower().rstrip(b".")
        found = await self._tenants.at_host(said.decode()) if _may_be_claimed(said) else None
        if found is None and self._mapped_only:
            raise Refused("host.unknown", "nobody is reached under this hostname")
        if found is not None:
            call.tenant = found
        return found

    async def admit(self, at: TenantId | None, principal: Principal, route: Route) -> None:
        """Let them on to this route, at the house they have come to."""
        tenant = TenantId(principal.tenant)
        if at is not None and at != tenant:
            raise Refused("token.other_tenant", "this token is of another tenant than this hostname")
        school = await self._tenants.school(tenant)
        # The platform cannot lock itself out.
        if school.suspended and tenant != PLATFORM and not _for_auditors(route):
            raise Refused("tenant.suspended", "this tenant is suspended; what it has is kept")
        if _waits_for_address(principal) and route.requires in school.configuration.verified_only.split():
            raise Refused("address.unverified", "this waits until the address is verified")
        if route.needs_feature is not None and not school.features.has(route.needs_feature):
            raise Refused("feature.disabled", f"{route.needs_feature} is switched off here")

    async def check_open(self, tenant: TenantId) -> None:
        """Refuse whoever would begin something with a tenant that is suspended."""
        if tenant != PLATFORM and (await self._tenants.school(tenant)).suspended:
            raise Refused("tenant.suspended", "this tenant is suspended; what it has is kept")


def _may_be_claimed(host: bytes) -> bool:
    """Whether it is worth asking for; a number or noise is nobody's."""
    return (
        len(host) <= LENGTH_MAX
        and host.replace(b".", b"").replace(b"-", b"").isalnum()
        and not host.rpartition(b".")[2].isdigit()
    )


def _waits_for_address(principal: Principal) -> bool:
    lapse = principal.standing.lapse
    return lapse is not None and lapse.code == UNVERIFIED


def _for_auditors(route: Route) -> bool:
    return route.section == "Queries" and (route.requires or "").partition(".")[0] in FOR_AUDITORS
