"""Documents to read, kind ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
import zlib

import docx
from docx.enum.text import WD_BREAK
from pypdf import PdfReader, PdfWriter

WORD = "word/document.xml"


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF with a line on each page."""
    return encrypted(_written([f"BT /F1 12 Tf 72 700 Td ({page}) Tj ET".encode() for page in pages]), password)


def pdf_that_swells(by: int) -> bytes:
    """A small PDF whose page becomes that large when it is unpacked."""
    return _written([zlib.compress(b"(x) Tj " * (by // 7), 9)], b" /Filter /FlateDecode")


def docx_of(*pages: str) -> bytes:
    """A DOCX whose pages somebody ended."""
    document = docx.Document()
    for number, page in enumerate(pages):
        paragraph = document.add_paragraph()
        if number:
            paragraph.add_run().add_break(WD_BREAK.PAGE)
        paragraph.add_run(page)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_that_swells(by: int) -> bytes:
    """A small DOCX that becomes that large when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx_of("x"))) as kind, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in kind.namelist():
            if name != WORD:
                made.writestr(name, kind.read(name))
        with made.open(WORD, "w", force_zip64=True) as file:
            before, after = kind.read(WORD).split(b"<w:t>x")
            file.write(before + b"<w:t>")
            for _ in range(by // 2**20):
                file.write(b"x" * 2**20)
            file.write(after)
    return out.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    if not password:
        return content
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _written(streams: list[bytes], filtered: bytes = b"") -> bytes:
    """The least that is a PDF."""
    count = len(streams)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, stream in enumerate(streams):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * at),
            b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), filtered, stream),
        ]
    out = b"%PDF-1.7\n"
    places: list[int] = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer
