"""What the ledger does not keep of requests, noted for the trail: those that were refused, and watched reads.

A watched read is answered when its note is on disk: nobody has seen anything that was not noted. A refusal is answered
at once, and noted with others a moment later: a process that is killed loses those of INTERVAL_S. What is refused in
the same words within that time is one note that says how often, so a flood of refusals is not a flood of notes.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Self
from uuid import UUID

import msgspec
import structlog
from uuid_utils.compat import uuid7

from adapters.postgres.trail.noting import Noter
from api.http.call import Call, current
from api.http.problems import kind_of
from application.ledger import Entry, Unavailable
from application.ports import Clock
from application.standing import Principal
from application.trail import Note

log = structlog.get_logger()

INTERVAL_S = 0.25
DIFFERENT_MAX = 2_000
"""So many refusals in other words are told apart at once; of more, only who was refused what is told."""
RECORD_LENGTH_MAX = 400
SEVERAL = "several"
VISITOR = "visitor"

_FORBIDDEN = frozenset({401, 403, 429})

_encode = msgspec.json.Encoder().encode


class _Words(NamedTuple):
    """What was refused: all that is told of it but when, and how often."""

    tenant: UUID
    by: str
    action: str
    route: str
    record: str
    code: str
    address: str
    agent: str


class Noting:
    """Notes what is refused and what is read."""

    def __init__(self, noter: Noter, clock: Clock) -> None:
        self._noter = noter
        self._clock = clock
        self._refused: dict[_Words, tuple[Note, int]] = {}

    async def __aenter__(self) -> Self:
        self._noter.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._noter.stop()

    async def read(self, call: Call, principal: Principal) -> None:
        """Note a watched read. Returns when the note is on disk."""
        origin = _encode(call.origin).decode()
        record = _plain(call.path)
        await self._noter.ask(
            Note(
                principal.tenant, uuid7(), "read", self._clock.now(), principal.name, call.action,
                f"{call.method} {call.template}", record, "accepted", None, 1, call.correlation, origin,
            )
        )  # fmt: skip

    def refused(self, call: Call) -> None:
        """Note what was refused, if it is of that kind, and nothing else says so. Never waits."""
        code = call.code
        if code is None or call.tenant is None or call.kept or not _is_told(call, code):
            return
        origin = call.origin
        words = _Words(
            call.tenant, call.who or VISITOR, call.action, f"{call.method} {call.template}", _plain(call.path), code,
            origin["address"], origin["agent"],
        )  # fmt: skip
        if len(self._refused) >= DIFFERENT_MAX and words not in self._refused:
            words = words._replace(record=SEVERAL, address=SEVERAL, agent=SEVERAL)
            origin = {"address": SEVERAL, "agent": SEVERAL}
        found = self._refused.get(words)
        if found is not None:
            self._refused[words] = (found[0], found[1] + 1)
            return
        note = Note(
            words.tenant, uuid7(), "refusal", self._clock.now(), words.by, words.action, words.route, words.record,
            "refused", code, 1, call.correlation, _encode(origin).decode(),
        )  # fmt: skip
        self._refused[words] = (note, 1)

    async def run(self) -> None:
        """Write down what was refused, for ever; when this is cancelled, once more."""
        try:
            while True:
                await asyncio.sleep(INTERVAL_S)
                await self.tell()
        finally:
            await self.tell()

    async def tell(self) -> None:
        """Write down what was refused. What cannot be written now is written later."""
        told, self._refused = self._refused, {}
        if not told:
            return
        notes = [msgspec.structs.replace(note, times=times) for note, times in told.values()]
        results = await asyncio.gather(*map(self._noter.ask, notes), return_exceptions=True)
        for (words, one), result in zip(told.items(), results, strict=True):
            if isinstance(result, Unavailable):
                self._refused.setdefault(words, one)
            elif isinstance(result, Exception):
                log.error("trail.not_noted", action=words.action, code=words.code, error=repr(result))


def _is_told(call: Call, code: str) -> bool:
    match call.tells:
        case "all":
            return True
        case "watched":
            return kind_of(code).status in _FORBIDDEN
        case "forbidden":
            return code == "permission.missing"
        case "nothing":
            return False


def kept(entry: Entry) -> None:
    """A command is in the ledger: nothing else has to say so."""
    del entry
    call = current.get()
    if call is not None:
        call.kept = True


def _plain(path: str) -> str:
    """A path as it can be kept."""
    return path.replace("\0", "").encode("utf-8", "replace").decode()[:RECORD_LENGTH_MAX]
