"""The words every context shares: values, ids, personal data, refusals, deciders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NewType,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")
T = TypeVar("T")

# --- values ---------------------------------------------------------------------------------------


@dataclass_transform(frozen_default=True)
class _ValueMeta(msgspec.StructMeta):
    """Makes every `Value` frozen, and lets a fact name whose data its `Personal` fields are."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, person: str | None = None, **options: Any
    ) -> Any:
        options.setdefault("frozen", True)
        options.setdefault("gc", False)  # What cannot be changed cannot come to hold itself.
        if person is not None:
            namespace["__person__"] = person
        value = super().__new__(cls, name, bases, namespace, **options)
        if person is not None and person not in value.__struct_fields__:
            raise TypeError(f"{name}: person={person!r} is not one of its fields")
        return value


class Value(msgspec.Struct, metaclass=_ValueMeta):
    """An immutable value. Commands, facts, states and bodies are all values."""

    __person__: ClassVar[str | None] = None
    """The field that says whose the `Personal` fields are; given as `class LearnerNamed(Value, person="learner")`."""


def name(thing: object) -> str:
    """What a value is called in a sentence: `CompleteLesson(...)` is "complete lesson"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(thing).__name__).lower()


Moment = Annotated[datetime, msgspec.Meta(tz=True, description="A time with its offset (RFC 3339).")]
"""A point in time. What has no offset could be any of two dozen, and is refused where it comes in."""

# --- ids ------------------------------------------------------------------------------------------

ID = msgspec.Meta(
    pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]*$(?!\n)",  # Python's $ also matches before a last newline.
    min_length=1,
    max_length=64,
    description="Letters, digits and . _ ~ - ; at most 64, starting with a letter or digit.",
)
"""What an id may look like where it comes in. It becomes part of a stream's name, so it holds no colon."""

CourseId = NewType("CourseId", str)
LessonId = NewType("LessonId", str)
LearnerId = NewType("LearnerId", str)
SectionId = NewType("SectionId", str)
ItemId = NewType("ItemId", str)
PathId = NewType("PathId", str)
FileId = NewType("FileId", str)
PaymentId = NewType("PaymentId", str)
AssessmentId = NewType("AssessmentId", str)

Track = Literal["main", "beta"]
"""Which of two schools in one a record belongs to: the one that counts, or the one in which things are tried."""

PersonId = NewType("PersonId", str)
"""Someone of one tenant: the text of a uuid7, which says nothing about them."""
SecretId = NewType("SecretId", str)
"""Where the vault keeps a secret. Facts hold this, never the secret."""

# --- personal data --------------------------------------------------------------------------------

PERSONAL = msgspec.Meta(extra={"personal": True})

Personal = Annotated[T, PERSONAL]
"""A field about a person; its fact says which: `class LearnerNamed(Value, person="learner")`.

In a fact it is kept sealed under that person's key, and reads as "[erased]" once that key is destroyed. So it is text,
or nothing, and promises no form.
"""


def personal_fields(value: type[Value]) -> tuple[str, ...]:
    """The fields of a value's type that hold anything `Personal`, however deep, in order."""
    hints = get_type_hints(value, include_extras=True)
    return tuple(field for field in value.__struct_fields__ if _is_personal(hints[field]))


def is_personal_text(hint: Any) -> bool:
    """Whether a hint is `Personal[str]` or the same with None, without a pattern or a limit that "[erased]" breaks."""
    parts = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    marked = [part for part in parts if part is not NoneType]
    if len(marked) != 1 or getattr(marked[0], "__metadata__", None) != (PERSONAL,):
        return False
    inner = marked[0].__origin__
    plain = [part for part in get_args(inner) or (inner,) if part is not NoneType]
    return len(plain) == 1 and is_text(plain[0])


def is_text(hint: Any) -> bool:
    """Whether a hint is `str`, perhaps under a name of its own."""
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    return hint is str


def _is_personal(hint: Any) -> bool:
    if PERSONAL in getattr(hint, "__metadata__", ()):
        return True
    if isinstance(hint, type) and issubclass(hint, Value):
        return bool(personal_fields(hint))
    return any(_is_personal(part) for part in get_args(hint))


# --- refusals -------------------------------------------------------------------------------------


class Rejected(Exception):  # noqa: N818 — a refusal is an answer, not an error
    """No, and why. `code` is stable and public: clients branch on it, `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rejected) and (self.code, self.detail) == (other.code, other.detail)

    __hash__ = Exception.__hash__


# --- deciders -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Decider(Generic[State, Command, Event]):
    """One kind of aggregate: how it decides, and how what was decided makes its state.

    `decide` yields events or raises `Rejected`; when the fact already holds it yields nothing.
    `evolve` never raises and never guesses. `snapshot_every` is for long streams; `state` says how a snapshot is read.
    """

    name: str
    initial: State
    decide: Callable[[State, Command], Iterable[Event]]
    evolve: Callable[[State, Event], State]
    state: Any = None
    snapshot_every: int = 0

    def at(self, *key: str) -> Stream[State, Command, Event]:
        """The stream of the one aggregate that `key` identifies."""
        for part in key:
            if not part or ":" in part:
                raise Rejected("id.malformed", f"{part!r} cannot be part of a stream's name")
        return Stream(":".join((self.name, *key)), self)

    def fold(self, events: Iterable[Event], state: State | None = None) -> State:
        """The state that these events make, from the beginning or from `state`."""
        return reduce(self.evolve, events, self.initial if state is None else state)


class Stream(Value, Generic[State, Command, Event]):
    """Where the facts of one aggregate are kept."""

    name: str
    decider: Decider[State, Command, Event]
