"""Every word the ledger is written in, found by place: `domain.<context>.events` declares `Event`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, get_args

import msgspec

import domain
from domain.kernel import Value


class UnknownFact(LookupError):  # noqa: N818 — a fact of a newer version of this program
    """A fact in the ledger whose word this program does not know."""


class Word:
    """One type of fact: its stable name, its class, and how its data is read."""

    __slots__ = ("context", "decode", "name", "retired", "type")

    def __init__(self, context: str, type_: type[Value], *, retired: bool) -> None:
        self.context = context
        self.type = type_
        self.name = f"{context}.{type_.__name__}"
        self.retired = retired
        self.decode = msgspec.json.Decoder(type_).decode


def contexts() -> tuple[str, ...]:
    """The names of all contexts, in order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(domain.__path__) if module.ispkg))


def event_module(context: str) -> ModuleType:
    """The published language of a context."""
    return importlib.import_module(f"domain.{context}.events")


def _words() -> Iterator[Word]:
    for context in contexts():
        module = event_module(context)
        live = get_args(module.Event) or (module.Event,)
        for type_ in live:
            yield Word(context, type_, retired=False)
        for type_ in vars(module).values():
            if isinstance(type_, type) and issubclass(type_, Value) and hasattr(type_, "upcast"):
                yield Word(context, type_, retired=True)


@cache
def words() -> Mapping[str, Word]:
    """Every type of fact by its stable name: those in use, and the retired ones that old facts are written in."""
    return MappingProxyType({word.name: word for word in _words()})


@cache
def _names() -> Mapping[type, str]:
    return {word.type: word.name for word in words().values()}


def type_name(type_: type) -> str:
    """The stable name of a type of fact: `enrollments.LearnerEnrolled`."""
    return _names()[type_]


def decode(type_: str, data: bytes | str | msgspec.Raw) -> Any:
    """A fact from its name and data, in today's words: a retired word is told in the words that followed it."""
    try:
        word = words()[type_]
    except KeyError:
        raise UnknownFact(type_) from None
    fact = word.decode(data)
    while hasattr(fact, "upcast"):
        fact = fact.upcast()
    return fact


def context_of(type_: type) -> str:
    """The context that a type of the domain belongs to: `domain.enrollments.enrollment.Enroll` is of `enrollments`."""
    return type_.__module__.split(".")[1]


_encoder = msgspec.json.Encoder()


def encode(event: Value) -> tuple[str, str]:
    """A fact's stable name and its data."""
    return _names()[type(event)], _encoder.encode(event).decode()
