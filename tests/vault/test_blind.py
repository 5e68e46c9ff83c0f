"""Names that say nothing, and texts that only we can have written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.blind import KeyedBlind
from tests.vault.opening import KEY, OTHER, OTHER_KEY, TENANT

BLIND = KeyedBlind(KEY)
texts = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("Ada@Example.org", "ada@example.org"),
        ("ADA", "ada"),
        ("straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("\uff21da", "ada"),
        ("é", "e\u0301"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_a_name_is_the_same_however_it_was_typed(one: str, same: str) -> None:
    assert BLIND.blind(TENANT, "address", one) == BLIND.blind(TENANT, "address", same)


@given(texts, texts)
@settings(max_examples=200, deadline=None)
def test_a_name_is_fit_for_a_stream_and_says_nothing(value: str, other: str) -> None:
    name = BLIND.blind(TENANT, "address", value)
    assert re.fullmatch(r"[a-z2-7]{26}", name)
    if value.casefold().isalnum() and value.isascii() and other.isascii() and value.casefold() != other.casefold():
        assert name != BLIND.blind(TENANT, "address", other)


def test_a_name_is_of_one_tenant_and_one_kind_and_one_key() -> None:
    names = {
        BLIND.blind(TENANT, "address", "ada"),
        BLIND.blind(OTHER, "address", "ada"),
        BLIND.blind(TENANT, "username", "ada"),
        KeyedBlind(OTHER_KEY).blind(TENANT, "address", "ada"),
    }
    assert len(names) == 4


def test_a_name_outlives_the_key_it_was_made_under() -> None:
    after = KeyedBlind(OTHER_KEY, [KEY])
    assert after.blind(TENANT, "address", "ada") == BLIND.blind(TENANT, "address", "ada")
    assert BLIND.blind(TENANT, "address", "ada") == "vvx7trpsoejwwvq3xmxxhw55du", "streams have it"


@given(texts, st.lists(texts))
@settings(max_examples=200, deadline=None)
def test_a_token_says_what_it_was_given(purpose: str, parts: list[str]) -> None:
    token = BLIND.seal_token(purpose, *parts)
    assert re.fullmatch(r"[\w.-]+", token, re.ASCII)
    assert BLIND.open_token(purpose, token) == tuple(parts)
    assert BLIND.open_token(purpose + "!", token) is None


@given(st.data(), texts, st.characters() | st.sampled_from(".=-_"))
@settings(max_examples=300, deadline=None)
def test_a_token_that_was_changed_is_refused(data: st.DataObject, part: str, instead: str) -> None:
    token = BLIND.seal_token("reset", part, "7")
    place = data.draw(st.integers(0, len(token)))
    for changed in (token[:place] + instead + token[place + 1 :], token[:place] + instead + token[place:]):
        assert changed == token or BLIND.open_token("reset", changed) is None
    assert place == len(token) or BLIND.open_token("reset", token[:place]) is None


@given(st.text())
def test_what_is_no_token_is_refused(text: str) -> None:
    assert BLIND.open_token("reset", text) is None


def test_a_token_is_believed_under_the_key_before_and_under_no_other() -> None:
    token = BLIND.seal_token("reset", "ada")
    assert KeyedBlind(OTHER_KEY, [KEY]).open_token("reset", token) == ("ada",)
    assert KeyedBlind(OTHER_KEY).open_token("reset", token) is None
    assert BLIND.open_token("reset", KeyedBlind(OTHER_KEY, [KEY]).seal_token("reset", "ada")) is None


def test_parts_of_a_token_cannot_be_shifted() -> None:
    assert BLIND.seal_token("reset", "a", "b") != BLIND.seal_token("reset", "ab")
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        KeyedBlind("A" * 42)
