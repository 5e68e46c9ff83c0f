"""Who may know whom, where import-linter's contracts in pyproject.toml cannot say it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.reading import Breach, contexts, listed, python, within

_IMPURE = listed("""
    asyncio concurrent ctypes glob http io logging multiprocessing os pathlib random secrets shutil signal socket
    sqlite3 ssl subprocess sys tempfile threading time urllib
""")
_CLOCKS_AND_DICE = listed("input now open print today utcnow uuid1 uuid4")
_ASKED_OF_THE_LEDGER = frozenset({"Recorded", "TenantId"})


def the_domain_needs_no_tools(root: Path) -> Iterator[Breach]:
    """`domain` imports nothing but the standard library and msgspec, and nothing of it that touches the world."""
    allowed = (sys.stdlib_module_names - _IMPURE) | {"domain", "msgspec"}
    for source in python(root, "domain"):
        for line, name in source.imports():
            if name.partition(".")[0] not in allowed:
                yield source.breach(line, f"the domain is pure: it has no use for {name}")


def the_domain_has_no_clock_and_no_dice(root: Path) -> Iterator[Breach]:
    """Time and chance are fields of a command: looked up first, so that a decision can be made again."""
    for source in python(root, "domain"):
        for node in ast.walk(source.tree):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _CLOCKS_AND_DICE:
                    yield source.breach(node.lineno, f"{name}() in the domain: put what it says into the command")
                case _:
                    pass


def contexts_do_not_know_each_other(root: Path) -> Iterator[Breach]:
    """One context's domain never imports another's: they meet in policies, through `events`. Money is everyone's."""
    for source in python(root, *(f"domain/{context}" for context in sorted(contexts(root)))):
        context = source.parts[1]
        for line, name in source.imports():
            ours = ("domain.kernel", "domain.money", f"domain.{context}")
            if within(name, "domain") and not any(within(name, one) for one in ours):
                yield source.breach(line, f"{context} imports {name}: contexts meet in application policies")


def policies_read_the_published_language(root: Path) -> Iterator[Breach]:
    """`application/<context>.py` gives commands to its own context, and hears the others through their `events`."""
    names = contexts(root)
    for context in sorted(names):
        for source in python(root, "application"):
            if source.parts != ("application", context):
                continue
            for line, name in source.imports():
                top, *rest = name.split(".")
                if top == "domain" and rest[0] in names - {context} and rest[1:2] != ["events"]:
                    yield source.breach(line, f"{name} is not published: hear {rest[0]} through its events")


def read_models_know_only_facts(root: Path) -> Iterator[Breach]:
    """`projections` import the events of contexts and the kernel, and of the ledger what a recorded fact looks like."""
    names = contexts(root)
    for source in python(root, "projections"):
        for line, name in source.imports():
            top, *rest = name.split(".")
            if top == "domain" and rest[0] in names and rest[1:2] != ["events"]:
                yield source.breach(line, f"a read model is made of facts: it has no use for {name}")
            if top == "application" and (rest[0] != "ledger" or not _ASKED_OF_THE_LEDGER.issuperset(rest[1:])):
                yield source.breach(line, f"a read model only follows: it has no use for {name}")
            if top in {"adapters", "api"}:
                yield source.breach(line, f"a read model is pure: it has no use for {name}")


def queries_decide_nothing(root: Path) -> Iterator[Breach]:
    """`api/queries` ask read models: never the ledger, never an aggregate, never the command handler."""
    names = contexts(root)
    for source in python(root, "api/queries"):
        for line, name in source.imports():
            top, *rest = name.split(".")
            if top == "application" and rest[0] in {"do", "ledger"}:
                yield source.breach(line, f"a query asks a read model: it has no use for {name}")
            if top == "domain" and rest[0] in names and rest[1:2] != ["events"]:
                yield source.breach(line, f"a query asks a read model: it has no use for {name}")


def commands_answer_receipts(root: Path) -> Iterator[Breach]:
    """`api/commands` know no read model: a command is answered by a Receipt, and questions are asked elsewhere."""
    for source in python(root, "api/commands"):
        for line, name in source.imports():
            if within(name, "projections") or within(name, "api.queries"):
                yield source.breach(line, f"a command is answered by a Receipt: it has no use for {name}")
