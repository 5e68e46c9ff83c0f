"""What happened to files. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import Personal, PersonId, Value

# --- files: `file:{file}` -------------------------------------------------------------------------


class FileUploaded(Value, person="owner"):
    """It is in quarantine. `type` is what its content says; `kept` is under which name its content is kept."""

    owner: PersonId
    name: Personal[str]
    type: str
    bytes: int
    sha256: str
    kept: str


class FileScanStarted(Value):
    """Somebody looks into it."""


class FileScannedClean(Value):
    """Nothing was found in it that does harm."""


class FileFoundInfected(Value):
    """What was found, as the scanner calls it."""

    found: str


class FileScanErrored(Value):
    """Nobody can tell yet whether it does harm. It is looked at again."""

    why: str


class FileRenamed(Value, person="owner"):
    owner: PersonId
    name: Personal[str]


class FileLinked(Value):
    """Something is made of it: `item:{course}:{item}`, `document:{document}`."""

    to: str


class FileUnlinked(Value):
    to: str


class FileDeleted(Value):
    """Its content is forgotten, and whatever was made of it lets go: `links`."""

    owner: PersonId
    kept: str
    links: tuple[str, ...] = ()


FileEvent = (
    FileUploaded
    | FileScanStarted
    | FileScannedClean
    | FileFoundInfected
    | FileScanErrored
    | FileRenamed
    | FileLinked
    | FileUnlinked
    | FileDeleted
)

# --- belongings: `belongings:{person}` ------------------------------------------------------------


class ErasureOfBelongingsOrdered(Value):
    """All files of a person go, and the papers of their certificates."""


class BelongingsErased(Value):
    """So many files and papers are gone."""

    files: int
    papers: int


BelongingsEvent = ErasureOfBelongingsOrdered | BelongingsErased

Event = FileEvent | BelongingsEvent
