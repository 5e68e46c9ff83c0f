"""What holds of all personal data: it is read as it was written, in its place and with its key, and not otherwise."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.catalogue import Unrecordable, decode, encode
from application.ledger import TenantId
from application.sealing import ERASED, NO_KEYS, SEALED, Keyring, Slot, Unopenable, keyring, sealed, sealing, unseal
from domain.enrollments.events import LessonCompleted
from domain.kernel import LessonId, PersonId, Rejected
from tests.diary import Confided, Introduced, KeysInHand, diary_is_known
from tests.proves import proves
from tests.values import values

TENANT = UUID("018f0000-0000-7000-8000-000000000001")
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
SLOT = Slot(TENANT, "diary:ada", 7)
ADA = PersonId("ada")
INTRODUCED = "diary.Introduced"
KEYS: Keyring = {(TENANT, "ada"): os.urandom(32), (TENANT, "eve"): os.urandom(32)}
ALL_KEYS: Keyring = {(tenant, person): KEYS[TENANT, "ada"] for tenant in (TENANT, OTHER) for person in ("ada", "eve")}


@pytest.fixture(scope="module", autouse=True)
def known() -> Generator[None]:
    with diary_is_known():
        yield


def text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


texts = st.text(st.characters(codec="utf-8"))


@given(texts, st.none() | texts, texts)
@settings(max_examples=200, deadline=None)
def test_what_was_sealed_is_opened_as_it_was(name: str, nickname: str | None, language: str) -> None:
    fact = Introduced(ADA, name, nickname, language)
    type_, kept = sealed(fact, SLOT, KEYS)
    assert unseal(type_, kept, SLOT, KEYS) == msgspec.json.encode(fact)
    fields = msgspec.json.decode(kept)
    assert fields["name"].startswith(SEALED)
    assert (fields["nickname"] is None) == (nickname is None)
    assert (fields["person"], fields["language"]) == ("ada", language)


@given(values(Introduced) | values(Confided))
@settings(max_examples=100, deadline=None)
def test_a_fact_is_read_as_it_was_written(fact: Any) -> None:
    person = fact.person if isinstance(fact, Introduced) else fact.writer
    ring: Keyring = {(TENANT, person): os.urandom(32)}
    type_, kept = sealed(fact, SLOT, ring)
    assert decode(type_, unseal(type_, kept, SLOT, ring)) == fact


def kept_of(name: str = "Ada Lovelace") -> dict[str, Any]:
    return msgspec.json.decode(sealed(Introduced(ADA, name), SLOT, KEYS)[1], type=dict[str, Any])


@proves("privacy.crypto_shred")
@given(st.data(), texts, st.characters(codec="utf-8"))
@settings(max_examples=300, deadline=None)
def test_whatever_is_changed_in_it_it_does_not_open(data: st.DataObject, name: str, instead: str) -> None:
    fields = kept_of(name)
    kept: str = fields["name"]
    place = data.draw(st.integers(0, len(kept) - 1))
    changed = kept[:place] + instead + kept[place + 1 :]
    if changed != kept:
        with pytest.raises(Unopenable):
            unseal(INTRODUCED, text({**fields, "name": changed}), SLOT, KEYS)


@given(st.data(), st.text("AZaz09-_=:", max_size=3))
@settings(max_examples=100, deadline=None)
def test_however_it_is_cut_or_lengthened_it_does_not_open(data: st.DataObject, more: str) -> None:
    fields = kept_of()
    kept: str = fields["name"]
    cut = kept[: data.draw(st.integers(0, len(kept)))] + more
    if cut != kept:
        with pytest.raises(Unopenable):
            unseal(INTRODUCED, text({**fields, "name": cut}), SLOT, KEYS)


@pytest.mark.parametrize(
    "slot",
    [SLOT._replace(tenant=OTHER), SLOT._replace(stream="diary:eve"), SLOT._replace(version=8)],
    ids=["tenant", "stream", "version"],
)
def test_it_does_not_open_in_another_place(slot: Slot) -> None:
    with pytest.raises(Unopenable, match="moved from its place"):
        unseal(INTRODUCED, text(kept_of()), slot, ALL_KEYS)


def test_it_does_not_open_as_another_field() -> None:
    fields = kept_of()
    with pytest.raises(Unopenable, match="moved from its place"):
        unseal(INTRODUCED, text({**fields, "nickname": fields["name"]}), SLOT, KEYS)


def test_it_does_not_open_as_another_persons() -> None:
    with pytest.raises(Unopenable, match="moved from its place"):
        unseal(INTRODUCED, text({**kept_of(), "person": "eve"}), SLOT, KEYS)
    with pytest.raises(Unopenable, match="no key for name"):
        unseal(INTRODUCED, text({**kept_of(), "person": "bob"}), SLOT, KEYS)


def test_what_was_never_sealed_is_not_believed() -> None:
    with pytest.raises(Unopenable, match="not sealed"):
        unseal(INTRODUCED, text({"person": "ada", "name": "Ada"}), SLOT, KEYS)


def test_the_same_words_are_never_sealed_alike() -> None:
    assert kept_of()["name"] != kept_of()["name"]


def test_without_its_key_it_reads_as_erased() -> None:
    erased: Keyring = {(TENANT, "ada"): None}
    fact = decode(INTRODUCED, unseal(INTRODUCED, text(kept_of()), SLOT, erased))
    assert fact == Introduced(ADA, ERASED, None, "en")


def test_of_an_erased_person_nothing_is_written_but_nothing() -> None:
    erased: Keyring = {(TENANT, "ada"): None}
    with pytest.raises(Rejected, match="were erased") as no:
        sealed(Introduced(ADA, "Ada"), SLOT, erased)
    assert no.value.code == "person.erased"
    assert sealed(Confided(ADA), SLOT, erased) == ("diary.Confided", '{"writer":"ada","secret":null}')


def test_what_is_not_personal_stays_as_it_is() -> None:
    event = LessonCompleted(LessonId("one"))
    type_, data = encode(event)
    assert sealed(event, SLOT, {}) == (type_, data)
    assert unseal(type_, data, SLOT, {}) is data


async def test_each_tenant_is_asked_once_for_the_keys_that_are_needed() -> None:
    keys = KeysInHand()
    here = [Introduced(ADA, "Ada"), Confided(PersonId("bob")), LessonCompleted(LessonId("one"))]
    there = [Confided(PersonId("eve"), "cake")]
    ours = await sealing(keys, TenantId(TENANT), here)
    theirs = await sealing(keys, TenantId(OTHER), there)
    assert (set(ours), set(theirs)) == ({(TENANT, "ada")}, {(OTHER, "eve")})
    facts = [
        *((TENANT, *sealed(event, SLOT, ours)) for event in here),
        *((OTHER, *sealed(event, SLOT._replace(tenant=OTHER), theirs)) for event in there),
        (TENANT, INTRODUCED, "{"),
        (TENANT, "diary.Unheard", "{}"),
    ]
    assert await keyring(keys, facts) == {**ours, **theirs}
    assert await keyring(KeysInHand(), facts) == {}
    assert keys.asked == 4


async def test_without_a_vault_no_personal_data_is_written_or_read() -> None:
    with pytest.raises(Unrecordable, match=r"diary\.Introduced holds personal data \(name, nickname\)"):
        encode(Introduced(ADA, "Ada"))
    with pytest.raises(Unrecordable, match="no keys to seal or to open it"):
        await NO_KEYS.keys(TenantId(TENANT), ["ada"], make=True)
