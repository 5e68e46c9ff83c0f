"""Every row of the table that decides about a hostname, and what a hostname may look like."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.kernel import Rejected
from domain.tenancy.events import HostnameClaimed, HostnameReleased, HostnameRemapped
from domain.tenancy.hostname import HOSTNAME, Claim, Claimed, Free, HandOver, Release, hostname
from tests.given import about
from tests.proves import proves

given = about(HOSTNAME)

acme, other = UUID(int=1), UUID(int=2)
claimed = HostnameClaimed(acme)


@proves("tenant.provision")
def test_it_belongs_to_whoever_claimed_it_first() -> None:
    given().when(Claim(acme)).then(claimed)
    given(claimed).when(Claim(acme)).then()
    given(claimed).when(Claim(other)).refused("hostname.taken")


def test_it_is_released_by_its_holder_alone() -> None:
    given(claimed).when(Release(acme)).then(HostnameReleased())
    given(claimed).when(Release(other)).then()
    given().when(Release(acme)).then()
    given(claimed, HostnameReleased()).when(Claim(other)).then(HostnameClaimed(other))


@proves("tenant.resolve_host")
def test_it_is_handed_over_with_no_moment_between() -> None:
    given(claimed).when(HandOver(acme, other)).then(HostnameRemapped(other))
    given(claimed, HostnameRemapped(other)).when(HandOver(acme, other)).then()
    given(claimed, HostnameRemapped(other)).when(HandOver(acme, acme)).refused("hostname.not_theirs")
    given().when(HandOver(acme, other)).refused("hostname.not_theirs")


def test_the_states_of_a_hostname() -> None:
    assert given().state == Free()
    assert given(claimed, HostnameRemapped(other)).state == Claimed(other)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Acme.Example.", "acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("a1-b.acme.example", "a1-b.acme.example"),
    ],
)
def test_one_name_is_kept_in_one_way(said: str, kept: str) -> None:
    assert hostname(said) == kept == hostname(kept)


@pytest.mark.parametrize(
    "said",
    [
        *("", ".", "a..b", "-a.example", "a-.example", "a b.example", "a_b.example", "a:80", "a/b", "127.0.0.1", "::1"),
        *("xn--a.example", "é" * 300, "x" * 64 + ".example", ".".join(["a" * 60] * 5), "a\0.example", "*.example"),
    ],
)
def test_what_is_no_hostname_is_refused(said: str) -> None:
    with pytest.raises(Rejected) as no:
        hostname(said)
    assert no.value.code == "hostname.malformed"
