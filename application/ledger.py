"""What a ledger is asked for and what it answers, in words that no storage needs to explain."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Generic, NewType, Protocol, TypeVar
from uuid import UUID

from domain.kernel import Rejected, Value

TenantId = NewType("TenantId", UUID)
PLATFORM = TenantId(UUID("00000000-0000-7000-8000-000000000000"))
"""The tenant of the platform itself, in which the others are provisioned."""
Event = TypeVar("Event")
Event_co = TypeVar("Event_co", covariant=True)

# --- what is kept ---------------------------------------------------------------------------------


class Recorded(Value, Generic[Event], gc=False):
    """A fact and how it came to be. Reads as an `eventsourcing` domain event as well."""

    event: Event
    type: str
    tenant: TenantId
    stream: str
    version: int
    log: int
    position: int
    id: UUID
    at: datetime
    by: str
    command: UUID
    correlation: UUID
    causation: UUID | None = None

    @property
    def originator_id(self) -> str:
        return self.stream

    @property
    def originator_version(self) -> int:
        return self.version

    @property
    def timestamp(self) -> datetime:
        return self.at


class Receipt(Value):
    """What a command is answered: not the new state, but where it was written and how to wait for it.

    `id` is the command's. Where a command wrote nothing because it was already so, `position` is that of the ledger
    when this was found. Any query given `min_position=position` shows at least what this command did.
    """

    id: UUID
    stream: str
    version: int
    position: int


class Repeated(Receipt):
    """The receipt of a command that was done before, given again."""


class Refusal(Value):
    """A `Rejected` as it is kept with its command, to be answered again."""

    code: str
    detail: str


# --- who asks -------------------------------------------------------------------------------------


class Caller(Value):
    """On whose behalf a command is done, and what to remember of how it came in."""

    tenant: TenantId
    by: str
    route: str
    correlation: UUID
    causation: UUID | None = None
    key: str | None = None
    """The client's idempotency key: the same key is the same command."""
    digest: bytes | None = None
    """What the client asked, hashed: the same key with another digest is refused."""
    origin: Mapping[str, str] | None = None
    """From where: address, agent, request id. Kept with the command for auditors."""
    command: UUID | None = None
    """The command's id where the caller derives it, as a policy does from the fact it answers."""


# --- what is written ------------------------------------------------------------------------------


class Fact(Value, gc=False):
    """A fact about to be kept."""

    stream: str
    version: int
    type: str
    data: str
    id: UUID


class Fate:
    """What becomes of an entry: nobody knows as long as it is None."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: bool | None = None


class Entry(Value):
    """One command with all it decided: kept whole or not at all.

    `reads` are the streams it was decided on, each at the version it saw; if one has moved, nothing is kept. It may be
    decided on what other entries are about to write: then it comes `after` those, and is not kept unless they are.
    """

    id: UUID
    name: str
    caller: Caller
    at: datetime
    stream: str
    version: int
    reads: tuple[tuple[str, int], ...]
    facts: tuple[Fact, ...] = ()
    refusal: Refusal | None = None
    fate: Fate | None = None
    after: tuple[Fate, ...] = ()


class Kept(Value):
    """It is in the ledger now."""

    position: int


class Known(Value):
    """A command of this id is in the ledger already; this is what it was answered."""

    digest: bytes | None
    answer: Receipt | Refusal


class Moved(Value):
    """A stream it was decided on has moved; nothing was kept."""


Verdict = Kept | Known | Moved

# --- what is read ---------------------------------------------------------------------------------


class History(Value):
    """What is known of one stream: its facts in order, the first of them perhaps after a snapshot."""

    version: int
    snapshot: bytes | None
    facts: Sequence[tuple[str, str]]
    """The type and the data of each."""


class Ledger(Protocol):
    """Where facts are kept. Every method may be called by many at once, and gathers them."""

    async def read(self, tenant: TenantId, stream: str, shape: str) -> History:
        """One stream, from its snapshot of this shape if it has one."""
        ...

    def append(self, entry: Entry) -> Awaitable[Verdict]:
        """Keep a command and its facts. Done twice with the same id, it is done once."""
        ...

    def snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        """Keep a state, so that the next reading of its stream is short. Soon, or not at all: it is not missed."""
        ...


# --- what may go wrong ----------------------------------------------------------------------------


class Conflict(Exception):  # noqa: N818 — named as the client sees it
    """Others kept changing what this command was decided on, for longer than we try."""


class RepeatedRefusal(Rejected):
    """What a command was refused with before, said again."""


class KeyReused(Exception):  # noqa: N818 — named as the client sees it
    """This idempotency key belongs to another request."""


class Unavailable(Exception):  # noqa: N818 — named as the client sees it
    """The ledger, or something else this needs, cannot be reached now. Nothing is known to have been done."""
