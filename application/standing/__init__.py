"""How whoever asks stands: what they may, where, and whether they may still ask at all.

A token proves who asks. Everything else is looked up, remembered, and forgotten when a fact says that it has moved.
What a permission hangs on besides roles is a condition, found by place: a module here declares it in one function.

    @hears(SessionEnded)
    def the_session_is_open(who: Who) -> Ground | None:
        if who.session is None:
            return None
        return Ground(who.tenant, SESSION.at(who.session), _ended)

    def _ended(state: State) -> Lapse | None:
        return Lapse("token.refused", "the session has ended") if isinstance(state, Ended) else None

Its stream is read when somebody first asks, and again after each fact on it of a type that is heard. A stream that was
never written to has its initial state: say of that, too, whether it lapses.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from application.ledger import PLATFORM, TenantId
from application.permissions import BUILT_IN, EVERYONE, PLATFORM_ADMIN, built_in, own
from domain.access.events import RoleName, Scope
from domain.access.grants import Grant
from domain.kernel import PersonId, Stream, Value

# --- who asks, and how they stand -----------------------------------------------------------------


class Who(Value):
    """Who asks, as far as their token says."""

    tenant: UUID
    name: str
    token: UUID
    expires_at: float
    account: str
    """Tells them from all others, also from those of other tenants."""
    key: str
    """Tells this token of theirs from all others."""
    person: PersonId | None = None
    """Nobody where a machine or an operator asks: then `can` says what they may."""
    session: str | None = None
    can: frozenset[str] | None = None
    """What the token is good for. With a person, they may only what they may anyhow, and of that only this."""
    api_key: str | None = None
    """The key that a program of theirs asks with."""


class Lapse(Value):
    """Why somebody may no longer ask. `spares` are permissions that hold all the same."""

    code: str
    detail: str
    spares: frozenset[str] = frozenset()


class Standing(Value):
    """What somebody may, everywhere in their tenant and within scopes, and what that comes from."""

    everywhere: frozenset[str]
    within: Mapping[str, frozenset[str]]
    """By scope: `course:algebra`."""
    grants: tuple[Grant, ...] = ()
    lapse: Lapse | None = None


class Principal(Who, kw_only=True):
    """Who asks, and how they stand."""

    standing: Standing

    def may(self, permission: str) -> bool:
        """Whether they may, wherever it is."""
        return permission in self.standing.everywhere


class Granted(Protocol):
    """A role that somebody holds, as whoever looked it up calls it."""

    @property
    def role(self) -> RoleName: ...
    @property
    def scope(self) -> Scope | None: ...


NOTHING: frozenset[str] = frozenset()


def permits(role: RoleName, tenant: UUID, defined: Mapping[RoleName, frozenset[str]]) -> frozenset[str]:
    """What a role permits in a tenant, given those that the tenant has defined."""
    if role == PLATFORM_ADMIN and tenant != PLATFORM:
        return NOTHING
    return built_in(role) if role in BUILT_IN else defined.get(role, NOTHING)


def standing_of(
    tenant: UUID, person: PersonId, grants: Iterable[Granted], defined: Mapping[RoleName, frozenset[str]]
) -> Standing:
    """How a person stands by the roles they hold."""
    held = sorted((Grant(grant.role, grant.scope) for grant in grants), key=lambda one: (one.role, one.scope or ""))
    everywhere = set(built_in(EVERYONE))
    within: dict[str, frozenset[str]] = {}

    def add(scope: str, more: frozenset[str]) -> None:
        if more:
            within[scope] = within.get(scope, NOTHING) | more

    myself = f"person:{person}"
    add(myself, own(EVERYONE))
    for grant in held:
        if grant.scope is None:
            everywhere |= permits(grant.role, tenant, defined)
            add(myself, own(grant.role))
        else:
            add(grant.scope, permits(grant.role, tenant, defined))
    return Standing(frozenset(everywhere), within, tuple(held))


def only(standing: Standing, bounds: frozenset[str]) -> Standing:
    """The same, but for no more than this."""
    within = {scope: some & bounds for scope, some in standing.within.items() if some & bounds}
    return Standing(standing.everywhere & bounds, within, standing.grants, standing.lapse)


# --- what else it hangs on ------------------------------------------------------------------------


class Ground(NamedTuple):
    """A stream that somebody's standing rests on, and whether it still bears."""

    tenant: TenantId
    stream: Stream[Any, Any, Any]
    lapse: Callable[[Any], Lapse | None]
    """Of the stream's state."""


class Condition(NamedTuple):
    """On what somebody's standing rests, and the facts that may move it."""

    hears: tuple[type[Value], ...]
    ground: Callable[[Who], Ground | None]


def hears(*types: type[Value]) -> Callable[[Callable[[Who], Ground | None]], Condition]:
    """Declare a condition: a function that says on which stream somebody stands, if that concerns them at all."""
    return lambda ground: Condition(types, ground)


@cache
def conditions() -> tuple[Condition, ...]:
    """Every condition there is."""
    return tuple(
        thing
        for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
        for thing in vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        if isinstance(thing, Condition)
    )
