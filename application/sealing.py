"""Personal data in facts: sealed before a fact is kept, opened when one is read. JSON in, JSON out.

What is kept in the place of a personal field is "sealed:" and, in base64url, what AES-256-GCM makes of the field's JSON
under the key of the person whom the fact is about. It belongs to its place: it cannot be opened as another field, in
another fact, stream or tenant. When the key was destroyed it reads as "[erased]", in every copy there is of the fact.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, NoReturn
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.catalogue import CATALOGUE, Unrecordable, Word
from application.ledger import Fact, TenantId
from application.ports import Keys
from domain.kernel import Rejected

ERASED = "[erased]"
SEALED = "sealed:"
KEY_BYTES = 32
NONCE_BYTES = 12

Data = str | bytes | msgspec.Raw
Keyring = Mapping[tuple[UUID, str], bytes | None]
"""The keys of some people of some tenants; None for one that was destroyed."""
NO_KEYRING: Keyring = {}


class Slot(NamedTuple):
    """Where in the ledger a fact is."""

    tenant: UUID
    stream: str
    version: int


class Unopenable(ValueError):  # noqa: N818 — said of a fact, not of the program
    """A fact whose personal data cannot be opened: it was changed, or its key is not known here."""


class NoKeys:
    """The keys of those who have no vault: they can do everything but what touches personal data."""

    async def keys(self, tenant: TenantId, people: Collection[str], *, make: bool) -> NoReturn:
        del tenant, people, make
        raise Unrecordable("a fact holds personal data, and there are no keys to seal or to open it with")


NO_KEYS: Keys = NoKeys()


async def keyring(keys: Keys, facts: Iterable[tuple[UUID, str, Data]], *, make: bool = False) -> Keyring:
    """The keys that these facts need, each given as its tenant, its type and its data; one question a tenant."""
    people: dict[UUID, set[str]] = {}
    for tenant, type_, data in facts:
        if type_ in CATALOGUE.personal:
            person = _person(CATALOGUE.words[type_], data)
            if person is not None:
                people.setdefault(tenant, set()).add(person)
    ring: dict[tuple[UUID, str], bytes | None] = {}
    for tenant, some in people.items():
        found = await keys.keys(TenantId(tenant), some, make=make)
        ring.update(((tenant, person), key) for person, key in found.items())
    return ring


async def sealed(keys: Keys, tenant: TenantId, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """These facts as they may be kept. Refuses to write of a person who was erased."""
    ring = await keyring(keys, ((tenant, fact.type, fact.data) for fact in facts), make=True)
    return tuple(
        msgspec.structs.replace(fact, data=seal(fact.type, fact.data, Slot(tenant, fact.stream, fact.version), ring))
        for fact in facts
    )


async def opened(
    keys: Keys, tenant: TenantId, stream: str, first: int, facts: Sequence[tuple[str, str]]
) -> list[tuple[str, Data]]:
    """The facts of one stream from a version on, each its type and its data, as they can be read."""
    ring = await keyring(keys, ((tenant, type_, data) for type_, data in facts))
    return [
        (type_, unseal(type_, data, Slot(tenant, stream, version), ring))
        for version, (type_, data) in enumerate(facts, first)
    ]


def seal(type_: str, data: str, slot: Slot, ring: Keyring) -> str:
    """The data of a fact with its personal fields sealed."""
    if type_ not in CATALOGUE.personal:
        return data
    word = CATALOGUE.words[type_]
    fields = _fields(data)
    given = _given(word, fields)
    if not given:
        return data
    key = ring[slot.tenant, _whose(word, fields)]
    if key is None:
        raise Rejected("person.erased", "the data of this person were erased, and no more are kept")
    cipher, place = AESGCM(key), _place(slot)
    for field in given:
        nonce = os.urandom(NONCE_BYTES)
        kept = nonce + cipher.encrypt(nonce, bytes(fields[field]), place + field.encode())
        fields[field] = msgspec.Raw(f'"{SEALED}{_encoded(kept)}"'.encode())
    return msgspec.json.encode(fields).decode()


def unseal(type_: str, data: Data, slot: Slot, ring: Keyring) -> Data:
    """The data of a fact with its personal fields as they were, or erased. Raises `Unopenable`."""
    if type_ not in CATALOGUE.personal:
        return data
    word = CATALOGUE.words[type_]
    fields = _fields(data)
    place = _place(slot)
    for field in _given(word, fields):
        try:
            key = ring[slot.tenant, _whose(word, fields)]
        except KeyError:
            raise Unopenable(f"{type_}: there is no key for {field}") from None
        fields[field] = _unsealed(bytes(fields[field]), key, place + field.encode())
    return msgspec.json.encode(fields)


def wrapped(key: bytes, content: bytes, place: str) -> bytes:
    """A file of a person's, sealed under their key, to be opened nowhere but where it belongs."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def unwrapped(key: bytes, content: bytes, place: str) -> bytes:
    """The file again. Raises `Unopenable`."""
    try:
        return AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], place.encode())
    except (ValueError, InvalidTag):
        raise Unopenable("a sealed file was changed, or moved from its place") from None


def _unsealed(text: bytes, key: bytes | None, place: bytes) -> msgspec.Raw:
    head, said, tail = text[: len(SEALED) + 1], text[len(SEALED) + 1 : -1], text[-1:]
    if head != f'"{SEALED}'.encode() or tail != b'"':
        raise Unopenable("a personal field is not sealed")
    if key is None:
        return msgspec.Raw(f'"{ERASED}"'.encode())
    try:
        kept = urlsafe_b64decode(said + b"=" * (-len(said) % 4))
        if _encoded(kept).encode() != said:  # Of several texts that say the same, only the one that was written.
            raise Unopenable("a sealed field was changed")
        return msgspec.Raw(AESGCM(key).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], place))
    except (ValueError, InvalidTag):
        raise Unopenable("a sealed field was changed, or moved from its place") from None


def _place(slot: Slot) -> bytes:
    """What a field is bound to besides its name. The version stands for the fact: who reads a stream knows it."""
    return f"{slot.tenant}|{slot.stream}|{slot.version}|".encode()


def _fields(data: Data) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(data, type=dict[str, msgspec.Raw])


def _given(word: Word, fields: Mapping[str, msgspec.Raw]) -> list[str]:
    """The personal fields that say something. Nothing stays nothing, and needs no key."""
    return [field for field in word.personal if field in fields and bytes(fields[field]) != b"null"]


def _whose(word: Word, fields: Mapping[str, msgspec.Raw]) -> str:
    return msgspec.json.decode(fields[word.type.__person__ or ""], type=str)


def _person(word: Word, data: Data) -> str | None:
    """Whose key a fact needs; None when it needs none, and when this cannot be read, which opening will say."""
    try:
        fields = _fields(data)
        return _whose(word, fields) if _given(word, fields) else None
    except (KeyError, msgspec.DecodeError):
        return None


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
