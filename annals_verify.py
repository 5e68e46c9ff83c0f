"""annals-verify: whether facts that Annals has given away are those that were kept, in one file and without Annals.

It needs Python 3.11 and the package `cryptography`, and shares no code with the server. What it is given is a bundle,
as `annals proof bundle` writes them, and keys that came to you by another way than the bundle did.

    python annals_verify.py school.zip --key 'annals/018f…+a1b2c3d4+AQ…' --witness 'witness.example+0badcafe+BA…'

It proves that the facts of the bundle are leaves of the tree whose head the key has signed, with none changed, left out
between, or put in another order; and that this tree begins with every tree that a witness has signed, and with every
checkpoint that you have kept yourself (`--seen`). It exits with 0 if so, 1 if not, 2 if it was asked wrongly.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import zipfile
import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNS, COSIGNS = 1, 4
EMPTY = hashlib.sha256().digest()


class NotProven(Exception):  # noqa: N818 — it reads as what it says
    """Why a bundle proves nothing."""


# --- the tree: RFC 6962 and RFC 9162 ------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[tuple[int, int]], hashes: Iterable[bytes], besides: Iterable[bytes], size: int) -> bytes:
    """The root of a tree of which some leaves are known, as ranges in order with a hash each, and what is besides."""
    known, unknown = iter(hashes), iter(besides)

    def look(first: int, end: int, some: Sequence[tuple[int, int]]) -> bytes:
        inside = [(at, until) for at, until in some if at < end and first < until]
        if not inside:
            return next(unknown)
        if end - first == 1:
            return next(known)
        middle = first + (1 << ((end - first - 1).bit_length() - 1))
        left = look(first, middle, inside)
        return node_hash(left, look(middle, end, inside))

    try:
        root = look(0, size, leaves) if size else EMPTY
    except (StopIteration, RuntimeError):
        raise NotProven("hashes are missing") from None
    if next(known, None) is not None or next(unknown, None) is not None:
        raise NotProven("there are more hashes than a proof has")
    return root


def includes(number: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf is in a tree, by its audit path: RFC 9162, 2.1.3.2."""
    if not 0 <= number < size:
        return False
    at, last, whole = number, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            whole = node_hash(sibling, whole)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            whole = node_hash(whole, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and whole == root


def grew(before: int, old: bytes, size: int, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree `new` begins with the leaves of the tree `old`: RFC 9162, 2.1.4.2."""
    if before > size or (before in {0, size} and path):
        return False
    if before in {0, size}:
        return old == (new if before == size else EMPTY)
    rest = iter(path if before & (before - 1) else (old, *path))
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_old = of_new = next(rest, b"")
    for sibling in rest:
        if last == 0:
            return False
        if at & 1 or at == last:
            of_old, of_new = node_hash(sibling, of_old), node_hash(sibling, of_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            of_new = node_hash(of_new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and (of_old, of_new) == (old, new)


# --- signed notes: c2sp.org/signed-note, /tlog-checkpoint, /tlog-cosignature ---------------------------


class Key(NamedTuple):
    name: str
    id: bytes
    kind: int
    public: bytes


class Note(NamedTuple):
    """The head of a tree as it was signed. `lines` are who signed it, and with what."""

    text: str
    origin: str
    size: int
    root: bytes
    lines: tuple[tuple[str, bytes], ...]


def decoded(text: str) -> bytes:
    """Bytes from base64 as it is to be written: no two texts say the same."""
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise NotProven("this is not base64") from None
    if b64encode(raw).decode() != text:
        raise NotProven("this is not base64 as it is to be written")
    return raw


def key_of(text: str) -> Key:
    """A key as it is told: name+id+key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise NotProven("a key is written name+id+key")
    raw = decoded(parts[2])
    key = Key(parts[0], hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4], raw[0] if raw else 0, raw[1:])
    if key.kind not in {SIGNS, COSIGNS} or len(key.public) != 32 or key.id.hex() != parts[1]:
        raise NotProven(f"this is not the key of {parts[0]}: part of it is missing, or it was changed")
    return key


def note_of(said: str) -> Note:
    text, gap, below = said.partition("\n\n")
    parts = text.split("\n")
    if not gap or len(parts) != 3 or not below.endswith("\n") or not parts[1].isdecimal():
        raise NotProven("this is not a signed checkpoint")
    root, lines = decoded(parts[2]), list[tuple[str, bytes]]()
    for line in below.removesuffix("\n").split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, signature = rest.partition(" ")
        if dash != "—" or not name:
            raise NotProven("this is not a signed checkpoint")
        lines.append((name, decoded(signature)))
    if str(int(parts[1])) != parts[1] or len(root) != len(EMPTY):
        raise NotProven("this is not a signed checkpoint")
    return Note(f"{text}\n", parts[0], int(parts[1]), root, tuple(lines))


def signed(note: Note, key: Key) -> int | None:
    """When this key has signed a checkpoint, in seconds; 0 where it is one that does not say when."""
    for name, raw in note.lines:
        if name == key.name and raw[:4] == key.id:
            text, signature, moment = note.text, raw[4:], 0
            if key.kind == COSIGNS:
                moment, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
                text = f"cosignature/v1\ntime {moment}\n{text}"
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
            except InvalidSignature:
                continue
            return moment
    return None


# --- bundles ------------------------------------------------------------------------------------------


@dataclass
class Asked:
    """What a bundle is held against: none of it comes from the bundle."""

    keys: Sequence[Key]
    witnesses: Sequence[Key] = ()
    seen: Sequence[Note] = ()
    hours_max: float | None = None
    now: float = field(default_factory=time.time)


UNREADABLE = (
    *(OSError, ValueError, LookupError, TypeError, EOFError, RuntimeError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""What reading a file may end in that was written by nobody knows whom."""


@dataclass
class Bundle:
    """A bundle as it was read."""

    about: dict[str, Any]
    lines: list[bytes]


def read(path: Path) -> Bundle:
    try:
        with zipfile.ZipFile(path) as file:
            if sorted(file.namelist()) != ["bundle.json", "facts.jsonl"]:
                raise NotProven("a bundle holds bundle.json and facts.jsonl, and nothing else")
            about: Any = json.loads(file.read("bundle.json"))
            version = about["bundle"]
            facts = file.read("facts.jsonl")
    except UNREADABLE as why:
        raise NotProven(f"the bundle cannot be read: {why}") from None
    if version != 1:
        raise NotProven("this is not a bundle that this program knows")
    if not facts.endswith(b"\n"):
        raise NotProven("the facts end in the middle of a line")
    return Bundle(about, facts[:-1].split(b"\n"))


def verify(bundle: Bundle, asked: Asked) -> Iterator[str]:
    """What is proven, a sentence at a time. Raises `NotProven`."""
    try:
        head = _head(bundle, asked.keys)
        leaves = [(int(first), int(end)) for first, end in bundle.about["leaves"]]
        besides = [decoded(text) for text in bundle.about["hashes"]]
        _check_leaves(leaves, len(bundle.lines), head.size)
        if root_of(leaves, map(leaf_hash, bundle.lines), besides, head.size) != head.root:
            raise NotProven("these facts are not those that were signed")
        yield f"{len(bundle.lines)} of {head.size} facts of {head.origin} are as they were signed"
        yield from _sense(bundle, leaves, head.size)
        paths = {int(size): [decoded(text) for text in path] for size, path in bundle.about["consistency"].items()}
        cosigned = [note_of(text) for text in bundle.about["witnessed"]]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as why:
        raise NotProven(f"this is not a bundle: {why!r}") from None
    for witness in asked.witnesses:
        yield _by_witness(witness, [one for one in cosigned if one.origin == head.origin], head, paths, asked)
    for one in asked.seen:
        if one.origin != head.origin or not any(signed(one, key) is not None for key in asked.keys):
            raise NotProven(f"the checkpoint that was kept is of {one.origin}, or not signed by the key")
        _begins(head, one, paths, "the checkpoint that was kept")
        yield f"they go on from the {one.size} that were seen before"


def _head(bundle: Bundle, keys: Sequence[Key]) -> Note:
    head = note_of(bundle.about["checkpoint"])
    ours = [key for key in keys if key.kind == SIGNS and key.name == head.origin]
    if not any(signed(head, key) is not None for key in ours):
        raise NotProven(f"the checkpoint of {head.origin} is not signed by the key that was given")
    if head.origin.rpartition("/")[2] != bundle.about["tenant"]:
        raise NotProven("the checkpoint is of another tenant")
    return head


def _check_leaves(leaves: Sequence[tuple[int, int]], count: int, size: int) -> None:
    after = -1
    for first, end in leaves:
        if not after < first < end <= size:
            raise NotProven("the leaves are not in order")
        after = end
    if sum(end - first for first, end in leaves) != count:
        raise NotProven(f"there are {count} facts, and not as many leaves")


def _sense(bundle: Bundle, leaves: Sequence[tuple[int, int]], size: int) -> Iterator[str]:
    """What these facts are together, by what is in their lines, which is proven by now."""
    facts = [json.loads(line) for line in bundle.lines]
    if any(fact["tenant"] != bundle.about["tenant"] for fact in facts):
        raise NotProven("there are facts of another tenant")
    positions = [fact["position"] for fact in facts]
    if any(one >= other for one, other in pairwise(positions)):
        raise NotProven("the facts are not in the order they were decided in")
    stream = bundle.about["stream"]
    if stream is not None:
        if [(fact["stream"], fact["version"]) for fact in facts] != [(stream, at + 1) for at in range(len(facts))]:
            raise NotProven(f"these are not the facts of {stream} from its beginning on")
        yield f"they are the first {len(facts)} of {stream}, none left out between"
    elif leaves == [(0, size)]:
        yield "they are all there are"
    elif len(leaves) == 1:
        yield f"they are the {leaves[0][0] + 1}. to the {leaves[0][1]}., none left out between"
    else:
        raise NotProven("facts are left out between")


def _by_witness(witness: Key, notes: Sequence[Note], head: Note, paths: dict[int, list[bytes]], asked: Asked) -> str:
    found = [(moment, note) for note in notes for moment in (signed(note, witness),) if moment]
    if not found:
        raise NotProven(f"{witness.name} has signed no checkpoint of {head.origin}")
    moment, note = max(found, key=lambda one: one[0])
    _begins(head, note, paths, f"the checkpoint that {witness.name} has signed")
    hours = (asked.now - moment) / 3600
    if asked.hours_max is not None and hours > asked.hours_max:
        raise NotProven(f"{witness.name} has signed nothing for {hours:.1f} hours")
    late = head.size - note.size
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
    rest = "" if late == 0 else f", the {late} after that not yet"
    return f"{witness.name} has seen the first {note.size} at {when} UTC{rest}"


def _begins(head: Note, before: Note, paths: dict[int, list[bytes]], what: str) -> None:
    if before.size > head.size:
        raise NotProven(
            f"{what} has {before.size} leaves, and there are only {head.size}: facts are missing at the end"
        )
    if not grew(before.size, before.root, head.size, head.root, paths.get(before.size, [])):
        raise NotProven(f"{what} is of another tree: what had happened was changed")


# --- the command line ---------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="annals-verify", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("bundle", type=Path, help="the file that `annals proof bundle` has written")
    parser.add_argument("--key", action="append", required=True, help="a key that may have signed: name+id+key")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness who must have signed")
    parser.add_argument("--seen", action="append", default=[], type=Path, help="a checkpoint that you have kept")
    parser.add_argument("--hours", type=float, help="how old what a witness has signed may be at most")
    said = parser.parse_args(arguments)
    try:
        asked = Asked(
            [key_of(text) for text in said.key],
            [key_of(text) for text in said.witness],
            [note_of(path.read_text(encoding="utf-8")) for path in said.seen],
            said.hours,
        )
    except (NotProven, OSError, ValueError) as wrong:
        sys.stderr.write(f"annals-verify: {wrong}\n")
        return 2
    try:
        for sentence in verify(read(said.bundle), asked):
            sys.stdout.write(f"{sentence}\n")
    except NotProven as why:
        sys.stdout.write(f"NOT PROVEN: {why}\n")
        return 1
    sys.stdout.write("proven\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
