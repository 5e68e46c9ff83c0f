"""What an API key looks like."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from application.api_key_texts import LENGTH, digest, new_key, prefix, whose
from application.ledger import TenantId
from domain.keys.api_key import API_KEY


@pytest.mark.parametrize("tenant", [UUID(int=0), UUID(int=2**128 - 1), uuid4()])
def test_a_key_says_which_it_is_and_whose(tenant: UUID) -> None:
    key = new_key(TenantId(tenant))
    assert re.fullmatch(r"ak_[0-9A-Za-z]{34}_[0-9A-Za-z]{43}", key.text)
    assert whose(key.text) == (tenant, key.id)
    assert key.text.startswith(prefix(key.id))
    assert API_KEY.at(key.id).name == f"api-key:{key.id}"


def test_what_is_kept_of_a_key_says_nothing_of_it() -> None:
    key = new_key(TenantId(uuid4()))
    assert key.digest == digest(key.text)
    assert key.text.encode() not in key.digest
    assert len(key.digest) == 32


def test_every_key_is_new_and_its_secret_is_256_bits_of_chance() -> None:
    tenant = TenantId(uuid4())
    keys = [new_key(tenant) for _ in range(500)]
    assert len({key.id for key in keys}) == len({key.text[-43:] for key in keys}) == 500
    assert 62**43 > 2**256
    for place in range(-43, 0):  # The first digits of a number below 2^256 are not all alike, but none is fixed.
        assert len({key.text[place] for key in keys}) > 10


def test_what_has_not_the_form_of_a_key_is_nobodys() -> None:
    good = new_key(TenantId(uuid4())).text
    for text in (
        "",
        "ak_",
        good[:-1],
        good + "A",
        good.replace("ak_", "bk_"),
        good[:37] + "A" + good[38:],
        good[:5] + "-" + good[6:],
        good[:20] + "é" + good[21:],
        "ak_" + "z" * 34 + "_" + "A" * 43,
        "A" * LENGTH,
    ):
        assert whose(text) is None, text
