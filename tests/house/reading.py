"""Reading a house: its sources below a root folder, and what is wrong with them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HOUSE = ("domain", "application", "projections", "adapters", "api")
EVERYTHING = (*HOUSE, "bench", "tests")


@dataclass(frozen=True)
class Breach:
    """Where a rule is broken, and why that matters."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


Rule = Callable[[Path], Iterator[Breach]]


@dataclass(frozen=True)
class Source:
    """One file of Python, by its path in the house."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.removesuffix(".py").split("/"))

    def breach(self, line: int, why: str) -> Breach:
        return Breach(self.path, line, why)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Each thing that is imported, by its full name, and the line where."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function, also those inside others."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def names(self) -> dict[str, int]:
        """What the module itself names at its top, in order, and the line where."""
        found: dict[str, int] = {}
        for node in self.tree.body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found[name] = node.lineno
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = node.lineno
                case _:
                    pass
        return found

    def function(self, name: str) -> ast.FunctionDef | None:
        """A function at the top of the module."""
        return next((node for node in self.tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None)


def python(root: Path, *folders: str) -> Iterator[Source]:
    """The Python files in these folders, in order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield Source(path.relative_to(root).as_posix(), path.read_text())


def contexts(root: Path) -> frozenset[str]:
    """The contexts of a house: the packages of its domain."""
    return frozenset(path.parent.name for path in (root / "domain").glob("*/__init__.py"))


def listed(text: str) -> frozenset[str]:
    """The words of a text, as a rule lists them."""
    return frozenset(text.split())


def within(name: str, package: str) -> bool:
    """Whether a full name is a package or in it."""
    return name == package or name.startswith(f"{package}.")
