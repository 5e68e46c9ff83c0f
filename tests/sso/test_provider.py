"""The story of an identity provider of a tenant."""

from __future__ import annotations

from msgspec.structs import replace

from domain.kernel import SecretId
from domain.sso.events import ProviderConfigured, ProviderDisabled, ProviderEnabled, ProviderRemoved, ProviderRevised
from domain.sso.provider import (
    PROVIDER,
    Configure,
    Disable,
    Disabled,
    Enable,
    Enabled,
    Gone,
    Remove,
    Revise,
    Unknown,
)
from domain.sso.terms import RoleRule, Terms
from tests.given import about
from tests.proves import proves

given = about(PROVIDER)

terms = Terms("The college", "https://idp.school.test", "annals", SecretId("s1"))
other = replace(terms, name="The faculty", roles=(RoleRule("groups", "teachers", "instructor"),))
configured = ProviderConfigured("oidc", terms)


@proves("auth.sso_oauth")
def test_a_provider_is_configured_once() -> None:
    given().when(Configure("oidc", terms)).then(configured)
    given(configured).when(Configure("oidc", terms)).then()
    given(configured).when(Configure("oidc", other)).refused("provider.not_possible")
    given(configured, ProviderRemoved()).when(Configure("oidc", terms)).refused("provider.not_possible")


def test_what_is_missing_is_said_before_anybody_tries_to_come_in() -> None:
    given().when(Configure("oidc", replace(terms, issuer=""))).refused("provider.incomplete")
    given().when(Configure("oidc", replace(terms, client_id=""))).refused("provider.incomplete")
    given().when(Configure("google", replace(terms, secret=None))).refused("provider.incomplete")
    given().when(Configure("saml", terms)).refused("provider.incomplete")
    whole = replace(terms, sign_in_url="https://idp.school.test/sso", certificates=("PEM",))
    given().when(Configure("saml", whole)).then(ProviderConfigured("saml", whole))
    given(ProviderConfigured("saml", whole)).when(Revise(terms)).refused("provider.incomplete")


def test_other_terms_keep_the_secret_unless_there_is_another() -> None:
    given(configured).when(Revise(replace(other, secret=None))).then(ProviderRevised(other))
    newer = replace(other, secret=SecretId("s2"))
    given(configured).when(Revise(newer)).then(ProviderRevised(newer, SecretId("s1")))
    given(configured).when(Revise(terms)).then()
    assert given(configured, ProviderRevised(other)).state == Enabled("oidc", other)


def test_a_provider_is_disabled_enabled_and_removed() -> None:
    given(configured).when(Disable()).then(ProviderDisabled())
    given(configured, ProviderDisabled()).when(Disable()).then()
    given(configured, ProviderDisabled()).when(Enable()).then(ProviderEnabled())
    given(configured).when(Enable()).then()
    given(configured, ProviderDisabled()).when(Revise(other)).then(ProviderRevised(other))
    given(configured).when(Remove()).then(ProviderRemoved(SecretId("s1")))
    given(configured, ProviderDisabled()).when(Remove()).then(ProviderRemoved(SecretId("s1")))
    given(configured, ProviderRemoved()).when(Remove()).then()
    for command in (Revise(terms), Disable(), Enable(), Remove()):
        given().when(command).refused("not_found")
    given(configured, ProviderRemoved()).when(Enable()).refused("not_found")


def test_the_states_of_a_provider() -> None:
    assert given().state == Unknown()
    assert given(configured, ProviderDisabled()).state == Disabled("oidc", terms)
    assert given(configured, ProviderRemoved()).state == Gone()
