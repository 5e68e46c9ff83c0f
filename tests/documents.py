"""The documents that are made from the code: `make docs` writes them, and a test says when they are behind."""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import msgspec

from api import app
from api.http import openapi
from application import schemas
from application.catalogue import contexts
from application.permissions import BUILT_IN, EVERYONE, permissions
from tests.house.plan import aggregates, charter, facts, jobs, names, policies, read_models, routes, summary
from tests.house.reading import python

ROOT = Path(__file__).parent.parent
MADE = "<!-- Made from the code by `make docs`. -->\n\n"


class Feature(NamedTuple):
    """Something Annals is to do, and what would show that it does."""

    id: str
    context: str
    feature: str
    acceptance: str


def features() -> dict[str, Feature]:
    """Everything Annals is to do, by id."""
    with (ROOT / "tests/features.tsv").open(newline="") as file:
        _, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row[0]: Feature(*row) for row in rows}


def proofs(root: Path = ROOT) -> dict[str, list[str]]:
    """The tests that prove each feature, from their `@proves` marks."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in python(root, "tests"):
        for call, place in _marks(source.tree):
            for feature in call.args:
                found[ast.literal_eval(feature)].append(f"{source.path}{place}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Each `proves(...)` that marks something, and which test it marks; a mark of the module marks all of them."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from ((call, f"::{node.name}") for mark in node.decorator_list for call in _proves(mark))
            case ast.Assign(targets=[ast.Name("pytestmark")]):
                yield from ((call, "") for call in _proves(node.value))
            case _:
                pass


def _proves(mark: ast.expr) -> Iterator[ast.Call]:
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "proves":
            yield node


def documents() -> dict[str, str]:
    """Every document that is made, by its path."""
    return {
        "docs/facts.json": _json(schemas.facts()),
        "docs/asyncapi.json": _json(schemas.channels()),
        "docs/openapi.json": openapi.text(app.routes()).decode(),
        "docs/features.md": _features(),
        "docs/access.md": _access(),
        "docs/decisions/README.md": _decisions(),
        **{f"docs/contexts/{context}.md": _context(context) for context in contexts()},
    }


def write() -> list[str]:
    """Write those that are behind; answers which."""
    behind = [path for path, text in documents().items() if not _is(path, text)]
    for path in behind:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(documents()[path])
    return behind


def _is(path: str, text: str) -> bool:
    return (ROOT / path).exists() and (ROOT / path).read_text() == text


def _json(value: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _features() -> str:
    every, shown = features(), proofs()
    lines = [
        MADE + "# Features\n",
        f"{len(shown)} of {len(every)} are shown by tests that carry their id: `@proves(...)`.\n",
        "| feature | what it is | shown by |",
        "| --- | --- | --- |",
    ]
    for id_ in (one for one in every if one in shown):
        tests = "<br>".join(f"`{test}`" for test in shown[id_])
        lines.append(f"| `{id_}` | {every[id_].feature}. {every[id_].acceptance} | {tests} |")
    waiting: dict[str, list[str]] = defaultdict(list)
    for one in every.values():
        if one.id not in shown:
            waiting[one.context].append(f"`{one.id}`")
    lines += ["\n## Not shown yet\n"]
    lines += [f"- {context}: {', '.join(ids)}" for context, ids in waiting.items()]
    return "\n".join(lines) + "\n"


def _access() -> str:
    lines = [MADE + "# Who may do what\n"]
    lines += [f"- `{role}`: {what}" for role, what in BUILT_IN.items()]
    lines += [
        "\n`●` holds it wherever the role was granted, `○` for themselves.\n",
        f"| permission | what it is | {' | '.join((EVERYONE, *BUILT_IN))} |",
        "| --- | --- |" + " --- |" * (1 + len(BUILT_IN)),
    ]
    for one in permissions().values():
        marks = ("●" if one.of(role) else "○" if role in one.own else "" for role in (EVERYONE, *BUILT_IN))
        lines.append(f"| `{one.name}` | {one.what} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _decisions() -> str:
    lines = [MADE + "# Decisions\n", "One page each: what stood open, what we decided, what follows, what checks it.\n"]
    for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        title, quote = quotable(path.read_text())
        lines.append(f"- [{title}]({path.name}): {quote}")
    return "\n".join(lines) + "\n"


def quotable(decision: str) -> tuple[str, str]:
    """The title of a decision, and the line to quote it by."""
    lines = decision.splitlines()
    return lines[0].removeprefix("# "), next(line.removeprefix("> ") for line in lines if line.startswith("> "))


def _context(context: str) -> str:
    title, *rest = charter(context).splitlines()
    lines = [f"{MADE}# {title.partition(':')[0]}\n", title, "", "```", *_trimmed(rest), "```\n", "## Aggregates\n"]
    for one in aggregates():
        if one.context == context:
            lines.append(
                f"- `{one.name}` ([{one.module.__name__}](../../{_path(one.module.__name__)})): {summary(one.module)}"
            )
            lines += [f"  - told to: {names(one.commands)}", f"  - is: {names(one.states)}"]
    lines.append("\n## Facts\n")
    for word in facts(context):
        fields = ", ".join(f"`{name}`" for name in get_type_hints(word.type) if name in word.type.__struct_fields__)
        said = summary(word.type) if word.type.__doc__ else ""
        retired = " Retired." if word.retired else ""
        lines.append(f"- `{word.name}`: {fields or 'nothing more to say'}.{' ' if said else ''}{said}{retired}")
    lines.append("\n## Policies\n")
    lines += [f"- {policy.name.replace('_', ' ')}" for policy in policies(context)]
    lines += [f"- job `{name}`" for name in jobs(context)]
    lines.append("\n## Questions\n")
    lines += [f"- `{model.name}`: {question}" for model, question in read_models(context)]
    lines.append("\n## Routes\n")
    lines += [f"- `{route.template}`: {route.summary} Needs `{route.requires}`." for route in routes(context)]
    return "\n".join(lines) + "\n"


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip("\n").splitlines()


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


if __name__ == "__main__":
    for written in write():
        print(written)  # noqa: T201 — a command says what it did
