"""Every rule of the house, found by place: each public function of a module here is one, and its docstring says it."""

from __future__ import annotations

import importlib
import pkgutil
from inspect import getmembers, isfunction

from tests.house.reading import Rule


def rules() -> dict[str, Rule]:
    """The rules by their names."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {
        name: rule
        for module in modules
        for name, rule in getmembers(module, isfunction)
        if rule.__module__ == module.__name__ and not name.startswith("_")
    }
