"""Signed heads of trees, in the form of c2sp.org: signed-note, tlog-checkpoint and tlog-cosignature, with Ed25519.

annals/018f0000-0000-7000-8000-000000000001
1000
(the root in base64)

— annals/018f0000-0000-7000-8000-000000000001 (who signed, and the signature, in base64)
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from application.merkle import HASH_BYTES

SIGNS = b"\x01"
COSIGNS = b"\x04"
"""What kind of signature a key gives: part of how the key is named in a note."""
MARK = "— "
NAME_BYTES = 4
TIME_BYTES = 8


class BadNote(Exception):  # noqa: N818 — it reads as what is wrong
    """A note that is none, or that was not signed as it is to be."""


class Checkpoint(NamedTuple):
    """The head of a tree: how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


class Signature(NamedTuple):
    """A line below a checkpoint."""

    name: str
    key: bytes
    """The first four bytes of a hash over the name and the public key."""
    bytes: bytes


class Note(NamedTuple):
    """A checkpoint and its signatures, none of them verified yet."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]


def origin(name: str, tenant: UUID) -> str:
    """What a tenant's tree is called, for ever."""
    return f"{name}/{tenant}"


def read(note: str) -> Note:
    """A note from its text."""
    text, gap, below = note.partition("\n\n")
    lines = text.split("\n")
    try:
        of, size, root = lines
        checkpoint = Checkpoint(of, int(size), b64decode(root, validate=True))
        signatures = tuple(map(_signature, below.removesuffix("\n").split("\n")))
    except ValueError:
        raise BadNote("this is not a signed checkpoint") from None
    # Whatever is not written as we write it could be two notes under one signature.
    if not gap or not below.endswith("\n") or checkpoint.text != f"{text}\n" or len(checkpoint.root) != HASH_BYTES:
        raise BadNote("this is not a signed checkpoint")
    return Note(checkpoint, signatures)


def _signature(line: str) -> Signature:
    name, _, said = line.removeprefix(MARK).partition(" ")
    raw = b64decode(said, validate=True)
    if not line.startswith(MARK) or not name or len(raw) <= NAME_BYTES or b64encode(raw).decode() != said:
        raise ValueError(line)
    return Signature(name, raw[:NAME_BYTES], raw[NAME_BYTES:])


class Key(NamedTuple):
    """A public key under the name of who has it."""

    name: str
    kind: bytes
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:NAME_BYTES]

    def __str__(self) -> str:
        """As it is told to those who verify: name+id+key, a "vkey" of signed-note."""
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"

    def signed(self, checkpoint: Checkpoint, signature: Signature) -> bool:
        """Whether this key has given this signature for a checkpoint."""
        if (signature.name, signature.key) != (self.name, self.id):
            return False
        given, said = signature.bytes, checkpoint.text
        if self.kind == COSIGNS:
            moment, given = given[:TIME_BYTES], given[TIME_BYTES:]
            said = cosigned_text(int.from_bytes(moment, "big"), said)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(given, said.encode())
        except InvalidSignature:
            return False
        return True


def key_of(text: str) -> Key:
    """A key as it is told."""
    name, _, rest = text.strip().partition("+")
    said, _, encoded = rest.partition("+")
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise BadNote("this is not the key of a log or of a witness") from None
    key = Key(name, raw[:1], raw[1:])
    if key.kind not in {SIGNS, COSIGNS} or len(key.public) != HASH_BYTES or key.id.hex() != said:
        raise BadNote("this is not the key of a log or of a witness")
    return key


def cosigned_text(seconds: int, text: str) -> str:
    """What a witness signs: that it saw this checkpoint at this time."""
    return f"cosignature/v1\ntime {seconds}\n{text}"


def verified(note: str, *keys: Key) -> Checkpoint:
    """The checkpoint of a note that one of these keys has signed."""
    found = read(note)
    if not any(key.signed(found.checkpoint, one) for key in keys for one in found.signatures):
        raise BadNote(f"the checkpoint of {found.checkpoint.origin} is signed by none of the keys it is to be")
    return found.checkpoint


class Signer:
    """Signs checkpoints: as a log, under the name of the tree, or as a witness, under its own."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()

    def log_key(self, name: str) -> Key:
        return Key(name, SIGNS, self.public)

    def witness_key(self, name: str) -> Key:
        return Key(name, COSIGNS, self.public)

    def note(self, checkpoint: Checkpoint) -> str:
        """A checkpoint, signed."""
        signature = self._private.sign(checkpoint.text.encode())
        return f"{checkpoint.text}\n{_line(self.log_key(checkpoint.origin), signature)}"

    def cosigned(self, note: str, name: str, seconds: int) -> str:
        """The same note with the line of a witness below."""
        text = read(note).checkpoint.text
        signature = self._private.sign(cosigned_text(seconds, text).encode())
        return note + _line(self.witness_key(name), seconds.to_bytes(TIME_BYTES, "big") + signature)


def _line(key: Key, signature: bytes) -> str:
    return f"{MARK}{key.name} {b64encode(key.id + signature).decode()}\n"


def seen_at(note: str, key: Key) -> int | None:
    """When a witness says it has seen a checkpoint, in seconds; None where it does not say so."""
    found = read(note)
    times = [
        int.from_bytes(one.bytes[:TIME_BYTES], "big") for one in found.signatures if key.signed(found.checkpoint, one)
    ]
    return max(times, default=None)
