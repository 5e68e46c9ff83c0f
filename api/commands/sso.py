"""Configuring the providers of a tenant, and unlinking logins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from api.http.commands import Doing, command
from application.ledger import Receipt
from application.role_rules import Mappable
from domain.identity.person import PERSON, Nobody
from domain.kernel import ID, Rejected, SecretId, Value
from domain.sso.events import Kind, Login, ProviderId
from domain.sso.login import LOGIN, Release
from domain.sso.logins import LOGINS, Unlink
from domain.sso.provider import PROVIDER, Configure, Disable, Enable, Remove, Revise
from domain.sso.terms import AttributeRule, RoleRule, Terms

Provider = Annotated[ProviderId, ID]
LoginMark = Annotated[Login, ID]

Called = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, pattern=r"^[!-~]+$(?!\n)")]
Secret = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=8_000,
        pattern=r"^[^\x00]+$",
        description="What proves us to the provider: a text, or for Apple JSON with `team`, `key` and `pem`.",
    ),
]
Certificate = Annotated[
    str,
    msgspec.Meta(
        max_length=8_000,
        pattern=r"^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$",
        description="In PEM.",
    ),
]
Domain = Annotated[str, msgspec.Meta(max_length=253, pattern=r"^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$(?!\n)")]
Attributes = Annotated[tuple[AttributeRule, ...], msgspec.Meta(max_length=10)]

ISSUERS: dict[Kind, str] = {
    "google": "https://accounts.google.com",
    "apple": "https://appleid.apple.com",
    "facebook": "https://www.facebook.com",
}
"""Those that everyone knows need not be said."""

REFUSES = ["provider.incomplete", "provider.url_refused", "not_found", "provider.not_possible"]
REFUSES_ROLES = ["permission.not_held", "grant.not_here", "grant.needs_person"]


class TermsBody(Value, forbid_unknown_fields=True, kw_only=True):
    """On what terms people come in by a provider. The secret is kept in the vault, and shown to nobody."""

    name: Called
    issuer: Annotated[str, msgspec.Meta(max_length=1_000, pattern=r"^[!-~]*$(?!\n)")] = ""
    client_id: Line
    secret: Secret | None = None
    sign_in_url: Url | None = None
    certificates: Annotated[tuple[Certificate, ...], msgspec.Meta(max_length=10)] = ()
    domains: Annotated[tuple[Domain, ...], msgspec.Meta(max_length=100)] = ()
    attributes: Attributes = ()
    roles: Annotated[tuple[RoleRule, ...], msgspec.Meta(max_length=200)] = ()
    welcomes: bool = True


class ConfigureBody(TermsBody, forbid_unknown_fields=True, kw_only=True):
    """A new provider: how it is called in URLs, how it speaks, and on what terms people come in by it."""

    id: Provider
    kind: Kind


EXAMPLE: dict[str, Any] = {
    "name": "The college",
    "issuer": "https://idp.college.example",
    "client_id": "annals",
    "secret": "kept by both of us",
    "domains": ["college.example"],
    "roles": [{"attribute": "groups", "value": "teachers", "role": "instructor"}],
}


@command(
    "/api/identity-providers",
    requires="sso.configure",
    limit="command",
    refuses=[*REFUSES, *REFUSES_ROLES],
    example={"id": "college", "kind": "oidc", **EXAMPLE},
)
async def configure_provider(body: ConfigureBody, do: Doing) -> Receipt:
    """Let people come in by an identity provider."""
    terms = await _terms(body, body.kind, do)
    return await _with_roles(body.id, Configure(body.kind, terms), terms, do)


@command(
    "/api/identity-providers/{provider}/revise",
    requires="sso.configure",
    limit="command",
    refuses=[*REFUSES, *REFUSES_ROLES],
    example=EXAMPLE,
)
async def revise_provider(provider: Provider, body: TermsBody, do: Doing) -> Receipt:
    """Let people come in on other terms. Without a secret, the one there was is kept."""
    terms = await _terms(body, None, do)
    return await _with_roles(provider, Revise(terms), terms, do)


@command("/api/identity-providers/{provider}/disable", requires="sso.configure", limit="command", refuses=["not_found"])
async def disable_provider(provider: Provider, do: Doing) -> Receipt:
    """Let nobody come in by a provider for now."""
    return await do(PROVIDER.at(provider), Disable())


@command("/api/identity-providers/{provider}/enable", requires="sso.configure", limit="command", refuses=["not_found"])
async def enable_provider(provider: Provider, do: Doing) -> Receipt:
    """Let people come in by a provider again."""
    return await do(PROVIDER.at(provider), Enable())


@command("/api/identity-providers/{provider}/remove", requires="sso.configure", limit="command", refuses=["not_found"])
async def remove_provider(provider: Provider, do: Doing) -> Receipt:
    """Let nobody come in by a provider ever again."""
    return await do(PROVIDER.at(provider), Remove())


@command(
    "/api/me/logins/{login}/unlink",
    requires="sso.own",
    limit="command",
    refuses=["person.needed", "not_found", "login.last"],
)
async def unlink_login(login: LoginMark, do: Doing) -> Receipt:
    """Come in by a login no more, unless it is the only way."""
    person = do.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    streams = (LOGINS.at(person), PERSON.at(person), LOGIN.at(login))

    def decide(linked: Any, known: Any, taken: Any) -> Iterator[tuple[int, Any]]:
        has_password = not isinstance(known, Nobody) and known.account.credential is not None
        yield from ((0, event) for event in LOGINS.decide(linked, Unlink(login, has_password)))
        yield from ((2, event) for event in LOGIN.decide(taken, Release(person)))

    return await do.across(streams, decide, Unlink(login, otherwise=False))


async def _terms(body: TermsBody, kind: Kind | None, do: Doing) -> Terms:
    issuer = body.issuer or ("" if kind is None else ISSUERS.get(kind, ""))
    for url in (body.sign_in_url, issuer if kind not in {None, "saml"} else None):
        if url and urlsplit(url).scheme not in {"https", "http"}:
            raise Rejected("provider.url_refused", "a provider is reached by a URL that begins with https://")
    secret: SecretId | None = None
    if body.secret is not None:
        secret = await do.keep("identity-provider", body.secret)
    return Terms(
        name=body.name,
        issuer=issuer,
        client_id=body.client_id,
        secret=secret,
        sign_in_url=body.sign_in_url or "",
        certificates=body.certificates,
        domains=body.domains,
        attributes=body.attributes,
        roles=body.roles,
        welcomes=body.welcomes,
    )


async def _with_roles(provider: ProviderId, wanted: Configure | Revise, terms: Terms, do: Doing) -> Receipt:
    """Decide it, if whoever asks holds what the roles permit that follow from what the provider will say."""
    roles = Mappable(do.principal, sorted({rule.role for rule in terms.roles}))

    def decide(state: Any, *others: Any) -> Iterator[tuple[int, Any]]:
        roles.check(others)
        yield from ((0, event) for event in PROVIDER.decide(state, wanted))

    return await do.across((PROVIDER.at(provider), *roles.streams), decide, wanted)
