"""A tiny house that keeps every rule, to plant breaches in."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

_HOUSE = {
    "domain/__init__.py": "",
    "domain/kernel.py": "class Value: ...\n",
    "domain/loans/__init__.py": '''
        """Loans: who has which book.

        Words     A book is *lent*.
        Rules     To one reader at a time.
        Neighbours  Nobody is asked.
        """
    ''',
    "domain/loans/events.py": """
        from domain.kernel import Value
        class BookLent(Value):
            readers: tuple[str, ...]
        Event = BookLent
    """,
    "domain/loans/loan.py": """
        from typing import assert_never
        from domain.kernel import Decider, Value
        from domain.loans.events import BookLent, Event
        class Lend(Value): ...
        Command = Lend
        class Shelved(Value): ...
        class Lent(Value): ...
        State = Shelved | Lent
        def decide(state, command):
            match state, command:
                case Shelved(), Lend():
                    yield BookLent()
        def evolve(state, event):
            match event:
                case BookLent():
                    return Lent()
                case _:
                    assert_never(event)
        LOAN = Decider[State, Command, Event]("loan", Shelved(), decide, evolve)
    """,
    "domain/fines/__init__.py": '''
        """Fines: what it costs to be late.

        Words     None yet.
        Rules     None yet.
        Neighbours  Loans.
        """
    ''',
    "domain/fines/events.py": "from domain.kernel import Value\nclass FinePaid(Value): ...\nEvent = FinePaid\n",
    "application/__init__.py": "",
    "application/ledger.py": "from domain.kernel import Value\n",
    "application/do.py": "import application.ledger\n",
    "application/loans.py": """
        from domain.fines.events import FinePaid
        async def when_fine_paid_forgive(paid, do): ...
    """,
    "projections/__init__.py": "",
    "projections/model.py": "",
    "projections/loans/__init__.py": "",
    "projections/loans/lent.py": '''
        """Which books are lent?"""
        from typing import assert_never
        from application.ledger import Recorded
        from domain.loans.events import BookLent, Event
        TABLES = """
        create table lent (
          tenant uuid not null,
          book text not null,
          primary key (tenant, book)
        );
        create index lent_by_book on lent (tenant, book);
        """
        QUESTIONS = ""
        def project(fact):
            match fact.event:
                case BookLent():
                    yield "", ()
                case _:
                    assert_never(fact.event)
        MODEL = None
    ''',
    "adapters/__init__.py": "",
    "adapters/postgres/functions/lend.sql": "create or replace function ledger.lend() returns void\n",
    "api/__init__.py": "",
    "api/app.py": "import adapters, api.commands.loans, api.queries.loans\n",
    "api/http.py": "",
    "api/commands/__init__.py": "",
    "api/commands/loans.py": """
        from api.http import command
        import application.do
        @command("POST", "/loans", requires="loans.lend", refuses=["loan.lent"])
        async def lend(call): ...
    """,
    "api/queries/__init__.py": "",
    "api/queries/loans.py": """
        from api.http import query
        import projections.loans.lent
        @query("/loans", requires="loans.read", refuses=["cursor.malformed"])
        async def lent(call): ...
    """,
    "api/entrances/__init__.py": "",
    "api/entrances/loans.py": """
        from api.http import entrance
        @entrance("/loans/door", refuses=["loan.lent"])
        async def come_in(visitor): ...
    """,
    "tests/loans/test_loan.py": "def test_a_book_is_lent(): ...\n",
    "tests/loans/test_lent.py": "def test_it_is_shown(): ...\n",
    "docs/loans.md": "Loans.\n",
}


def tiny_house(root: Path) -> Path:
    """Build it."""
    for path, text in _HOUSE.items():
        put(root, path, text)
    return root


def put(root: Path, path: str, text: str) -> None:
    """Write one file of it."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(dedent(text).lstrip("\n"))


def add(root: Path, path: str, text: str) -> None:
    """Add something to a file of it; a path that is not there yet is made."""
    old = (root / path).read_text() if (root / path).exists() else ""
    put(root, path, old + dedent(text).lstrip("\n"))


def change(root: Path, path: str, old: str, new: str) -> None:
    """Say something else in a file of it."""
    text = (root / path).read_text()
    assert old in text, f"{path} does not say {old!r}"
    (root / path).write_text(text.replace(old, new))
