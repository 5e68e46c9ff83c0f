"""Golden facts: one JSON file a fact, as it was first written. They must be read for ever.

`python -m tests.golden` writes those that are missing. It never changes one that is there: what it shows has been
written into ledgers, and a ledger is never rewritten. Where a fact gains a field, its old file stays and a second one
(`LearnerEnrolled.with_until.json`) may show the new shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from application.catalogue import Word, words
from tests.values import example

TESTS = Path(__file__).parent


def folder(word: Word, tests: Path = TESTS) -> Path:
    """Where the golden facts of a word's context are."""
    return tests / word.context / "facts"


def golden(word: Word, tests: Path = TESTS) -> list[Path]:
    """Every golden file of a fact."""
    fact = word.type.__name__
    return sorted((*folder(word, tests).glob(f"{fact}.json"), *folder(word, tests).glob(f"{fact}.*.json")))


def missing(tests: Path = TESTS) -> Iterator[Word]:
    """The facts that no golden file shows."""
    return (word for word in words().values() if not golden(word, tests))


def write(tests: Path = TESTS) -> list[Path]:
    """Write the golden files that are missing."""
    written: list[Path] = []
    for word in missing(tests):
        path = folder(word, tests) / f"{word.type.__name__}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(example(word.type)), indent=2) + b"\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write():
        print(path.relative_to(Path.cwd()))  # noqa: T201 — a command says what it did
