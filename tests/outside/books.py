"""The journal as hledger reads it: Debian's hledger balances what is exported, and finds what does not balance."""

from __future__ import annotations

import subprocess
from pathlib import Path

from application.bookkeeping import hledger_lines
from tests.payments.test_journal import ten_thousand
from tests.proves import proves


def asked(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["hledger", "-f", str(file), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@proves("pay.ledger")
def test_hledger_balances_the_books_after_ten_thousand_operations(tmp_path: Path) -> None:
    books = ten_thousand()
    file = tmp_path / "annals.journal"
    for kept in (books, books.replayed()):
        file.write_bytes(b"".join(map(hledger_lines, kept.entries)))
        checked = asked(file, "check")
        assert checked.returncode == 0, checked.stderr
        total = asked(file, "balance", "--output-format=csv").stdout.splitlines()[-1]
        assert total.lower().replace(":", "") == '"total","0"', total
    file.write_text(file.read_text().replace("4900 JPY", "4901 JPY", 1))
    assert asked(file, "check").returncode != 0
