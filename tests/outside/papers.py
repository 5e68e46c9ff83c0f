"""The signature on a certificate's paper, as Debian's pdfsig sees it."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from adapters.pyhanko import of_our_own
from adapters.typst import TypstPress
from api.settings import new_vault_key
from application.ledger import TenantId
from application.papers import Paper
from application.serials import serial_of
from tests.proves import proves


def said_of(paper: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(paper)
    asked = ["pdfsig", "-nocert", str(file)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603


@proves("cert.issue_pdf")
def test_pdfsig_finds_the_signature_valid_and_that_of_an_altered_paper_not(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    where = "https://acme.example/verify/x"
    about = Paper(TenantId(uuid4()), serial_of(uuid4()), "Acme", "Ada Lovelace", "Navigation", now, now, where)
    paper = TypstPress(of_our_own(new_vault_key())).paper(about)
    said = said_of(paper, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    at = paper.index(b"/MediaBox")
    altered = paper[:at] + paper[at : at + 40].replace(b"0", b"1", 1) + paper[at + 40 :]
    assert altered != paper
    assert "Signature is Valid." not in said_of(altered, tmp_path)
