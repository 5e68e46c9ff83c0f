"""How those who asked lately stand, remembered by a process. What has moved is forgotten, and looked up again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from msgspec.structs import replace

from application.ledger import Entry, Recorded, TenantId, Unavailable
from application.permissions import BUILT_IN, permitted
from application.standing import (
    Condition,
    Ground,
    Lapse,
    Principal,
    Standing,
    Who,
    only,
    standing_of,
)
from application.standing import conditions as found
from domain.access import events
from domain.access.events import RoleName
from domain.access.grants import GRANTS, Grant
from domain.access.role import ROLE, Defined
from domain.kernel import Stream, Value

REMEMBERED_MAX = 50_000
TRIES = 5
"""How often it is looked again because something moved meanwhile, before what was seen last is good enough for once."""
LOOK_AGAIN_S = 5.0

Look = Callable[[TenantId, Stream[Any, Any, Any]], Awaitable[Any]]
"""The state of a stream as it is now."""
_Key = tuple[UUID, str]


class Standings:
    """How those who ask stand. `attentive` says whether facts are being heard: if not, nothing is remembered."""

    def __init__(
        self, look: Look, attentive: Callable[[], bool], conditions: Sequence[Condition] | None = None
    ) -> None:
        self._look_at = look
        self._attentive = attentive
        self._conditions = found() if conditions is None else conditions
        self._known: dict[str, Principal] = {}
        self._leaning: dict[str, set[_Key]] = {}
        """Whose standing rests on which streams: those remembered, and those being looked up."""
        self._leant_on: dict[_Key, set[str]] = {}
        self._looking: dict[str, asyncio.Task[Principal]] = {}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    @property
    def types(self) -> tuple[type[Value], ...]:
        """The facts to be told to `hear`."""
        return (*get_args(events.Event), *(type_ for condition in self._conditions for type_ in condition.hears))

    def now(self, who: Who) -> Principal | None:
        """How they stand, if that is remembered. Never waits."""
        return self._known.get(who.key) if self._attentive() else None

    async def look(self, who: Who) -> Principal:
        """How they stand, remembered or looked up. However many of them ask at once, it is looked up once."""
        known = self.now(who)
        if known is not None:
            return known
        looking = self._looking.get(who.key)
        if looking is None:
            looking = self._looking[who.key] = asyncio.create_task(self._look(who), name="standing")
            looking.add_done_callback(lambda task: self._looked(who.key, task))
        return await asyncio.shield(looking)

    async def ended(self, principal: Principal) -> None:
        """Return when they no longer stand as they did."""
        while await self._stands(principal):
            moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting = self._waiting.setdefault(principal.key, [])
            waiting.append(moved)
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await moved
            except TimeoutError:
                waiting.remove(moved)

    async def _stands(self, principal: Principal) -> bool:
        try:
            return (await self.look(principal)).standing == principal.standing
        except Unavailable:
            return True  # Nobody can say otherwise now; it is asked again.

    def hear(self, facts: Iterable[Recorded[Any]]) -> None:
        """Forget what these facts may have moved."""
        for fact in facts:
            self._forget((fact.tenant, fact.stream))

    def kept(self, entry: Entry) -> None:
        """Forget what our own command has moved, at once: the next request of its caller may already be on its way."""
        for fact in entry.facts:
            self._forget((entry.caller.tenant, fact.stream))

    def _forget(self, key: _Key) -> None:
        for one in self._leant_on.pop(key, ()):
            self._known.pop(one, None)
            self._part(one, key)
            for moved in self._waiting.pop(one, ()):
                if not moved.done():
                    moved.set_result(None)

    def _part(self, one: str, besides: _Key | None = None) -> None:
        """Let one lean on nothing any more."""
        for key in self._leaning.pop(one, ()):
            if key != besides:
                others = self._leant_on[key]
                others.discard(one)
                if not others:
                    del self._leant_on[key]

    def _lean(self, one: str, keys: Iterable[_Key]) -> None:
        """Let one lean on these as well; in vain, if something of theirs has moved already."""
        leaning = self._leaning.get(one)
        if leaning is not None:
            for key in keys:
                leaning.add(key)
                self._leant_on.setdefault(key, set()).add(one)

    def _looked(self, one: str, task: asyncio.Task[Principal]) -> None:
        self._looking.pop(one, None)
        if one not in self._known:
            self._part(one)
        if not task.cancelled():
            task.exception()  # It is told to those who wait; perhaps nobody does any more.

    async def _look(self, who: Who) -> Principal:
        tries = 0
        while True:
            tries += 1
            attentive = self._attentive()
            self._part(who.key)
            self._leaning[who.key] = set()
            standing = await self._read(who)
            principal = Principal(**{name: getattr(who, name) for name in Who.__struct_fields__}, standing=standing)
            unmoved = who.key in self._leaning  # Nothing of theirs was heard to move meanwhile.
            if unmoved and attentive:
                self._remember(principal)
            if unmoved or tries == TRIES:
                return principal

    def _remember(self, principal: Principal) -> None:
        self._known[principal.key] = principal
        if len(self._known) > REMEMBERED_MAX:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._part(oldest)

    async def _read(self, who: Who) -> Standing:
        """How they stand, as the ledger has it now. What is read is leant on before it is read."""
        grounds = [ground for one in self._conditions if (ground := one.ground(who)) is not None]
        tenant = TenantId(who.tenant)
        bears = self._bear(who, grounds)
        if who.person is None:
            lapse = await bears
            return Standing(permitted(who.can or (), who.tenant), {}, lapse=lapse)
        lapse, held = await asyncio.gather(bears, self._see(who, tenant, GRANTS.at(who.person)))
        defined = await self._defined(who, tenant, held.grants)
        standing = standing_of(who.tenant, who.person, held.grants, defined)
        if who.can is not None:
            standing = only(standing, permitted(who.can, who.tenant))
        return replace(standing, lapse=lapse)

    async def _bear(self, who: Who, grounds: Sequence[Ground]) -> Lapse | None:
        """Why they may no longer ask: the reason that spares least."""
        if not grounds:
            return None
        states = await asyncio.gather(*(self._see(who, ground.tenant, ground.stream) for ground in grounds))
        found = (ground.lapse(state) for ground, state in zip(grounds, states, strict=True))
        lapses = [lapse for lapse in found if lapse is not None]
        return min(lapses, key=lambda lapse: len(lapse.spares), default=None)

    async def _defined(self, who: Who, tenant: TenantId, grants: Iterable[Grant]) -> Mapping[RoleName, frozenset[str]]:
        """What the roles permit that the tenant has defined."""
        names = sorted({grant.role for grant in grants} - BUILT_IN.keys())
        states = await asyncio.gather(*(self._see(who, tenant, ROLE.at(name)) for name in names))
        return {
            name: state.permissions for name, state in zip(names, states, strict=True) if isinstance(state, Defined)
        }

    async def _see(self, who: Who, tenant: TenantId, stream: Stream[Any, Any, Any]) -> Any:
        self._lean(who.key, ((tenant, stream.name),))
        return await self._look_at(tenant, stream)
