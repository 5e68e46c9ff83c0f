"""Has the text of one document, from the input to the output. Its exit code says what was wrong with it."""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, get_args

import docx
import msgspec
from docx.oxml.ns import qn
from pypdf import PdfReader

from application.texts import Unreadable, Why

PART_LETTERS = 3_000
"""What has no pages is parted at the end of a paragraph, after so many letters."""


def main() -> int:
    """Held to its limits before it looks at anything."""
    type_, memory, seconds, text_bytes_max = sys.argv[1], *map(int, sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * text_bytes_max, 2 * text_bytes_max))
    try:
        pages = _limited(_pages(sys.stdin.buffer, type_), text_bytes_max)
    except Unreadable as no:
        return _code(no.why)
    except MemoryError:
        return _code("too_large")
    except RecursionError:
        return _code("unreadable")
    except Exception:  # noqa: BLE001 — whatever the libraries make of a file that is not what it says
        return _code("unreadable")
    if not any(page.strip() for page in pages):
        return _code("empty")
    sys.stdout.buffer.write(msgspec.json.encode(pages))
    return 0


def _code(why: Why) -> int:
    return 10 + get_args(Why).index(why)


def _limited(pages: Iterator[str], bytes_max: int) -> list[str]:
    found: list[str] = []
    length = 0
    for page in pages:
        # Half a pair, as some files have it, is no text.
        text = page.encode("utf-8", "replace").decode().replace("\0", "")
        length += len(text.encode())
        if length > bytes_max:
            raise Unreadable("too_large")
        found.append(text)
    return found


def _pages(file: BinaryIO, type_: str) -> Iterator[str]:
    if type_ == "application/pdf":
        return _of_pdf(file)
    if type_ == "text/plain":
        return _parted(file.read().decode("utf-8"))
    return _of_docx(file)


def _of_pdf(file: BinaryIO) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(file.read()))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("encrypted")
    for page in reader.pages:
        yield page.extract_text()


def _of_docx(file: BinaryIO) -> Iterator[str]:
    """Pages end where somebody ended them, or where an office program last did."""
    document: Any = docx.Document(io.BytesIO(file.read()))
    body: Any = document.element.body
    pages: list[str] = [""]
    for element in body.iter(qn("w:t"), qn("w:p"), qn("w:tab"), qn("w:br"), qn("w:lastRenderedPageBreak")):
        if element.tag == qn("w:t"):
            pages[-1] += element.text or ""
        elif element.tag == qn("w:p"):
            pages[-1] += "\n" if pages[-1] else ""
        elif element.tag == qn("w:tab"):
            pages[-1] += "\t"
        elif element.tag == qn("w:lastRenderedPageBreak") or element.get(qn("w:type")) == "page":
            if pages[-1].strip():
                pages.append("")
        else:
            pages[-1] += "\n"
    if len(pages) > 1:
        yield from (page for page in pages if page.strip())
    else:
        yield from _parted(pages[0])


def _parted(text: str) -> Iterator[str]:
    """By form feeds, where there are any; else into parts that end with a paragraph, or at least a line."""
    if "\f" in text:
        yield from (page for page in text.split("\f") if page.strip())
        return
    page = ""
    for line in text.splitlines(keepends=True):
        page += line
        if len(page) >= PART_LETTERS and (not line.strip() or len(page) >= 2 * PART_LETTERS):
            yield page
            page = ""
    if page.strip():
        yield page


if __name__ == "__main__":
    sys.exit(main())
