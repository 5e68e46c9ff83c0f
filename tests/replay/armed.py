"""Every way out of this process, armed to fail: whoever takes one while it is armed is found out.

The ports are found by place: a later one joins without a line here. So are the classes that are such ports: those that
have its methods, with its parameters.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from nats.aio.client import Client

import adapters
import api
import application
from adapters.nats import JetStreamLog
from application.ports import Keys

OPENS = Keys
"""The one port that a replay goes through: it opens what is sealed. It may make no key."""
LOCAL = ("/dev/", "/proc/")


class Taken(AssertionError):  # noqa: N818 — it reads as what happened
    """A way out was taken."""


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _classes(package: ModuleType) -> Iterator[type]:
    for module in _modules(package):
        for thing in vars(module).values():
            if isinstance(thing, type) and thing.__module__ == module.__name__:
                yield thing


def _methods(class_: type) -> Mapping[str, Callable[..., Any]]:
    own = (one for base in reversed(class_.__mro__[:-1]) if base.__module__ != "typing" for one in vars(base).items())
    return {name: thing for name, thing in own if inspect.isfunction(thing) and not name.startswith("_")}


def _parameters(method: Callable[..., Any], *, needed: bool = False) -> set[str]:
    """What it may be given, or what it has to be given."""
    parameters = inspect.signature(method).parameters.values()
    return {one.name for one in parameters if not needed or one.default is one.empty}


def _is(class_: type, port: type) -> bool:
    theirs = _methods(class_)
    return all(
        name in theirs and _parameters(theirs[name], needed=True) <= _parameters(method) <= _parameters(theirs[name])
        for name, method in _methods(port).items()
    )


@cache
def ports() -> Mapping[type, tuple[type, ...]]:
    """Every port, and the classes that are one."""
    ours = [one for package in (adapters, api, application) for one in _classes(package)]
    real = [one for one in ours if not getattr(one, "_is_protocol", False)]
    found = (
        one
        for one in ours
        if not one.__module__.startswith("api.") and getattr(one, "_is_protocol", False) and _methods(one)
    )
    return {port: tuple(class_ for class_ in real if _is(class_, port)) for port in found}


_watching: list[list[str]] = []
"""Who is told what this process does outside of itself. What watches a process can never be taken away again."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in {"socket.connect", "socket.sendto", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.remove"}:
        _watching[-1].append(f"{event} {arguments[-1]}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        _watching[-1].append(f"{event} {arguments[0]}")


sys.addaudithook(_watch)


@contextmanager
def armed(*files: str) -> Generator[list[str]]:
    """Every port fails, and what else leaves the process is kept; besides these files, which may be written."""
    done: list[str] = []

    def fails(name: str) -> Callable[..., Any]:
        def fail(*_: object, **__: object) -> None:
            done.append(name)
            raise Taken(name)

        return fail

    def made_no_key(keys: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: object, make: bool) -> object:
            return fails("Keys: a new key")() if make else keys(*given, make=False)

        return asked

    with pytest.MonkeyPatch.context() as patch:
        for port, classes in ports().items():
            for class_ in classes:
                for name in _methods(port):
                    method: Any = getattr(class_, name)
                    arm = made_no_key(method) if port is OPENS else fails(f"{port.__name__}: {class_.__name__}.{name}")
                    patch.setattr(class_, name, arm)
        for class_, name in ((Client, "publish"), (Client, "connect"), (JetStreamLog, "publish")):
            patch.setattr(class_, name, fails(f"NATS: {name}"))
        outside: list[str] = []
        _watching.append(outside)
        try:
            yield done
        finally:
            _watching.pop()
            done.extend(one for one in outside if not any(file in one for file in (*files, *LOCAL, "__pycache__")))
