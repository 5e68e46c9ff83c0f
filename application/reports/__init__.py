"""Kinds of reports: each shows some of the entries of the trail. One is a module here that declares `KIND`.

KIND = Kind("consent", "Consent", "Who consented to what, and withdrew it.", of_facts("privacy.Consent"))
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from application.trail import TrailEntry
from domain.kernel import Value


class Kind(Value):
    """A kind of report: its name, what it is called, what it says, and which entries it shows."""

    name: str
    title: str
    what: str
    shows: Callable[[TrailEntry], bool]


def of_facts(*types: str) -> Callable[[TrailEntry], bool]:
    """Entries of commands that decided facts whose types begin so."""
    return lambda entry: any(fact.startswith(types) for fact in entry.facts)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of report, by its name."""
    modules = sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    found = (importlib.import_module(f"{__name__}.{module.name}").KIND for module in modules)
    return MappingProxyType({kind.name: kind for kind in found})
