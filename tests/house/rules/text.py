"""How everything is written: short, whole, in full words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.reading import EVERYTHING, Breach, Source, listed, python

FILE_LINES = 400
FUNCTION_LINES = 70
_TEXTS = ("*.py", "*.sql", "*.md", "*.toml", "*.yaml", "*.yml", "Makefile", "Dockerfile")
_LATER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
_SKIPS = listed("importorskip skip skipif skipIf skipTest xfail")
_ABBREVIATIONS = listed("""
    arr btn cb cfg cmd coll conf conn ctx cur curr db desc dest dst elem err evt ex fmt fn func idx impl lst mgr
    misc msg msgs num opt opts param pkg prev pwd qty ref repo req res resp ret sess src srv svc sz txn usr util
    utils val vals var
""")


def files_are_short(root: Path) -> Iterator[Breach]:
    """A file of 400 lines holds two ideas."""
    for source in python(root, *EVERYTHING):
        lines = source.text.count("\n")
        if lines >= FILE_LINES:
            yield source.breach(lines, f"{lines} lines; under {FILE_LINES}, please")


def functions_are_short(root: Path) -> Iterator[Breach]:
    """A function of 70 lines holds two ideas."""
    for source in python(root, *EVERYTHING):
        for function in source.functions():
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines >= FUNCTION_LINES:
                yield source.breach(
                    function.lineno, f"{function.name} has {lines} lines; under {FUNCTION_LINES}, please"
                )


def nothing_is_left_for_later(root: Path) -> Iterator[Breach]:
    """What is to be done is done, or it is an issue; the code says what is."""
    for folder in (*EVERYTHING, "docs", "deploy"):
        for kind in _TEXTS:
            for path in sorted((root / folder).rglob(kind)):
                for number, line in enumerate(path.read_text().splitlines(), 1):
                    if _LATER.search(line):
                        yield Breach(path.relative_to(root).as_posix(), number, "something is left for later")


def words_are_not_cut_short(root: Path) -> Iterator[Breach]:
    """No abbreviations: code is read far more often than it is typed."""
    for source in python(root, *EVERYTHING):
        for line, name in _named(source):
            short = _ABBREVIATIONS.intersection(name.lower().split("_"))
            if short:
                yield source.breach(line, f"{name}: write {min(short)!r} out")


def _named(source: Source) -> Iterator[tuple[int, str]]:
    """Every name that the file gives, and the line where. A class that has a base may have been given names by it."""
    derived = (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and node.bases)
    given = {id(name) for one in derived for name in _given(one)}
    for node in ast.walk(source.tree):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) if id(node) not in given:
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case _:
                pass


def _given(derived: ast.ClassDef) -> Iterator[ast.AST]:
    """What the methods of a class take, and the attributes of the class itself."""
    for node in derived.body:
        inside = ast.walk(node.args) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ast.walk(node)
        yield from (one for one in inside if isinstance(one, ast.arg | ast.Name))


def no_test_is_skipped(root: Path) -> Iterator[Breach]:
    """A test that does not run shows nothing."""
    for source in python(root, "tests"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in _SKIPS and ast.unparse(node).startswith("pytest."):
                yield source.breach(node.lineno, f"{ast.unparse(node)}: a test runs, or it is not there")


def no_test_pretends(root: Path) -> Iterator[Breach]:
    """Nothing is mocked: a test stands on the real thing, or on a stand-in that passes the same contract."""
    for source in python(root, "tests", "bench"):
        for line, name in source.imports():
            if name.startswith(("unittest.mock", "mock.", "pytest_mock")):
                yield source.breach(line, f"{name}: stand on the real thing")


def no_test_hopes(root: Path) -> Iterator[Breach]:
    """A test waits for what it expects, in a loop with a limit; it never sleeps and hopes."""
    for source in python(root, "tests"):
        for test in source.functions():
            if not test.name.startswith("test_"):
                continue
            loops = (node for node in ast.walk(test) if isinstance(node, ast.While | ast.For | ast.AsyncFor))
            patient = {id(inner) for loop in loops for inner in ast.walk(loop)}
            for node in ast.walk(test):
                if isinstance(node, ast.Call) and id(node) not in patient and _sleeps(node):
                    yield source.breach(node.lineno, "sleeping is not waiting: wait for what is expected, in a loop")


def _sleeps(call: ast.Call) -> bool:
    return (
        ast.unparse(call.func) in {"time.sleep", "sleep", "asyncio.sleep"} and ast.unparse(call) != "asyncio.sleep(0)"
    )
