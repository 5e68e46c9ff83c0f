"""An identity provider of a tenant: on what terms people come in by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import Decider, Rejected, Value, name
from domain.sso.events import (
    Kind,
    ProviderConfigured,
    ProviderDisabled,
    ProviderEnabled,
    ProviderRemoved,
    ProviderRevised,
)
from domain.sso.events import ProviderEvent as Event
from domain.sso.terms import Terms


class Configure(Value):
    kind: Kind
    terms: Terms


class Revise(Value):
    """Other terms. Without an issuer or a secret the one there was stays."""

    terms: Terms


class Disable(Value):
    """Let nobody in by it for now."""


class Enable(Value):
    """Let people in by it again."""


class Remove(Value):
    """Let nobody in by it ever again."""


Command = Configure | Revise | Disable | Enable | Remove


class Unknown(Value, tag=True):
    """There is no such provider in this tenant."""


class Enabled(Value, tag=True):
    kind: Kind
    terms: Terms


class Disabled(Value, tag=True):
    kind: Kind
    terms: Terms


class Gone(Value, tag=True):
    """There was one."""


State = Unknown | Enabled | Disabled | Gone

_KNOWS_US_BY_A_SECRET = frozenset({"google", "apple", "facebook"})


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Configure(kind, terms) if why := _lacking(kind, terms):
            raise Rejected("provider.incomplete", why)
        case Enabled(kind, old) | Disabled(kind, old), Revise(terms) if why := _lacking(kind, _kept(terms, old)):
            raise Rejected("provider.incomplete", why)
        case Unknown(), Configure(kind, terms):
            yield ProviderConfigured(kind, terms)
        case Enabled(terms=old) | Disabled(terms=old), Revise(terms) if _kept(terms, old) != old:
            newer = _kept(terms, old)
            yield ProviderRevised(newer, old.secret if newer.secret != old.secret else None)
        case Enabled(), Disable():
            yield ProviderDisabled()
        case Disabled(), Enable():
            yield ProviderEnabled()
        case Enabled(terms=terms) | Disabled(terms=terms), Remove():
            yield ProviderRemoved(terms.secret)
        case Enabled(kind, old) | Disabled(kind, old), Configure(kind=same, terms=terms) if (kind, old) == (
            same,
            terms,
        ):
            return  # Already so. Saying it twice changes nothing.
        case (Enabled() | Disabled(), Revise()) | (Enabled(), Enable()) | (Disabled(), Disable()) | (Gone(), Remove()):
            return
        case Unknown() | Gone(), Revise() | Disable() | Enable() | Remove():
            raise Rejected("not_found", "there is no such provider")
        case _:
            raise Rejected("provider.not_possible", f"cannot {name(command)} when {name(state)}")


def _kept(terms: Terms, old: Terms) -> Terms:
    return replace(terms, issuer=terms.issuer or old.issuer, secret=terms.secret or old.secret)


def _lacking(kind: Kind, terms: Terms) -> str:
    """What is missing before anybody could come in, or nothing."""
    if not terms.issuer or not terms.client_id:
        return "a provider has an issuer, and a name for us"
    if kind == "saml" and not (terms.sign_in_url and terms.certificates):
        return "a SAML provider has a URL to sign in at, and a certificate"
    if kind in _KNOWS_US_BY_A_SECRET and terms.secret is None:
        return f"{kind} knows us by a secret"
    return ""


def evolve(state: State, event: Event) -> State:
    match event:
        case ProviderConfigured(kind, terms):
            return Enabled(kind, terms)
        case ProviderRemoved():
            return Gone()
        case _ if isinstance(state, Unknown | Gone):
            return state
        case ProviderRevised(terms):
            return replace(state, terms=terms)
        case ProviderDisabled():
            return Disabled(state.kind, state.terms)
        case ProviderEnabled():
            return Enabled(state.kind, state.terms)
        case _:
            assert_never(event)


PROVIDER = Decider[State, Command, Event]("identity-provider", Unknown(), decide, evolve)
