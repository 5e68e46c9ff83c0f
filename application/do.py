"""Do: the one command handler. Nothing else turns a command into facts."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid5, uuid7

from application.catalogue import CATALOGUE, context_of, decode
from application.ledger import (
    Caller,
    Conflict,
    Entry,
    Fact,
    Fate,
    Kept,
    KeyReused,
    Known,
    Ledger,
    Receipt,
    Refusal,
    Repeated,
    RepeatedRefusal,
    TenantId,
    Verdict,
)
from application.ports import Keys
from application.sealing import NO_KEYS, Data, Keyring, Slot, opened, sealed, sealing
from application.turns import Key, Turns
from domain.kernel import Decider, Rejected, Stream, Value

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")

AnyStream = Stream[Any, Any, Any]
Decide = Callable[..., Iterable[tuple[int, Any]]]

KEYED_COMMANDS = UUID("6f9e3f2c-98a5-5b0e-9a55-7a0e6f0d7c11")
"""The namespace of command ids that are derived from a client's idempotency key."""

ATTEMPTS = 12
"""How often a command is decided anew because its streams moved, before it is a conflict."""
PAUSE_S = 0.004
PAUSE_S_MAX = 0.1


class Seen(NamedTuple):
    """A stream's state as of a version. With a fate, it is so only if that turns out well."""

    version: int
    state: Any
    fate: Fate | None = None


class Do:
    """Decides a command on its stream and keeps what was decided.

    States are remembered between commands. That is safe because the ledger checks the versions a decision was made on
    before it keeps any answer, also one that writes no fact: "no" and "already so" are only said of a stream that has
    not moved.

    Commands on one stream take turns to decide, but not to be kept: the next one decides on what the one before is
    about to write, and both are kept in one append. What is not kept takes all with it that stood on it, and those are
    decided anew.
    """

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys = NO_KEYS,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        remember: int = 20_000,
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._now = now
        self._memory = _Memory(remember)
        self._turns = Turns()
        self._on_kept: tuple[Callable[[Entry], None], ...] = ()

    def on_kept(self, *tell: Callable[[Entry], None]) -> None:
        """Tell these of each command that was kept here, before it is answered. They may not wait."""
        self._on_kept = tell

    async def look(self, tenant: TenantId, stream: AnyStream) -> Any:
        """The state of a stream as the ledger has it now."""
        return (await self._read(tenant, stream.name, stream.decider)).state

    async def recall(self, tenant: TenantId, stream: AnyStream) -> Any:
        """The state of a stream as it was last seen here: for what is checked by `across` all the same."""
        key = (tenant, stream.name)
        seen = self._memory.get(key)
        if seen is None:
            seen = await self._read(tenant, stream.name, stream.decider)
            if self._memory.get(key) is None:
                self._memory.keep(key, seen)  # Whoever decides on it next need not read it again.
        return seen.state

    async def foresee(self, tenant: TenantId, streams: Sequence[AnyStream]) -> None:
        """Read what will be decided on soon, so that nobody waits for it then."""
        await self._read_ahead(streams, [(tenant, stream.name) for stream in streams])

    @property
    def idle(self) -> bool:
        """Nobody has a turn or waits for one."""
        return self._turns.free

    async def __call__(
        self,
        stream: Stream[State, Command, Event],
        command: Command,
        caller: Caller,
        *,
        expected: int | None = None,
    ) -> Receipt:
        """Do one command. `expected` is the version a person has seen and edits."""

        def decide(state: State) -> Iterable[tuple[int, Event]]:
            return ((0, event) for event in stream.decider.decide(state, command))

        return await self.across((stream,), decide, command, caller, expected=expected)

    async def together(self, *steps: tuple[AnyStream, Any], caller: Caller, expected: int | None = None) -> Receipt:
        """Do several commands, each on its own stream of one tenant: all of them or none. Answers for the first.

        `expected` is the version of the first stream that a person has seen and edits.
        """
        streams = tuple({stream.name: stream for stream, _ in steps}.values())
        places = {stream.name: place for place, stream in enumerate(streams)}

        def decide(*seen: Any) -> Iterator[tuple[int, Any]]:
            states = list(seen)
            for stream, command in steps:
                place = places[stream.name]
                for event in stream.decider.decide(states[place], command):
                    states[place] = stream.decider.evolve(states[place], event)
                    yield place, event

        return await self.across(streams, decide, steps[0][1], caller, expected=expected)

    async def across(  # noqa: PLR0913 — what a decision stands on
        self,
        streams: Sequence[AnyStream],
        decide: Decide,
        command: object,
        caller: Caller,
        *,
        expected: int | None = None,
        beside: Sequence[AnyStream] = (),
    ) -> Receipt:
        """Decide once, over the states of several streams of one tenant. Each event comes with its stream's place.

        Those `beside` are decided on too, but nothing is written to them: so nobody takes turns on them.
        """
        turns = [(caller.tenant, stream.name) for stream in streams]
        streams = (*streams, *beside)
        attempt = _Attempt(command_id(caller), _command_name(command), caller, streams, decide, expected)
        keys = [(caller.tenant, stream.name) for stream in streams]
        if len(keys) > 1 and len(set(keys)) < len(keys):
            raise ValueError("a stream was named twice")
        for tries in range(ATTEMPTS):
            if tries:
                await asyncio.sleep(random.uniform(0, min(PAUSE_S_MAX, PAUSE_S * 2**tries)))  # noqa: S311
            receipt = await self._attempt(attempt, keys, turns)
            if receipt is not None:
                return receipt
        raise Conflict(f"{streams[0].name} kept changing")

    async def _attempt(self, attempt: _Attempt, keys: Sequence[Key], turns: Sequence[Key]) -> Receipt | None:
        """Decide on what is remembered or read, and have it kept; nothing, if a stream has moved meanwhile."""
        fate = Fate()
        if len(turns) > 1:
            await self._read_ahead(attempt.streams, turns)
        await self._turns.take(turns)
        try:
            seen = [
                self._memory.get(key) or await self._read(*key, stream.decider)
                for key, stream in zip(keys, attempt.streams, strict=True)
            ]
            entry, after = await self._decided(attempt, seen, fate)
            verdict = asyncio.ensure_future(self._ledger.append(entry))
            for key, state in zip(keys, after, strict=True):
                self._memory.keep(key, state)
        finally:
            self._turns.pass_on(turns)
        match await _outcome(verdict, fate):
            case Kept(position):
                self._memory.confirm(keys, after)
                self._snapshot(keys, attempt.streams, seen, after)
                for tell in self._on_kept:
                    tell(entry)
                if entry.refusal is not None:
                    raise Rejected(entry.refusal.code, entry.refusal.detail)
                return Receipt(entry.id, entry.stream, entry.version, position)
            case Known(digest, answer):
                self._memory.forget(keys, seen)
                if digest != attempt.caller.digest:
                    raise KeyReused
                if isinstance(answer, Refusal):
                    raise RepeatedRefusal(answer.code, answer.detail)
                return Repeated(answer.id, answer.stream, answer.version, answer.position)
            case _:
                self._memory.forget(keys, seen)
                return None

    async def _read_ahead(self, streams: Sequence[AnyStream], turns: Sequence[Key]) -> None:
        """What nobody is at is read before it is waited for the others: who has a turn there is not to wait for us."""

        async def read(key: Key, stream: AnyStream) -> None:
            self._memory.keep(key, await self._read(*key, stream.decider))

        unread = [
            read(key, stream)
            for key, stream in zip(turns, streams, strict=False)
            if self._memory.get(key) is None and self._turns.nobodys(key)
        ]
        if len(unread) == 1:
            await unread[0]
        elif unread:
            await asyncio.gather(*unread)

    async def _decided(self, attempt: _Attempt, seen: Sequence[Seen], fate: Fate) -> tuple[Entry, Sequence[Seen]]:
        """The entry for the ledger, and what the streams will be once it is kept."""
        facts: tuple[Fact, ...] = ()
        after, refusal = seen, None
        try:
            events = attempt.events(seen)
            ring = await sealing(self._keys, attempt.caller.tenant, (event for _, event in events))
            facts, after = attempt.written(events, seen, ring, fate)
        except Rejected as no:
            refusal = Refusal(no.code, no.detail)
        before = tuple({old.fate for old in seen if old.fate is not None and not old.fate.kept})
        reads = tuple((stream.name, old.version) for stream, old in zip(attempt.streams, seen, strict=True))
        told = (attempt.id, attempt.name, attempt.caller, self._now(), reads[0][0], after[0].version)
        return Entry(*told, reads, facts, refusal, fate, before), after

    async def _read(self, tenant: TenantId, stream: str, decider: Decider[Any, Any, Any]) -> Seen:
        history = await self._ledger.read(tenant, stream, shape(decider))
        facts: Sequence[tuple[str, Data]] = history.facts
        for type_, _ in facts:
            if type_ in CATALOGUE.personal:
                first = history.version - len(history.facts) + 1
                facts = await opened(self._keys, tenant, stream, first, history.facts)
                break
        start = decider.initial if history.snapshot is None else _state_decoder(decider).decode(history.snapshot)
        return Seen(history.version, decider.fold((decode(type_, data) for type_, data in facts), start))

    def _snapshot(
        self, keys: Sequence[Key], streams: Sequence[AnyStream], seen: Sequence[Seen], after: Sequence[Seen]
    ) -> None:
        for (tenant, name), stream, old, new in zip(keys, streams, seen, after, strict=True):
            every = stream.decider.snapshot_every
            if every and new.version // every > old.version // every:
                state = msgspec.json.encode(new.state)
                self._ledger.snapshot(tenant, name, shape(stream.decider), new.version, state)


async def _outcome(verdict: Awaitable[Verdict], fate: Fate) -> Verdict:
    try:
        return await verdict
    except BaseException:
        fate.kept = fate.kept or False  # Nobody waits for it any more, so nobody may rely on it.
        raise


def command_id(caller: Caller) -> UUID:
    """The id a command is known by for ever: derived where a policy or a client's key names it, else new."""
    if caller.command is not None:
        return caller.command
    if caller.key is not None:
        return uuid5(KEYED_COMMANDS, f"{caller.tenant.hex}\x1f{caller.by}\x1f{caller.route}\x1f{caller.key}")
    return uuid7()


@cache
def shape(decider: Decider[Any, Any, Any]) -> str:
    """What the snapshots of this decider look like; another shape of state makes old snapshots unread, not wrong."""
    if not decider.snapshot_every:
        return ""
    schema = msgspec.json.encode(msgspec.json.schema(decider.state), order="sorted")
    return f"{decider.name}:{hashlib.sha256(schema).hexdigest()[:16]}"


@cache
def _state_decoder(decider: Decider[Any, Any, Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(decider.state)


def _command_name(command: object) -> str:
    return f"{context_of(type(command))}.{type(command).__name__}"


class _Attempt(Value):
    """One command on its streams, decided as often as needed."""

    id: UUID
    name: str
    caller: Caller
    streams: Sequence[AnyStream]
    decide: Decide
    expected: int | None

    def events(self, seen: Sequence[Seen]) -> Sequence[tuple[int, Any]]:
        """What happens, as the streams were seen. Raises `Rejected`."""
        if self.expected is not None and self.expected != seen[0].version:
            raise Rejected("stream.version_moved", f"it is at version {seen[0].version}, not {self.expected}")
        return tuple(self.decide(*(old.state for old in seen)))

    def written(
        self, events: Iterable[tuple[int, Any]], seen: Sequence[Seen], ring: Keyring, fate: Fate
    ) -> tuple[tuple[Fact, ...], Sequence[Seen]]:
        """The facts of what happens, and what the streams are then. Raises `Rejected` for what may not be kept."""
        after = list(seen)
        facts: list[Fact] = []
        for number, event in events:
            stream, old = self.streams[number], after[number]
            after[number] = new = Seen(old.version + 1, stream.decider.evolve(old.state, event), fate)
            slot = Slot(self.caller.tenant, stream.name, new.version)
            facts.append(Fact(stream.name, new.version, *sealed(event, slot, ring), uuid7()))
        return tuple(facts), after


class _Memory:
    """The states of the streams used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen: OrderedDict[Key, Seen] = OrderedDict()

    def get(self, key: Key) -> Seen | None:
        seen = self._seen.get(key)
        if seen is None or _failed(seen):
            return None
        self._seen.move_to_end(key)
        return seen

    def keep(self, key: Key, seen: Seen) -> None:
        now = self._seen.get(key)
        if now is not None and now.version > seen.version and not _failed(now):
            return  # What nobody takes turns on may have moved on meanwhile.
        self._seen[key] = seen
        self._seen.move_to_end(key)
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)

    def confirm(self, keys: Iterable[Key], seen: Iterable[Seen]) -> None:
        """These states turned out well."""
        for key, state in zip(keys, seen, strict=True):
            if self._seen.get(key) is state:
                self._seen[key] = Seen(state.version, state.state)

    def forget(self, keys: Iterable[Key], seen: Iterable[Seen]) -> None:
        """These states may be wrong. What was seen since is not forgotten."""
        for key, state in zip(keys, seen, strict=True):
            now = self._seen.get(key)
            if now is not None and (now is state or _failed(now)):
                del self._seen[key]


def _failed(seen: Seen) -> bool:
    return seen.fate is not None and seen.fate.kept is False
