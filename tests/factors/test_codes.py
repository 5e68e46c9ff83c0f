"""Codes of apps, held against the vectors of RFC 6238 and an implementation made by hand; and the QR that apps read."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from PIL import Image

from adapters.authenticator_apps import STEP_S, AuthenticatorApps
from tests.factors.codes import code
from tests.proves import proves

APPS = AuthenticatorApps()
SEED = b"12345678901234567890"
VECTORS = (
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
)
"""RFC 6238, appendix B, SHA-1."""


@pytest.mark.parametrize(("at", "eight"), VECTORS)
def test_the_codes_are_those_of_the_rfc(at: int, eight: str) -> None:
    assert code(SEED, at, digits=8) == eight
    assert APPS.step_of(SEED, eight[2:], datetime.fromtimestamp(at, UTC)) == at // STEP_S


def test_the_codes_are_those_of_another_implementation() -> None:
    for second in range(0, 3000, 29):
        secret, at = APPS.new_secret(), 1_800_000_000 + second
        assert APPS.step_of(secret, code(secret, at), datetime.fromtimestamp(at, UTC)) == at // STEP_S


@proves("auth.2fa_verify")
def test_one_step_before_and_one_after_are_near_enough() -> None:
    now = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)
    step = int(now.timestamp()) // STEP_S
    for apart, found in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        assert APPS.step_of(SEED, code(SEED, (step + apart) * STEP_S), now) == found, apart


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "½23456", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_what_is_no_code_is_of_no_step(text: str) -> None:
    assert APPS.step_of(SEED, text, datetime.now(UTC)) is None


def test_an_app_reads_from_the_picture_what_it_is_told() -> None:
    told = APPS.invitation(SEED, "ada@example.org", "North School & Co")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(told.picture)))
    assert read.text == told.uri
    parts = urlsplit(read.text)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/North School & Co:ada@example.org"
    said = parse_qs(parts.query)
    assert said["secret"] == [told.secret] == ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]
    assert said["issuer"] == ["North School & Co"]


def test_a_secret_is_as_long_as_the_hash_and_never_the_same() -> None:
    assert len({APPS.new_secret() for _ in range(100)}) == 100
    assert len(APPS.new_secret()) == 20
