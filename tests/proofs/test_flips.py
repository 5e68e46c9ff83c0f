"""No bit of what was signed can be flipped, and nothing of it corrupted, without its being found."""

from __future__ import annotations

import hashlib
import json
import random
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

import annals_verify
from application import merkle
from application.checkpoints import Checkpoint
from application.leaves import Leaf, line
from application.merkle import Edge, Range, Tile, leaf_hash
from tests.followers.running import TENANT
from tests.proofs.keeping import LOG, asked

COUNT = 1000
NAME = f"annals/{TENANT}"


def facts() -> Iterator[bytes]:
    for number in range(COUNT):
        yield line(
            Leaf(
                TENANT,
                0,
                number + 1,
                f"enrollment:art:learner-{number}",
                1,
                "enrollments.LearnerEnrolled",
                UUID(int=TENANT.int + 2 * number),
                datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=number),
                "ada",
                UUID(int=TENANT.int + 2 * number + 1),
                UUID(int=TENANT.int + 2 * number + 1),
                None,
                msgspec.Raw(b'{"course":"art","learner":"learner-%d","lessons":["one","two"]}' % number),
            )
        )


LINES = list(facts())


def tree() -> tuple[Edge, dict[Tile, bytes]]:
    edge = Edge()
    tiles = {
        Tile(level, at // 32): b"".join(hashes[at : at + 32])
        for level, hashes in enumerate(edge.grow([leaf_hash(one) for one in LINES]))
        for at in range(0, len(hashes), 32)
    }
    return edge, tiles


EDGE, TILES = tree()
ROOT = EDGE.root()
NOTE = LOG.note(Checkpoint(NAME, COUNT, ROOT))
PATHS = [merkle.hashes(merkle.inclusion(number, COUNT), TILES) for number in range(COUNT)]


def flips(text: bytes) -> Iterator[bytes]:
    """This with each of its bits flipped."""
    for at, byte in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        for bit in range(8):
            yield before + bytes((byte ^ 1 << bit,)) + after


def part(first: int, end: int) -> annals_verify.Bundle:
    """A bundle of some of the facts."""
    leaves = (Range(first, end),)
    besides = merkle.hashes(merkle.besides(leaves, COUNT), TILES)
    about: dict[str, Any] = {
        "bundle": 1,
        "tenant": str(TENANT),
        "stream": None,
        "leaves": leaves,
        "hashes": [b64encode(one).decode() for one in besides],
        "checkpoint": NOTE,
        "witnessed": [],
        "consistency": {},
    }
    return annals_verify.Bundle(json.loads(json.dumps(about)), LINES[first:end])


def is_proven(bundle: annals_verify.Bundle) -> bool:
    try:
        return bool(list(annals_verify.verify(bundle, asked())))
    except annals_verify.NotProven:
        return False


@pytest.mark.long
def test_every_single_bit_of_a_thousand_facts_is_bound_to_the_signed_root() -> None:
    """A flipped fact has another leaf hash, and so no hash of it leads up to the root by the path of the fact."""
    assert is_proven(part(0, COUNT))
    start = hashlib.sha256(b"\x00")
    for text, path in zip(LINES, PATHS, strict=True):
        right = leaf_hash(text)
        others: set[bytes] = set()
        for flipped in flips(text):
            leaf = start.copy()
            leaf.update(flipped)
            others.add(leaf.digest())
        assert len(others) == 8 * len(text)  # No two flips make the same leaf, and none of them is the fact's.
        assert right not in others
        assert path


def test_every_single_bit_of_some_facts_and_of_all_that_proves_them_is_verified() -> None:
    for number in (0, 1, 511, 512, COUNT - 1):
        text, path = LINES[number], PATHS[number]
        assert annals_verify.includes(number, COUNT, text, path, ROOT)
        assert not any(annals_verify.includes(number, COUNT, flipped, path, ROOT) for flipped in flips(text))
        for place, one in enumerate(path):
            for flipped in flips(one):
                changed = [*path[:place], flipped, *path[place + 1 :]]
                assert not annals_verify.includes(number, COUNT, text, changed, ROOT)
    bundle = part(700, 703)
    assert is_proven(bundle)
    before, text, after = bundle.lines
    for flipped in flips(text):
        assert not is_proven(annals_verify.Bundle(bundle.about, [before, flipped, after]))


def corrupted(rng: random.Random, raw: bytes) -> bytes:
    """This with something of it changed, put in, left out, doubled, or put elsewhere."""
    first, end = sorted((rng.randrange(len(raw)), rng.randrange(len(raw) + 1)))
    some = raw[first:end]
    match rng.randrange(5):
        case 0:
            return raw[:first] + rng.randbytes(end - first) + raw[end:]
        case 1:
            return raw[:first] + rng.randbytes(rng.randint(1, 40)) + raw[first:]
        case 2:
            return raw[:first] + raw[end:]
        case 3:
            return raw[:end] + some + raw[end:]
        case _:
            return raw[:first] + some[::-1] + raw[end:]


def corruptions(count: int, seed: int) -> int:
    """How many of so many random corruptions of facts that are proven one by one are believed."""
    rng = random.Random(seed)  # noqa: S311 — the same each time
    believed = 0
    for _ in range(count):
        number = rng.randrange(COUNT)
        text, path, at = LINES[number], PATHS[number], number
        changed = text
        match rng.randrange(5):
            case 0 | 1:
                changed = corrupted(rng, text)
            case 2:
                place = rng.randrange(len(path))
                path = [*path[:place], corrupted(rng, path[place]), *path[place + 1 :]]
            case 3:
                path = rng.sample(path, len(path)) if rng.random() < 0.5 else path[: rng.randrange(len(path))]
            case _:
                at = rng.randrange(-1, COUNT + 1)
        same = (changed, path, at) == (text, PATHS[number], number)
        believed += not same and annals_verify.includes(at, COUNT, changed, path, ROOT)  # The size is signed.
    return believed


def test_no_random_corruption_is_believed() -> None:
    assert corruptions(20_000, 1) == 0


@pytest.mark.long
def test_none_of_a_million_random_corruptions_is_believed() -> None:
    assert corruptions(1_000_000, 2) == 0
