"""The port `TextReader`: what is written on each page, and what comes of files that mean no good."""

from __future__ import annotations

import time

import pytest

from adapters.extraction import LimitedReader
from application.texts import Unreadable, text_of, topics_of, words_of
from tests.files.papers import docx_of, docx_that_swells, pdf, pdf_that_swells
from tests.proves import proves

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"
MEMORY_BYTES = 512 * 2**20
reader = LimitedReader(20, MEMORY_BYTES)


@proves("doc.upload")
def test_every_page_is_read_and_has_an_anchor() -> None:
    pages = reader.read([pdf("Of stars", "Of the moon")], PDF)
    assert [page.strip() for page in pages] == ["Of stars", "Of the moon"]
    assert [page.anchor for page in text_of(pages).pages] == ["page-1", "page-2"]
    pages = reader.read([docx_of("Über Sterne", "Of the moon")], DOCX)
    assert [page.strip() for page in pages] == ["Über Sterne", "Of the moon"]
    assert reader.read([b"# Stars\n\nOf ", b"stars.\n\fOf the moon.\n"], TEXT) == (
        "# Stars\n\nOf stars.\n",
        "Of the moon.\n",
    )
    assert words_of(pages) == 5


@proves("doc.upload")
def test_what_has_no_pages_is_parted_between_paragraphs() -> None:
    paragraphs = ["word " * 300 + "\n", "\n"] * 6
    parts = reader.read(["".join(paragraphs).encode()], TEXT)
    assert "".join(parts) == "".join(paragraphs)
    assert len(parts) == 3
    assert all(part.endswith("\n\n") for part in parts)


@proves("doc.upload")
@pytest.mark.parametrize(
    ("content", "type_", "why"),
    [
        (b"%PDF-1.7\n torn", PDF, "unreadable"),
        (pdf("secret", password="secret"), PDF, "encrypted"),  # noqa: S106 — of nothing
        (pdf(""), PDF, "empty"),
        (b" \n ", TEXT, "empty"),
        (b"PK\x03\x04 torn", DOCX, "unreadable"),
        (docx_that_swells(2 * MEMORY_BYTES), DOCX, None),
        (pdf_that_swells(2 * MEMORY_BYTES), PDF, None),
    ],
    ids=["torn", "encrypted", "nothing on it", "blank", "torn docx", "swelling docx", "swelling pdf"],
)
def test_what_cannot_be_read_is_said_so_within_bounds(content: bytes, type_: str, why: str | None) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable) as no:
        reader.read([content], type_)
    assert why in {None, no.value.why}
    assert time.monotonic() - began < 25


def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(Unreadable, match="too_slow"):
        LimitedReader(0.05).read([pdf("Of stars")], PDF)


@proves("doc.upload")
def test_topics_are_the_words_that_come_most() -> None:
    pages = ["Stars and the Moon: stars, stars. What about them?", "The moon is about; declination of stars, about."]
    assert topics_of(pages) == ("stars", "moon")
    assert topics_of(["alpha beta gamma delta beta alpha"]) == ("alpha", "beta")
    assert topics_of([""]) == ()
