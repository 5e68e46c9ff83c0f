"""The logins of one person, and the roles that follow from what providers say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import Decider, Rejected, Value
from domain.sso.events import Login, LoginLinked, LoginUnlinked, ProviderId, RolesMapped
from domain.sso.events import LoginsEvent as Event


class Link(Value):
    provider: ProviderId
    login: Login


class Unlink(Value):
    """`otherwise` says whether they can come in without any login, by a password for instance."""

    login: Login
    otherwise: bool


class UnlinkEvery(Value):
    """Nobody comes in as this person any more, so no login need lead to them."""


class MapRoles(Value):
    """These roles follow from what a provider says now."""

    provider: ProviderId
    roles: tuple[str, ...]


Command = Link | Unlink | UnlinkEvery | MapRoles


class Logins(Value):
    linked: tuple[LoginLinked, ...] = ()
    roles: tuple[RolesMapped, ...] = ()
    former: tuple[Login, ...] = ()

    def provider_of(self, login: Login) -> ProviderId | None:
        return next((link.provider for link in self.linked if link.login == login), None)

    def roles_by(self, provider: ProviderId) -> tuple[str, ...]:
        return next((mapped.roles for mapped in self.roles if mapped.provider == provider), ())


State = Logins


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Logins(), Link(provider, login) if state.provider_of(login) is None:
            yield LoginLinked(provider, login)
        case Logins(), Unlink(login) if state.provider_of(login) is None and login not in state.former:
            raise Rejected("not_found", "there is no such login")
        case Logins(linked), Unlink(login, otherwise=False) if [link.login for link in linked] == [login]:
            raise Rejected("login.last", "this is the only way in; set a password or link another login first")
        case Logins(linked), Unlink(login):
            yield from (LoginUnlinked(link.provider, login) for link in linked if link.login == login)
        case Logins(linked), UnlinkEvery():
            yield from (LoginUnlinked(link.provider, link.login) for link in linked)
        case Logins(), MapRoles(provider, roles) if state.roles_by(provider) != roles:
            yield RolesMapped(provider, roles)
        case _:
            return  # Already so. Saying it twice changes nothing.


def evolve(state: State, event: Event) -> State:
    match event:
        case LoginLinked(login=login):
            former = tuple(one for one in state.former if one != login)
            return replace(state, linked=(*_without(state.linked, login), event), former=former)
        case LoginUnlinked(login=login):
            return replace(state, linked=_without(state.linked, login), former=(*state.former, login))
        case RolesMapped(provider, roles):
            others = tuple(mapped for mapped in state.roles if mapped.provider != provider)
            return replace(state, roles=(*others, event) if roles else others)
        case _:
            assert_never(event)


def _without(linked: tuple[LoginLinked, ...], login: Login) -> tuple[LoginLinked, ...]:
    return tuple(link for link in linked if link.login != login)


LOGINS = Decider[State, Command, Event]("logins", Logins(), decide, evolve)
