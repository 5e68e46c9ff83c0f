"""Personal data in facts: sealed as a fact is written, opened before it is read.

What is kept in the place of a personal field is "sealed:" and, in base64url, what AES-256-GCM makes of the field's JSON
under the key of the person whom the fact is about. It belongs to its place: it cannot be opened as another field, in
another fact, stream or tenant. When the key was destroyed it reads as "[erased]", in every copy there is of the fact.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, NoReturn
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from application.catalogue import CATALOGUE, Unrecordable, Word
from application.ledger import TenantId
from application.ports import Keys
from domain.kernel import PersonId, Rejected, Value

ERASED = "[erased]"
SEALED = "sealed:"
KEY_BYTES = 32
NONCE_BYTES = 12

Data = str | bytes | msgspec.Raw
Keyring = Mapping[tuple[UUID, str], bytes | None]
"""The keys of some people of some tenants; None for one that was destroyed."""
NO_KEYRING: Keyring = {}
_NOTHING = msgspec.Raw(b"null")


class Slot(NamedTuple):
    """Where in the ledger a fact is."""

    tenant: UUID
    stream: str
    version: int


class Sealing(Value):
    """How a file that comes in is kept: sealed for whom, in which folder, to be opened where, and of how many bytes."""

    person: PersonId
    folder: str
    place: str
    bytes_max: int


class Unopenable(ValueError):  # noqa: N818 — said of a fact, not of the program
    """A fact whose personal data cannot be opened: it was changed, or its key is not known here."""


class NoKeys:
    """The keys of those who have no vault: they can do everything but what touches personal data."""

    async def keys(self, tenant: TenantId, people: Collection[str], *, make: bool) -> NoReturn:
        del tenant, people, make
        raise Unrecordable("a fact holds personal data, and there are no keys to seal or to open it with")


NO_KEYS: Keys = NoKeys()


async def keyring(keys: Keys, facts: Iterable[tuple[UUID, str, Data]]) -> Keyring:
    """The keys that open these facts, each given as its tenant, its type and its data; one question a tenant."""
    people: dict[UUID, set[str]] = {}
    for tenant, type_, data in facts:
        if type_ in CATALOGUE.personal:
            person = _person(CATALOGUE.words[type_], data)
            if person is not None:
                people.setdefault(tenant, set()).add(person)
    ring: dict[tuple[UUID, str], bytes | None] = {}
    for tenant, some in people.items():
        found = await keys.keys(TenantId(tenant), some, make=False)
        ring.update(((tenant, person), key) for person, key in found.items())
    return ring


async def sealing(keys: Keys, tenant: TenantId, events: Iterable[Value]) -> Keyring:
    """The keys under which what happened may be kept. They are made for those who have none."""
    spoken_of = (_spoken_of(CATALOGUE.writing(type(event)), event) for event in events)
    people = {person for person in spoken_of if person is not None}
    if not people:
        return NO_KEYRING
    return {(tenant, person): key for person, key in (await keys.keys(tenant, people, make=True)).items()}


async def opened(
    keys: Keys, tenant: TenantId, stream: str, first: int, facts: Sequence[tuple[str, str]]
) -> list[tuple[str, Data]]:
    """The facts of one stream from a version on, each its type and its data, as they can be read."""
    ring = await keyring(keys, ((tenant, type_, data) for type_, data in facts))
    return [
        (type_, unseal(type_, data, Slot(tenant, stream, version), ring))
        for version, (type_, data) in enumerate(facts, first)
    ]


def sealed(event: Value, slot: Slot, ring: Keyring) -> tuple[str, str]:
    """A fact's stable name and its data as they may be kept. Refuses to write of a person who was erased."""
    word = CATALOGUE.writing(type(event))
    person = _spoken_of(word, event)
    if person is None:
        return word.name, _encode(event).decode()
    cipher, place = AESGCM(undestroyed(ring[slot.tenant, person])), _place(slot)
    instead: dict[str, str] = {}
    for field in word.personal:
        said = getattr(event, field)
        if said is not None:
            nonce = os.urandom(NONCE_BYTES)
            kept = nonce + cipher.encrypt(nonce, _encode(said), place + field.encode())
            instead[field] = SEALED + _encoded(kept).decode()
    return word.name, _encode(replace(event, **instead)).decode()


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
    return _encode(fields)


def undestroyed(key: bytes | None) -> bytes:
    """A key to seal with. Refuses where it was destroyed."""
    if key is None:
        raise Rejected("person.erased", "the data of this person were erased, and no more are kept")
    return key


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
    if head != b'"' + SEALED.encode() or tail != b'"':
        raise Unopenable("a personal field is not sealed")
    if key is None:
        return msgspec.Raw(f'"{ERASED}"'.encode())
    try:
        kept = urlsafe_b64decode(said + b"=" * (-len(said) % 4))
        if _encoded(kept) != said:  # Of several texts that say the same, only the one that was written.
            raise Unopenable("a sealed field was changed")
        return msgspec.Raw(AESGCM(key).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], place))
    except (ValueError, InvalidTag):
        raise Unopenable("a sealed field was changed, or moved from its place") from None


def _place(slot: Slot) -> bytes:
    """What a field is bound to besides its name. The version stands for the fact: who reads a stream knows it."""
    return f"{_text(slot.tenant)}|{slot.stream}|{slot.version}|".encode()


_text = lru_cache(1_000)(str)
_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _spoken_of(word: Word, event: Value) -> str | None:
    """Of whom it says anything personal. Nothing stays nothing, and needs no key."""
    for field in word.personal:
        if getattr(event, field) is not None:
            person: str = getattr(event, word.type.__person__ or "")
            return person
    return None


def _given(word: Word, fields: Mapping[str, msgspec.Raw]) -> list[str]:
    """The personal fields of a fact that say something."""
    return [field for field in word.personal if fields.get(field, _NOTHING) != _NOTHING]


def _whose(word: Word, fields: Mapping[str, msgspec.Raw]) -> str:
    return msgspec.json.decode(fields[word.type.__person__ or ""], type=str)


def _person(word: Word, data: Data) -> str | None:
    """Whose key a fact needs; None when it needs none, and when this cannot be read, which opening will say."""
    try:
        fields = _fields(data)
        return _whose(word, fields) if _given(word, fields) else None
    except (KeyError, msgspec.DecodeError):
        return None


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
