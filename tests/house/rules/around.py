"""How the layers around the domain are written: each thing in its place, by the name of its context."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.reading import Breach, Source, contexts, python

_OF_A_READ_MODEL = ("TABLES", "QUESTIONS", "project", "MODEL")
_HANDLERS = frozenset({"delete", "get", "head", "patch", "post", "put", "route", "websocket"})
_DECLARED = {"command": ("requires", "refuses"), "query": ("requires", "refuses"), "entrance": ("refuses",)}
"""An entrance that does not say who may is open to all."""
_OF_EVERY_CONTEXT = frozenset({"__init__", "facts", "proofs"})


def _read_models(root: Path) -> Iterator[Source]:
    for source in python(root, "projections"):
        if len(source.parts) == 3 and source.parts[2][0] != "_":
            yield source


def contexts_have_one_name_everywhere(root: Path) -> Iterator[Breach]:
    """What belongs to a context is named as the context, in every layer."""
    names = contexts(root)
    for source in python(root, "projections", "api/commands", "api/queries", "api/entrances"):
        match source.parts:
            case ("projections", context, _) | ("api", _, context) if context not in names | _OF_EVERY_CONTEXT:
                yield source.breach(1, f"there is no context {context}")
            case _:
                pass


def adapters_are_named_by_the_outside(root: Path) -> Iterator[Breach]:
    """`stripe.py`, never `payments.py`: an adapter is named by the thing it speaks with."""
    names = contexts(root)
    for source in python(root, "adapters"):
        if names.intersection(source.parts):
            yield source.breach(1, "an adapter is named by the outside thing, not by a context")


def policies_are_sentences(root: Path) -> Iterator[Breach]:
    """`application/<context>.py` reads as sentences: `when_payment_captured_activate_enrollment`."""
    names = contexts(root)
    for source in python(root, "application"):
        if source.parts[1] not in names:
            continue
        for node in source.tree.body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith(("when_", "_")):
                yield source.breach(node.lineno, f"{node.name} is not a sentence that begins with when_")


def read_models_are_whole(root: Path) -> Iterator[Breach]:
    """A read model says its question, its tables, its answers, and how facts make it."""
    for source in _read_models(root):
        if "?" not in (ast.get_docstring(source.tree) or ""):
            yield source.breach(1, "a read model begins with the question it answers")
        for name in _OF_A_READ_MODEL:
            if name not in source.names():
                yield source.breach(1, f"a read model has {', '.join(_OF_A_READ_MODEL)}: there is no {name}")


def read_models_forget_no_fact(root: Path) -> Iterator[Breach]:
    """`project` ends in `assert_never`: every read model says of a new fact whether it shows."""
    for source in _read_models(root):
        project = source.function("project")
        if project is not None and "assert_never" not in ast.unparse(project):
            yield source.breach(project.lineno, "project does not end in `case _: assert_never(fact.event)`")


def tables_have_the_tenant_first(root: Path) -> Iterator[Breach]:
    """Every key of a read model begins with the tenant: no answer crosses it, and the tables can be spread by it."""
    for source in _read_models(root):
        for node in source.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name("TABLES")], value=ast.Constant(value=str() as tables)):
                    yield from (source.breach(node.lineno, why) for why in _keys_without_tenant(tables))
                case _:
                    pass


def _keys_without_tenant(tables: str) -> Iterator[str]:
    for name, rest in re.findall(r"create (?:unlogged )?table (\w+) \((.*?)\n\)", tables, re.DOTALL):
        keys = re.findall(r"(?:primary key|unique) \((\w+)", rest)
        if not keys or set(keys) != {"tenant"}:
            yield f"a key of {name} does not begin with the tenant"
    for name, first in re.findall(r"create (?:unique )?index (\w+) on \w+ (?:using \w+ )?\((\w+)", tables):
        if first != "tenant":
            yield f"the index {name} does not begin with the tenant"


def routes_declare_what_they_promise(root: Path) -> Iterator[Breach]:
    """Every route is made by @command, @query or @entrance, and says who may call it and what it refuses."""
    for source in python(root, "api/commands", "api/queries", "api/entrances"):
        for function in source.functions():
            for call in function.decorator_list:
                yield from (source.breach(call.lineno, why) for why in _undeclared(function.name, call))


def _undeclared(name: str, call: ast.expr) -> Iterator[str]:
    said = ast.unparse(call.func if isinstance(call, ast.Call) else call).rpartition(".")[2]
    if said in _HANDLERS:
        yield f"{name} is a bare {said}: routes here are @command, @query and @entrance"
    if said in _DECLARED:
        given = {word.arg: word.value for word in call.keywords} if isinstance(call, ast.Call) else {}
        yield from (f"{name} does not declare {missing}=" for missing in _DECLARED[said] if missing not in given)


def tests_mirror_the_house(root: Path) -> Iterator[Breach]:
    """Every aggregate and every read model has its test, where one looks for it."""
    aggregates = (
        source
        for context in sorted(contexts(root))
        for source in python(root, f"domain/{context}")
        if source.function("decide")
    )
    for source in (*aggregates, *_read_models(root)):
        _, context, name = source.parts
        if not (root / f"tests/{context}/test_{name}.py").exists():
            yield source.breach(1, f"there is no tests/{context}/test_{name}.py")


def sql_functions_stand_alone(root: Path) -> Iterator[Breach]:
    """One SQL function a file, under its own name."""
    for path in sorted((root / "adapters/postgres/functions").glob("*.sql")):
        found = re.findall(r"^create or replace function (?:\w+\.)?(\w+)", path.read_text(), re.MULTILINE)
        if found not in ([path.stem], []):
            where = path.relative_to(root).as_posix()
            yield Breach(where, 1, f"{path.stem}.sql makes {', '.join(found)}: one function a file, under its own name")
