"""What we need of the outside world, a Protocol of one to three methods each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from application.ledger import TenantId
from domain.kernel import CourseId, LearnerId, PathId, Value
from domain.tenancy.configuration import Configuration

Heard = Callable[[int, int], None]
"""Called with a log and the position it has at least reached."""


class Doorbell(Protocol):
    """Says that a log has moved. A ring may be lost: whoever listens also looks for itself from time to time."""

    def ring(self, log: int, position: int) -> None:
        """Tell everyone. Never waits."""
        ...

    def listen(self, heard: Heard) -> AbstractAsyncContextManager[None]:
        """Hear every ring while this is open."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...


class TenantSettings(Protocol):
    """How a tenant is set up: each setting as it was adjusted, or its default."""

    def of(self, tenant: TenantId) -> Configuration: ...


class Configurations(Protocol):
    """The same, for who can wait while it is read."""

    async def configured(self, tenant: TenantId) -> Configuration: ...


class Keys(Protocol):
    """The keys under which the personal data of people are sealed."""

    async def keys(self, tenant: TenantId, people: Collection[str], *, make: bool) -> Mapping[str, bytes | None]:
        """The key of each of these people; None where it was destroyed. One that never was is made, or left out."""
        ...


class Vault(Protocol):
    """Keeps secrets: hashes of passwords, keys of providers. Facts hold only their ids.

    Write a secret first, then the fact that refers to it: a secret that nothing refers to harms nobody.
    """

    async def keep(self, tenant: TenantId, person: str, kind: str, secret: bytes, *, id: UUID | None = None) -> UUID:  # noqa: A002 — it is one
        """Keep a secret of a person, or with `person=""` of the tenant itself. What an id holds, it holds for ever."""
        ...

    async def look(self, tenant: TenantId, secret: UUID) -> bytes | None:
        """A secret; None when it was forgotten, its person erased, or it never was this tenant's."""
        ...

    async def forget(self, tenant: TenantId, *secrets: UUID) -> None:
        """Keep these no longer."""
        ...


class Blind(Protocol):
    """Names for what must not be said, and texts that only we can have written. Asks nobody, so it never waits."""

    def blind(self, tenant: TenantId, kind: str, value: str) -> str:
        """A name for a value, fit for a stream's name: the same for the same value in any case, for ever."""
        ...

    def seal_token(self, purpose: str, *parts: str) -> str:
        """A text that says these parts to whoever holds it, and that nobody else can write."""
        ...

    def open_token(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """What `seal_token` was given for this purpose; None if we did not write it."""
        ...


class Checked(Value):
    """What was found of a password: whether it is right, and whether it is kept by means that are not today's."""

    right: bool
    outdated: bool


class Passwords(Protocol):
    """How passwords are kept."""

    async def hash(self, password: str) -> bytes:
        """What is kept of a password, from which nobody can tell what it was."""
        ...

    async def check(self, password: str, kept: bytes | None) -> Checked:
        """Whether this password is the one that is kept. Where none is, the answer is no, and takes as long."""
        ...


class AccessTokens(Protocol):
    """Tokens that say who somebody is, for a short while."""

    def give(self, tenant: TenantId, person: str, session: str, at: datetime, until: datetime) -> str: ...


class Links(Protocol):
    """Where the pages are that letters lead to."""

    def link(self, tenant: TenantId, page: str, token: str) -> str:
        """The address of a page of a tenant's, with a token that only its reader sees."""
        ...

    def public(self, tenant: TenantId, path: str) -> str:
        """The address of a page of a tenant's that is for everyone."""
        ...


class SchoolNames(Protocol):
    """What tenants are called."""

    def name(self, tenant: TenantId) -> str: ...


class PasswordRules(Protocol):
    """Which passwords a tenant takes."""

    async def broken(self, tenant: TenantId, password: str, about: Sequence[str]) -> Sequence[str]:
        """The rules that a password breaks, by their names. `about` is what is known of whose it is to be."""
        ...

    async def lasts(self, tenant: TenantId) -> timedelta | None:
        """For how long a password is good; None where it is for ever."""
        ...

    async def former(self, tenant: TenantId) -> int:
        """How many of the passwords that one had before may not come again."""
        ...


class Text(Value):
    """A few words to a telephone. Sent again under the same id, it is the same text."""

    id: UUID
    tenant: TenantId
    to: str
    text: str
    at: datetime


class Texts(Protocol):
    def send(self, text: Text) -> None:
        """Deliver it, or raise. Done twice, it is delivered once where that can be known."""
        ...


class Telephones(Protocol):
    """Where people are reached by telephone."""

    def number(self, tenant: TenantId, person: str) -> str | None:
        """The number that somebody says is theirs; None where nobody says so."""
        ...


class Shredder(Protocol):
    """Has secrets of the vault destroyed by a job: certainly, if not at once."""

    def shred(self, tenant: TenantId, *secrets: UUID) -> None:
        """Keep these no longer. Done again, nothing changes."""
        ...

    def destroy(self, tenant: TenantId, person: str) -> datetime:
        """Destroy the key of somebody, and their secrets; and say from when on nobody remembers it any more."""
        ...


class Eraser(Protocol):
    """Takes somebody out of all that the database keeps beside the ledger. Waits: call it from a job."""

    def shown(self, tenant: TenantId, position: int) -> None:
        """Raise `Unavailable` until everything that shows people has come so far."""
        ...

    def forget(self, tenant: TenantId, streams: Collection[str]) -> int:
        """Throw away what is remembered of some streams: states, and what went wrong with facts. How many it were."""
        ...

    def forget_origins(self, tenant: TenantId, person: str, streams: Collection[str]) -> int:
        """Take out of the commands of somebody, and of those on their streams, where they came from. Of how many."""
        ...

    def rewrite(self, tenant: TenantId) -> int:
        """Write anew all that holds people's data, and what was written before it, so that nothing is left in pages.

        How many tables that were.
        """
        ...


class File(Value):
    """A file as it is kept: what kind of file it is, found from its content, and the hash of it."""

    content: bytes
    type: str
    sha256: str


class Files(Protocol):
    """Keeps files, each under a name of a tenant's. Waits: call it from a job, or from a thread of its own."""

    def keep(self, tenant: TenantId, name: str, content: bytes) -> File:
        """Keep a file, and answer what is kept: the one that was there before, if there was one."""
        ...

    def read(self, tenant: TenantId, name: str) -> File | None:
        """A file; None where there is none."""
        ...

    def forget(self, tenant: TenantId, name: str) -> None:
        """Keep it no longer. Done again, nothing changes."""
        ...


class Folders(Protocol):
    """Files that belong together. Waits: call it from a job."""

    def forget_folder(self, tenant: TenantId, folder: str) -> None:
        """Keep nothing any more whose name begins with this one and a slash. Done again, nothing changes."""
        ...


class FileTooLarge(ValueError):  # noqa: N818 — said of a file
    """This file is larger than files may be."""


class Unscanned(Exception):  # noqa: N818 — said of a file
    """Nobody can tell whether this file is harmless, so nobody is given it."""


class Measured(Value):
    """What is known of a file by its content, without having all of it at hand."""

    type: str
    sha256: str
    bytes: int


class Intake(Protocol):
    """A file on its way in."""

    async def take(self, part: bytes) -> None:
        """Take some more. Raises `FileTooLarge`."""
        ...

    async def end(self) -> Measured:
        """That was all: it is kept."""
        ...

    async def drop(self) -> None:
        """Keep none of it. Done again, or after its end, nothing is left."""
        ...


class LargeFiles(Protocol):
    """Keeps files of which no more than a few parts are ever in memory, each under a name of a tenant's."""

    def intake(self, tenant: TenantId, name: str) -> Intake:
        """Take in a file under a name that nothing was ever kept under."""
        ...

    async def parts(self, tenant: TenantId, name: str, first: int, end: int) -> AsyncIterator[bytes] | None:
        """What is kept there from a byte to before another, in parts; None where there is nothing."""
        ...

    def read_parts(self, tenant: TenantId, name: str) -> Iterator[bytes]:
        """All of it, in parts; `FileNotFoundError` where there is nothing. Waits: call it from a job."""
        ...


class Held(Value):
    """What a person has here: the ids of their files, and the serials of their certificates."""

    files: tuple[str, ...]
    serials: tuple[str, ...]


class Belongings(Protocol):
    """Who has what. Waits: call it from a job."""

    def of(self, tenant: TenantId, person: str, position: int) -> Held:
        """What somebody has, known at least as of a position of the ledger. `Unavailable` while it is not."""
        ...


class RetainedItem(Value):
    """Something that came in, as it is sealed where it is kept."""

    id: str
    kind: str
    person: str
    made_at: datetime
    sealed: bytes


class Retained(Protocol):
    """What came in and is kept for a while. Waits: call it from a job."""

    def older(self, tenant: TenantId, kinds: Collection[str], before: datetime, limit: int) -> Sequence[RetainedItem]:
        """Some of what is from before, the oldest first."""
        ...

    def drop(self, tenant: TenantId, items: Collection[str]) -> None:
        """Keep these no longer. Done again, nothing changes."""
        ...

    def put_back(self, tenant: TenantId, items: Sequence[RetainedItem]) -> None:
        """Keep these again, as they were. Done again, nothing changes."""
        ...


class Trace(Value):
    """A fact as it is kept, personal data sealed."""

    position: int
    at: datetime
    type: str
    stream: str
    version: int
    by: str
    data: str


class Traces(Protocol):
    """What the ledger has of somebody. Waits, and reads all that a tenant has: call it from a job."""

    def mentioning(self, tenant: TenantId, person: str) -> Iterator[Trace]:
        """Every fact in which the id of a person stands anywhere, whoever it is of, in order."""
        ...

    def of_streams(self, tenant: TenantId, streams: Collection[str]) -> Iterator[Trace]:
        """All that is in some streams."""
        ...


class Scanner(Protocol):
    """Looks into files before anybody is given them. Waits: call it from a job."""

    def scan(self, parts: Iterable[bytes]) -> str | None:
        """What was found in it that does harm; None where it is clean. Raises `Unscanned`, and never guesses."""
        ...


class NotYet(Exception):  # noqa: N818 — said of what is shown
    """What is asked about is later than what is shown: ask again."""


class Travellers(Protocol):
    """Who is on which path. Waits: call it from a job."""

    def on_path(self, tenant: TenantId, path: PathId, position: int, after: LearnerId | None) -> Sequence[LearnerId]:
        """Some of those who are on a path, in order, after one of them; nobody, where there are no more.

        Raises `NotYet` where less is shown than was so at the position.
        """
        ...


class Unfinished(Protocol):
    """Who has begun a course and not completed it. Waits: call it from a job."""

    def on_course(
        self, tenant: TenantId, course: CourseId, position: int, after: LearnerId | None
    ) -> Sequence[LearnerId]:
        """Some of them, in order, after one of them; nobody, where there are no more.

        Raises `NotYet` where less is shown than was so at the position.
        """
        ...


class Mastery(Protocol):
    """How well learners master courses."""

    async def of(self, tenant: TenantId, learner: LearnerId, courses: Sequence[CourseId]) -> Mapping[CourseId, int]:
        """In percent, for each of these courses of which anything is known."""
        ...
