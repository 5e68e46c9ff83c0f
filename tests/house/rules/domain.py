"""How the domain is written: charters, tables of decisions, and facts in words that last."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.reading import Breach, Source, contexts, listed, python

_CHARTER = ("Words", "Rules", "Neighbours")
_LAYOUT = ("Command", "State", "decide", "evolve")
_VAGUE = ("Created", "Updated", "Changed")
_IRREGULAR = listed("""
    Arose Became Began Begun Bought Broke Brought Built Chose Came Cut Done Due Fell Found Froze Gave Given Gone Grew
    Heard Held Hidden Kept Laid Left Lent Lost Made Met Overdue Paid Put Ran Read Reset Rose Said Sent Set Shown Sold
    Spent Split Spoke Taken Taught Told Took Went Withdrawn Withdrew Won Written Wrote
""")
_CHANGEABLE = listed("dict frozenset list set Dict FrozenSet List MutableMapping Set")


def _aggregates(root: Path) -> Iterator[Source]:
    for source in _modules(root):
        if source.function("decide") or source.function("evolve"):
            yield source


def _modules(root: Path) -> Iterator[Source]:
    return python(root, *(f"domain/{context}" for context in sorted(contexts(root))))


def _facts(root: Path) -> Iterator[tuple[Source, ast.ClassDef]]:
    for source in _modules(root):
        if source.parts[2:] == ("events",):
            yield from ((source, node) for node in source.tree.body if isinstance(node, ast.ClassDef))


def every_context_has_a_charter(root: Path) -> Iterator[Breach]:
    """`domain/<context>/__init__.py` says what its words mean, which rules hold, and who its neighbours are."""
    for context in sorted(contexts(root)):
        source = Source(f"domain/{context}/__init__.py", (root / f"domain/{context}/__init__.py").read_text())
        charter = ast.get_docstring(source.tree) or ""
        for chapter in _CHARTER:
            if not re.search(rf"^{chapter}\b", charter, re.MULTILINE):
                yield source.breach(1, f"the charter of {context} has no {chapter}")


def every_context_publishes_its_facts(root: Path) -> Iterator[Breach]:
    """`domain/<context>/events.py` ends in `Event`, the union of what others may hear of."""
    for context in sorted(contexts(root)):
        path = root / f"domain/{context}/events.py"
        source = Source(f"domain/{context}/events.py", path.read_text() if path.exists() else "")
        if "Event" not in source.names():
            yield source.breach(1, f"{context} publishes no Event")


def aggregates_are_laid_out_alike(root: Path) -> Iterator[Breach]:
    """An aggregate is read in one order: commands, states, decide, evolve, the Decider."""
    for source in _aggregates(root):
        names = source.names()
        found = [name for name in names if name in _LAYOUT]
        if tuple(found) != _LAYOUT:
            yield source.breach(1, f"an aggregate is {', '.join(_LAYOUT)} in this order, not {', '.join(found)}")
        deciders = [node.lineno for node in source.tree.body if isinstance(node, ast.Assign) and _makes_decider(node)]
        if len(deciders) != 1 or deciders[0] < max(names.values()):
            yield source.breach(1, "an aggregate ends with its one Decider")


def _makes_decider(node: ast.Assign) -> bool:
    return isinstance(node.value, ast.Call) and ast.unparse(node.value.func).startswith("Decider[")


def decide_is_a_table(root: Path) -> Iterator[Breach]:
    """`decide` is one `match state, command`, and nothing else: read down for what may happen."""
    for source in _aggregates(root):
        decide = source.function("decide")
        body = [] if decide is None else decide.body[ast.get_docstring(decide) is not None :]
        match body:
            case [ast.Match(subject=ast.Tuple(elts=[ast.Name(), ast.Name()]))]:
                pass
            case _:
                yield source.breach(1 if decide is None else decide.lineno, "decide is one `match state, command`")


def evolve_never_refuses(root: Path) -> Iterator[Breach]:
    """`evolve` takes history as it is: it raises nothing, and ends in `assert_never`, so that no fact is forgotten."""
    for source in _aggregates(root):
        evolve = source.function("evolve")
        if evolve is None:
            continue
        for node in ast.walk(evolve):
            if isinstance(node, ast.Raise | ast.Assert):
                yield source.breach(node.lineno, "evolve argues with history: a fact has happened")
        if not _ends_in_assert_never(evolve.body[-1]):
            yield source.breach(evolve.lineno, "evolve does not end in `case _: assert_never(event)`")


def _ends_in_assert_never(last: ast.stmt) -> bool:
    match last:
        case ast.Match(
            cases=[*_, ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None, body=[ast.Expr(said)])]
        ):
            return isinstance(said, ast.Call) and ast.unparse(said.func) == "assert_never"
        case _:
            return False


def facts_are_in_the_past_tense(root: Path) -> Iterator[Breach]:
    """A fact says what happened, in the expert's words: `LearnerEnrolled`, never `EnrollmentCreated`."""
    for source, fact in _facts(root):
        words = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", fact.name)
        if words[-1] in _VAGUE:
            yield source.breach(fact.lineno, f"{fact.name} says little: an expert has a truer word than {words[-1]}")
        elif not any(word.endswith("ed") or word in _IRREGULAR for word in words):
            yield source.breach(fact.lineno, f"{fact.name} is not in the past tense")


def facts_do_not_change(root: Path) -> Iterator[Breach]:
    """Facts hold tuples: nothing in them may change, nor come in another order each time it is written."""
    for source, fact in _facts(root):
        for field in fact.body:
            if isinstance(field, ast.AnnAssign):
                used = {node.id for node in ast.walk(field.annotation) if isinstance(node, ast.Name)} & _CHANGEABLE
                if used:
                    yield source.breach(field.lineno, f"{fact.name} holds a {used.pop()}: facts hold tuples")


def facts_are_plain_values(root: Path) -> Iterator[Breach]:
    """A fact is a `Value` with fields. Only a retired one has a method, which tells it in today's words."""
    for source, fact in _facts(root):
        if not fact.bases:
            yield source.breach(fact.lineno, f"{fact.name} is not a Value")
        for node in fact.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "upcast":
                yield source.breach(node.lineno, f"{fact.name}.{node.name}: a fact is told, it does nothing")
