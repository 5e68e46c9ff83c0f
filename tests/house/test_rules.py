"""Every rule notices: a breach is planted in a tiny house that keeps them all, and the rule must find it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.rules import rules
from tests.house.tiny import add, change, tiny_house
from tests.proves import proves
from tests.test_house import ROOT


class Plant(NamedTuple):
    """What is planted where: text that is added, or that takes the place of `instead_of`."""

    rule: str
    path: str
    text: str
    instead_of: str = ""


APP = "api/app.py"
COMMANDS = "api/commands/loans.py"
EVENTS = "domain/loans/events.py"
LENT = "projections/loans/lent.py"
LOAN = "domain/loans/loan.py"
QUERIES = "api/queries/loans.py"
ENTRANCES = "api/entrances/loans.py"
TEST = "tests/loans/test_loan.py"

PLANTED = [
    Plant("adapters_are_named_by_the_outside", "adapters/loans.py", "import socket\n"),
    Plant("adapters_are_named_by_the_outside", "adapters/postgres/loans.py", "import socket\n"),
    Plant("aggregates_are_laid_out_alike", LOAN, "", "Command = Lend\n"),
    Plant("aggregates_are_laid_out_alike", LOAN, "def helper(): ...\n"),
    Plant("commands_answer_receipts", COMMANDS, "from projections.loans import lent\n"),
    Plant("commands_answer_receipts", COMMANDS, "from api.queries.loans import lent\n"),
    Plant("contexts_do_not_know_each_other", LOAN, "from domain.fines.events import FinePaid\n"),
    Plant("contexts_have_one_name_everywhere", "projections/lending/lent.py", "x = 1\n"),
    Plant("contexts_have_one_name_everywhere", "api/commands/lending.py", "x = 1\n"),
    Plant("contexts_have_one_name_everywhere", "api/queries/lending.py", "x = 1\n"),
    Plant("contexts_have_one_name_everywhere", "api/entrances/lending.py", "x = 1\n"),
    Plant("decide_is_a_table", LOAN, "    if state: return\n    match state, command:", "    match state, command:"),
    Plant("decide_is_a_table", LOAN, "    match command:", "    match state, command:"),
    Plant("every_context_has_a_charter", "domain/loans/__init__.py", "Habits", "Rules"),
    Plant("every_context_publishes_its_facts", EVENTS, "Events = ", "Event = "),
    Plant("evolve_never_refuses", LOAN, "raise ValueError", "return Lent()"),
    Plant("evolve_never_refuses", LOAN, "return state", "assert_never(event)"),
    Plant("evolve_never_refuses", LOAN, "case Event():\n            assert_never", "case _:\n            assert_never"),
    Plant("facts_are_in_the_past_tense", EVENTS, "class LoanCreated(Value): ...\n"),
    Plant("facts_are_in_the_past_tense", EVENTS, "class LendBook(Value): ...\n"),
    Plant("facts_are_plain_values", EVENTS, "class BookLost: ...\n"),
    Plant("facts_are_plain_values", EVENTS, "    def days(self): ...\n", "Event = BookLent\n"),
    Plant("facts_do_not_change", EVENTS, "    readers: frozenset[str]", "    readers: tuple[str, ...]"),
    Plant("facts_do_not_change", EVENTS, "    readers: list[str] | None", "    readers: tuple[str, ...]"),
    Plant("files_are_short", APP, "x = 1\n" * 400),
    Plant("functions_are_short", APP, "def long():\n" + "    x = 1\n" * 70),
    Plant("no_test_hopes", TEST, "import time\ndef test_soon():\n    time.sleep(1)\n"),
    Plant("no_test_hopes", TEST, "import asyncio\nasync def test_soon():\n    await asyncio.sleep(1)\n"),
    Plant("no_test_is_skipped", TEST, "import pytest\n@pytest.mark.skip\ndef test_later(): ...\n"),
    Plant("no_test_is_skipped", TEST, "import pytest\ndef test_later():\n    pytest.skip('later')\n"),
    Plant("no_test_pretends", TEST, "from unittest.mock import Mock\n"),
    Plant("nothing_is_left_for_later", "docs/loans.md", "TOD\x4f: fines\n"),
    Plant("nothing_is_left_for_later", APP, "# FIXM\x45\n"),
    Plant("policies_are_sentences", "application/loans.py", "async def forgive(paid, do): ...\n"),
    Plant("policies_read_the_published_language", "application/loans.py", "from domain.fines.fine import Pay\n"),
    Plant("queries_decide_nothing", QUERIES, "from application.ledger import Recorded\n"),
    Plant("queries_decide_nothing", QUERIES, "from application import do\n"),
    Plant("queries_decide_nothing", QUERIES, "from domain.loans.loan import LOAN\n"),
    Plant("read_models_are_whole", LENT, "Books that are lent.", "Which books are lent?"),
    Plant("read_models_are_whole", LENT, "MODELS = None", "MODEL = None"),
    Plant("read_models_forget_no_fact", LENT, "pass", "assert_never(fact.event)"),
    Plant("read_models_know_only_facts", LENT, "from domain.loans.loan import LOAN\n"),
    Plant("read_models_know_only_facts", LENT, "from application.do import Do\n"),
    Plant("read_models_know_only_facts", LENT, "from application.ledger import Ledger\n"),
    Plant("read_models_know_only_facts", LENT, "import adapters.postgres\n"),
    Plant("routes_declare_what_they_promise", COMMANDS, "", 'requires="loans.lend", '),
    Plant("routes_declare_what_they_promise", QUERIES, "", ', refuses=["cursor.malformed"]'),
    Plant("routes_declare_what_they_promise", ENTRANCES, "", ', refuses=["loan.lent"]'),
    Plant("routes_declare_what_they_promise", QUERIES, "@get('/x')\nasync def bare(): ...\n"),
    Plant(
        "sql_functions_stand_alone",
        "adapters/postgres/functions/lend.sql",
        "create or replace function ledger.two() \n",
    ),
    Plant("tables_have_the_tenant_first", LENT, "primary key (book, tenant)", "primary key (tenant, book)"),
    Plant("tables_have_the_tenant_first", LENT, "on lent (book)", "on lent (tenant, book)"),
    Plant("tests_mirror_the_house", "domain/loans/book.py", "def decide(state, command): ...\n"),
    Plant("tests_mirror_the_house", "projections/loans/late.py", "x = 1\n"),
    Plant("the_domain_has_no_clock_and_no_dice", LOAN, "from datetime import datetime\nx = datetime.now()\n"),
    Plant("the_domain_has_no_clock_and_no_dice", "domain/kernel.py", "x = open('x')\n"),
    Plant("the_domain_needs_no_tools", LOAN, "import psycopg\n"),
    Plant("the_domain_needs_no_tools", LOAN, "from random import choice\n"),
    Plant("the_domain_needs_no_tools", "domain/kernel.py", "import application.ledger\n"),
    Plant("words_are_not_cut_short", APP, "def send(msg): ...\n"),
    Plant("words_are_not_cut_short", APP, "raw_cfg = 1\n"),
]


@pytest.mark.parametrize("rule", rules())
def test_a_house_that_keeps_the_rule_is_left_alone(rule: str, tmp_path: Path) -> None:
    assert not [str(breach) for breach in rules()[rule](tiny_house(tmp_path))]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: f"{plant.rule}-{plant.path}")
def test_the_rule_notices(plant: Plant, tmp_path: Path) -> None:
    house = tiny_house(tmp_path)
    if plant.instead_of:
        change(house, plant.path, plant.instead_of, plant.text)
    else:
        add(house, plant.path, plant.text)
    found = list(rules()[plant.rule](house))
    assert [breach for breach in found if breach.path == plant.path]


def test_every_rule_is_shown_to_notice() -> None:
    assert {plant.rule for plant in PLANTED} == set(rules())


def test_every_rule_says_what_it_is_for() -> None:
    assert all(rule.__doc__ for rule in rules().values())


CONTRACTS = {
    "layers": [
        ("domain/kernel.py", "import application.ledger\n"),
        ("application/ledger.py", "import projections.model\n"),
        ("projections/model.py", "import adapters\n"),
        ("adapters/__init__.py", "import api.http\n"),
    ],
    "composition": [(path, "import adapters\n") for path in (COMMANDS, QUERIES, ENTRANCES)],
    "queries": [(QUERIES, "import application.do\n"), (QUERIES, "import application.ledger\n")],
    "commands": [(COMMANDS, "import projections.loans.lent\n")],
    "sides": [(QUERIES, "import api.commands.loans\n"), (ENTRANCES, "import api.queries.loans\n")],
}


def kept(house: Path, *contracts: str) -> bool:
    """Whether a house keeps these import contracts, those of pyproject.toml."""
    shutil.copy(ROOT / "pyproject.toml", house)
    linter = Path(sys.executable).with_name("lint-imports")
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    done = subprocess.run([linter, "--no-cache", *chosen], cwd=house, capture_output=True, text=True, check=False)  # noqa: S603
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def test_the_tiny_house_keeps_the_import_contracts(tmp_path: Path) -> None:
    assert kept(tiny_house(tmp_path))


@pytest.mark.parametrize("contract", CONTRACTS)
@proves("es.cqrs_split")
def test_each_import_contract_notices(contract: str, tmp_path: Path) -> None:
    for number, (path, text) in enumerate(CONTRACTS[contract]):
        house = tiny_house(tmp_path / str(number))
        add(house, path, text)
        assert not kept(house, contract), f"{path}: {text}"


def test_every_import_contract_is_shown_to_notice() -> None:

    house = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in house["contracts"]} == set(CONTRACTS)
