"""What holds of every kind of provider, each spoken with in its own way, over real HTTP."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime

import msgspec
import pytest

from adapters.identity_providers import IdentityProviders
from application.providers import NotProven, Unreachable
from tests.proves import proves
from tests.sso.trips import CALLBACK, KINDS, StandIn, gone, reaching, standing_in, there_and_back, trip
from tests.sso.wire import browse


@pytest.fixture(params=KINDS)
def provider(request: pytest.FixtureRequest) -> Generator[StandIn]:
    with standing_in(request.param) as one:
        yield one


@proves("auth.social_login", "auth.sso_oauth", "auth.sso_saml")
async def test_who_comes_back_is_proven(provider: StandIn) -> None:
    ours = reaching(provider)
    proof = await there_and_back(ours, provider)
    assert (proof.subject, proof.address, proof.name) == (
        {"facebook": "1234567890"}.get(provider.registration.kind, "subject-1"),
        "ada@school.test",
        "Ada",
    )
    assert proof.address_is_verified == (provider.registration.kind not in {"facebook", "saml"})
    again = await there_and_back(ours, provider)
    assert again.subject == proof.subject
    await ours.close()


@proves("auth.social_login")
async def test_the_state_comes_back_as_it_was_and_apple_and_saml_post_it(provider: StandIn) -> None:
    way = trip()
    brought = await gone(reaching(provider), provider, way)
    assert brought.said.get("state", brought.said.get("RelayState")) == way.state
    assert (brought.method == "POST") == (provider.registration.kind in {"apple", "saml"})
    assert way.verifier not in brought.url


async def test_who_was_not_let_in_is_not_proven(provider: StandIn) -> None:
    provider.lets_in = False
    with pytest.raises(NotProven, match="did not let them in"):
        await there_and_back(reaching(provider), provider)


@proves("auth.social_login")
async def test_an_answer_proves_nothing_on_another_way(provider: StandIn) -> None:
    ours = reaching(provider)
    brought = await gone(ours, provider, trip())
    with pytest.raises(NotProven):
        await ours.who_came(provider.registration, trip(), brought.said, datetime.now(UTC))


@proves("auth.social_login")
async def test_an_answer_that_is_brought_twice_is_known(provider: StandIn) -> None:
    """The codes of OAuth are the provider's to burn; an assertion has an id, which is ours to remember."""
    ours, way = reaching(provider), trip()
    brought = await gone(ours, provider, way)
    first = await ours.who_came(provider.registration, way, brought.said, datetime.now(UTC))
    if provider.registration.kind == "saml":
        second = await ours.who_came(provider.registration, way, brought.said, datetime.now(UTC))
        assert first.message == second.message is not None
        assert first.until is not None
    else:
        with pytest.raises(NotProven, match="does not take the code"):
            await ours.who_came(provider.registration, way, brought.said, datetime.now(UTC))


async def test_nothing_brought_proves_nothing(provider: StandIn) -> None:
    with pytest.raises(NotProven):
        await reaching(provider).who_came(provider.registration, trip(), {}, datetime.now(UTC))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "saml"])
async def test_the_provider_must_know_us_by_our_secret(kind: str) -> None:
    with standing_in(kind) as provider, standing_in("apple") as other:
        wrong = other.registration.secret if kind == "apple" else "wrong"
        registration = msgspec.structs.replace(provider.registration, secret=wrong)
        ours, way = reaching(provider), trip()
        brought = browse(await ours.way_to(registration, way), CALLBACK)
        with pytest.raises((NotProven, Unreachable)):
            await ours.who_came(registration, way, brought.said, datetime.now(UTC))


async def test_a_provider_on_a_private_address_is_not_reached_unless_it_is_named(provider: StandIn) -> None:
    with pytest.raises(Unreachable, match="https"):
        await IdentityProviders().way_to(provider.registration, trip())


@proves("auth.sso_saml")
async def test_only_saml_wants_to_read_about_us() -> None:
    with standing_in("saml") as saml, standing_in("oidc") as oidc:
        ours = IdentityProviders()
        assert ours.description(oidc.registration, CALLBACK) is None
        said = ours.description(saml.registration, CALLBACK) or b""
        assert b'entityID="https://annals.test/sso/saml"' in said
        assert f'Location="{CALLBACK}"'.encode() in said
        assert b'WantAssertionsSigned="true"' in said
