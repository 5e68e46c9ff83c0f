"""Whoever has a second factor is told when it is turned on or off, wherever they are."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from pathlib import Path

from tests.api.serving import Served, serving
from tests.api.test_second_factor import Guarded
from tests.api.visiting import PASSWORD, RATES
from tests.proves import proves
from tests.servers import PostgresForTests

WRITTEN_S_MAX = 30.0


def subjects(outbox: Path) -> list[str]:
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox.glob("*.eml")]
    return [str(letter["Subject"]) for letter in letters]


def until_written(served: Served, subject: str) -> None:
    outbox = served.output.parent / "outbox"
    deadline = time.monotonic() + WRITTEN_S_MAX
    while subject not in subjects(outbox):
        assert time.monotonic() < deadline, subjects(outbox)
        time.sleep(0.1)


@proves("auth.2fa_disable", "auth.2fa_enable")
def test_letters_tell_that_it_was_turned_on_and_off(postgres: PostgresForTests) -> None:
    with (
        postgres.database() as database,
        serving(database, engine=True, worker=True, count=1, **RATES) as (served,),
        Guarded(served) as ada,
    ):
        ada.register()
        ada.log_in()
        ada.turn_on()
        until_written(served, "Two-step log-in is on")
        shown = {"password": PASSWORD, "backup_code": ada.backup_codes[0]}
        assert ada.enter("/api/security/2fa/disable", shown).status_code == 200
        until_written(served, "Two-step log-in is off")
