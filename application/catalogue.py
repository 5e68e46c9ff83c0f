"""Every word the ledger is written in, found by place: `domain.<context>.events` declares `Event`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, get_args, get_type_hints

import msgspec

import domain
from domain.kernel import Value, is_personal_text, is_text, personal_fields


class UnknownFact(LookupError):  # noqa: N818 — a fact of a newer version of this program
    """A fact in the ledger whose word this program does not know."""


class Undecodable(Value):
    """Stands for the event of a fact that this program cannot read, and says why."""

    error: str


class Unrecordable(TypeError):  # noqa: N818 — said of a value, not of the program
    """A value that must not be written into the ledger, and why."""


class Word:
    """One type of fact: its stable name, its class, and how its data is read."""

    __slots__ = ("context", "decode", "name", "personal", "retired", "type")

    def __init__(self, context: str, type_: type[Value], *, retired: bool) -> None:
        self.context = context
        self.type = type_
        self.name = f"{context}.{type_.__name__}"
        self.retired = retired
        self.personal = personal_fields(type_)
        """The fields that are kept sealed under the key of the person whom `__person__` names."""
        if self.personal:
            _check_personal(self)
        self.decode = msgspec.json.Decoder(type_).decode


def _check_personal(word: Word) -> None:
    type_ = word.type
    hints = get_type_hints(type_, include_extras=True)
    if type_.__person__ is None:
        raise TypeError(
            f"{word.name} is about a person but does not say who: class {type_.__name__}(Value, person=...)"
        )
    if not is_text(hints[type_.__person__]):
        raise TypeError(f"{word.name}: {type_.__person__} says whose its personal data are, so it is the person's id")
    for field in word.personal:
        if not is_personal_text(hints[field]):
            raise TypeError(
                f"{word.name}: {field} must be Personal[str] or Personal[str] | None, with no further limits, "
                'because it reads as "[erased]" when the person is erased'
            )


def contexts() -> tuple[str, ...]:
    """The names of all contexts, in order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(domain.__path__) if module.ispkg))


def event_module(context: str) -> ModuleType:
    """The published language of a context."""
    return importlib.import_module(f"domain.{context}.events")


def words_of(context: str, module: ModuleType) -> Iterator[Word]:
    """The words that a published language declares: those of `Event`, then the retired ones."""
    for type_ in get_args(module.Event) or (module.Event,):
        yield Word(context, type_, retired=False)
    for type_ in vars(module).values():
        if isinstance(type_, type) and issubclass(type_, Value) and hasattr(type_, "upcast"):
            yield Word(context, type_, retired=True)


class Catalogue:
    """Some words, and how facts are written and read in them."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._encode = msgspec.json.Encoder().encode
        self.know(words)

    def know(self, words: Iterable[Word]) -> None:
        """Read and write in these words, and in no others."""
        self.words: Mapping[str, Word] = MappingProxyType({word.name: word for word in words})
        self.personal = frozenset(word.name for word in self.words.values() if word.personal)
        """The names of those that are never kept as they are: `application.sealing`."""
        self._names = {word.type: word.name for word in self.words.values()}
        self._writable = {word.type: word for word in self.words.values() if not word.retired}
        self._today = {word.name: word.decode for word in self.words.values() if not word.retired}

    def type_name(self, type_: type) -> str:
        """The stable name of a type of fact: `enrollments.LearnerEnrolled`."""
        return self._names[type_]

    def writing(self, type_: type) -> Word:
        """The word in which facts of this type are written. What may not be written is refused."""
        try:
            return self._writable[type_]
        except KeyError:
            raise Unrecordable(self._why_not(type_)) from None

    def encode(self, event: Value) -> tuple[str, str]:
        """A fact's stable name and its data, if nothing in it is personal: that is sealed as it is written."""
        word = self.writing(type(event))
        if word.personal:
            fields = ", ".join(word.personal)
            raise Unrecordable(f"{word.name} holds personal data ({fields}), which is sealed before it is kept")
        return word.name, self._encode(event).decode()

    def decode(self, type_: str, data: bytes | str | msgspec.Raw) -> Any:
        """A fact from its name and data, in today's words: a retired word is told in the words that followed it."""
        read = self._today.get(type_)
        if read is not None:
            return read(data)
        try:
            word = self.words[type_]
        except KeyError:
            raise UnknownFact(type_) from None
        fact: Any = word.decode(data)
        while hasattr(fact, "upcast"):
            fact = fact.upcast()
        return fact

    def _why_not(self, type_: type) -> str:
        word = self.words.get(self._names.get(type_, ""))
        if word is None:
            return f"{type_.__qualname__} is not a fact: it is missing from its context's Event"
        return f"{word.name} is retired: say it in the words that followed it"


def context_of(type_: type) -> str:
    """The context that a type of the domain belongs to: `domain.enrollments.enrollment.Enroll` is of `enrollments`."""
    return type_.__module__.split(".")[1]


CATALOGUE = Catalogue(word for context in contexts() for word in words_of(context, event_module(context)))
encode = CATALOGUE.encode
decode = CATALOGUE.decode
type_name = CATALOGUE.type_name


def words() -> Mapping[str, Word]:
    """Every type of fact by its stable name: those in use, and the retired ones that old facts are written in."""
    return CATALOGUE.words
