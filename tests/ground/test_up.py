"""`annals up`: it starts, serves, stops, and starts again as it was, however it ended."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from adapters.embedded import system_user
from adapters.embedded.postgres import EmbeddedPostgres
from api import demo
from api.settings import new_token_key, new_vault_key
from api.settings_agree import DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY
from application.permissions import BUILT_IN
from tests.ground.ups import ROOT, Up, command, environ, family, gone, up
from tests.mailbox import Mailbox
from tests.proves import proves
from tests.servers import Database, folder

pytestmark = pytest.mark.long

ROSTER = "/api/courses/celestial-navigation/roster"
DEMO_LEARNERS = 5
ENROLL = {"course": "knots", "learner": "joshua", "lessons": ["bowline"]}


@pytest.fixture(scope="module")
def demo_up() -> Generator[Up]:
    """A demo for all who look at it, or break what it mends by itself."""
    with folder() as data, up(data, "--demo") as run:
        yield run


def _eventually(what: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def _serves(run: Up) -> bool:
    try:
        run.ask("/health/ready")
    except (OSError, urllib.error.URLError):
        return False
    return True


def test_it_starts_serves_the_demo_and_stops_every_process() -> None:
    with folder() as data:
        with up(data, "--demo") as run:
            assert run.told.keys() == {"url", "token", "data", "pids"}
            assert run.told["data"] == str(data)
            assert run.told["pids"].keys() == {"up", "postgres", "nats", "api", "engine", "worker"}
            _eventually(lambda: len(run.ask(ROSTER)["rows"]) == DEMO_LEARNERS)
            processes = family(run.pids)
            assert run.end(signal.SIGTERM) == 0
            assert gone(processes)
            assert not (data / "run.json").exists()
        keys = [data / "token.key", data / "vault.key"]
        assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]
        assert len({key.read_text() for key in keys} - {DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY}) == 2


@proves("pay.gateways", "pay.process")
def test_the_demo_takes_a_payment_though_nobody_has_an_account_anywhere(demo_up: Up) -> None:
    course = f"/api/courses/{demo.PAID_COURSE}"

    def access(learner: str) -> str:
        return str(demo_up.ask(f"{course}/access/{learner}")["why"])

    def status(learner: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = demo_up.ask(f"/api/admin/payments?payer={learner}")["rows"]
        return found[0] if found else {"status": ""}

    def waits(learner: str) -> bool:
        wish = {"course": demo.PAID_COURSE, "learner": learner, "lessons": ["tides"]}
        position = demo_up.ask("/api/enrollments", wish, key=learner)["position"]
        return str(demo_up.ask(f"{course}/access/{learner}?min_position={position}")["why"]) == "awaiting_payment"

    def paid(method: str) -> str:
        learner = f"you-{method}"
        assert waits(learner)
        body = {**demo.PRICE, "method": f"sandbox:{method}"}
        demo_up.ask(f"{course}/learners/{learner}/pay", body, key=f"pay {learner}")
        return learner

    success, declined, secure = paid("4242"), paid("0002"), paid("3220")
    _eventually(lambda: access(success) == "learning")
    _eventually(lambda: status(declined)["status"] == "failed")
    assert (status(declined)["reason"], access(declined)) == ("card_declined", "awaiting_payment")
    _eventually(lambda: status(secure)["status"] == "needs_action")
    page = httpx.get(status(secure)["action"])
    assert "no money is moved" in page.text
    assert httpx.post(f"{page.url}/agree").status_code == 200
    # The sandbox tells by itself, as a gateway does.
    _eventually(lambda: access(secure) == "learning")
    assert demo_up.ask("/api/journal/trial-balance")["balanced"]


def test_all_processes_but_postgres_keep_within_their_memory() -> None:
    with folder() as data, up(data, "--demo") as run:
        apart = {process.pid for process in family({"postgres": run.pids["postgres"]})}
        resident = sum(one.memory_full_info().pss for one in family(run.pids) if one.pid not in apart)
        assert resident <= 400 * 1024 * 1024


def test_ctrl_c_stops_it_and_again_it_is_as_it_was() -> None:
    with folder() as data:
        with up(data, "--demo") as run:
            receipt = run.ask("/api/enrollments", ENROLL, key="once")
            assert run.end(signal.SIGINT) == 0
        with up(data, "--demo") as again:
            repeated = again.ask("/api/enrollments", ENROLL, key="once")
            assert (repeated["id"], repeated["position"]) == (receipt["id"], receipt["position"])
            old = {**again.told, "token": run.told["token"]}
            assert (
                len(Up(again.process, old).ask(f"{ROSTER}?min_position={receipt['position']}")["rows"]) == DEMO_LEARNERS
            )


def test_mail_is_kept_in_a_folder_and_this_is_said_unless_there_is_a_mail_server(mailbox: Mailbox) -> None:
    with folder() as data:
        with up(data) as run:
            run.ask("/api/enrollments", ENROLL, key="once")
            _eventually(lambda: len(list((data / "outbox").glob("*.eml"))) == 1)
            assert run.end() == 0
            assert f"mail is not sent, but kept in {data / 'outbox'}\n" in _said(run)
        with up(data, **mailbox.settings) as run:
            run.ask("/api/enrollments", {**ENROLL, "learner": "nathaniel"}, key="again")
            _eventually(lambda: len(mailbox.mails) == 1)
            assert run.end() == 0
            assert "MAIL_HOST" not in _said(run)
        assert len(list((data / "outbox").glob("*.eml"))) == 1


def _said(run: Up) -> str:
    """What it has said to the person at the terminal, after its end."""
    assert run.process.stderr is not None
    return run.process.stderr.read()


def test_a_second_one_on_the_same_data_says_so(demo_up: Up) -> None:
    data = Path(demo_up.told["data"])
    second = subprocess.run(  # noqa: S603
        command(data), cwd=ROOT, env=environ(), capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert f"already up on {data} at {demo_up.url}, process {demo_up.pids['up']}" in second.stderr
    assert _serves(demo_up)


def test_a_killed_run_is_no_obstacle_and_nothing_is_lost() -> None:
    with folder() as data:
        with up(data) as run:
            receipt = run.ask("/api/enrollments", ENROLL, key="once")
            children = family({name: run.pids[name] for name in ("api", "engine", "worker")})
            servers = {name: run.pids[name] for name in ("postgres", "nats")}
            run.end(signal.SIGKILL)
            assert gone(children), "a child outlived its parent"
        with up(data) as again:
            assert {name: again.pids[name] for name in servers} == servers, "the servers are taken over"
            assert again.ask("/api/enrollments", ENROLL, key="once")["id"] == receipt["id"]
            processes = family(again.pids)
            assert again.end() == 0
            assert gone(processes)


def test_when_everything_was_killed_and_ids_are_used_again_it_still_starts() -> None:
    with folder() as data:
        with up(data) as run:
            receipt = run.ask("/api/enrollments", ENROLL, key="once")
            processes = family(run.pids)
            for process in processes:
                with suppress(psutil.NoSuchProcess):  # Some end by themselves once those they serve are gone.
                    process.kill()
            run.process.wait()
            assert gone(processes)
        pid_file = data / "postgres" / "data" / "postmaster.pid"
        ours = str(os.getpid())
        pid_file.write_text("\n".join([ours, *pid_file.read_text().splitlines()[1:]]) + "\n")
        (data / "nats" / "nats.pid").write_text(ours)
        (data / "run.json").write_text(f'{{"url":"","processes":{{"api":[{ours},1.0],"engine":[1,1.0]}}}}')
        with up(data) as again:
            assert again.ask("/api/enrollments", ENROLL, key="once")["id"] == receipt["id"]


@pytest.mark.parametrize("name", ["api", "engine", "worker", "postgres", "nats"])
def test_whatever_is_killed_is_started_again(name: str, demo_up: Up) -> None:
    killed, learner = demo_up.pids[name], f"after-{name}"
    psutil.Process(killed).kill()
    _eventually(lambda: demo_up.pids.get(name, killed) != killed)
    _eventually(lambda: _serves(demo_up))
    receipt = demo_up.ask("/api/enrollments", {**ENROLL, "learner": learner}, key=learner)
    _eventually(lambda: learner in _learners(demo_up, receipt["position"]))


def _learners(run: Up, position: int) -> set[str]:
    """Who ties knots; nobody while the read model is still coming back, which is a 503."""
    try:
        return {row["learner"] for row in run.ask(f"/api/courses/knots/roster?min_position={position}")["rows"]}
    except urllib.error.HTTPError as error:
        with error:
            if error.code != 503:
                raise
            return set()


def test_a_taken_port_is_named(demo_up: Up) -> None:
    with folder() as other:
        port = demo_up.url.rpartition(":")[2]
        arguments = [*command(other)[:-4], "--data", str(other), "--port", port]
        second = subprocess.run(  # noqa: S603
            arguments, cwd=ROOT, env=environ(), capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_it_runs_on_a_database_and_a_broker_that_are_there_already(database: Database, nats: str) -> None:
    with folder() as data, up(data, "--demo", DATABASE_URL=database.url, NATS_URL=nats) as run:
        assert run.told["pids"].keys() == {"up", "api", "engine", "worker"}
        _eventually(lambda: len(run.ask(ROSTER)["rows"]) == DEMO_LEARNERS)
        assert not (data / "postgres").exists()
        assert run.end() == 0
    assert EmbeddedPostgres(data / "postgres").pid is None


def test_what_it_prints_works_when_pasted() -> None:
    with (
        folder() as data,
        subprocess.Popen(  # noqa: S603
            command(data, "--demo"),
            cwd=ROOT,
            env=environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        told = ""
        while "Ctrl-C" not in told:
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        curls = re.findall(r"^curl .*$", told, re.MULTILINE)
        said = [subprocess.run(shlex.split(curl), capture_output=True, text=True, check=True).stdout for curl in curls]  # noqa: S603
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
    receipt, roster, facts, course, outline, progress, path, verdict, *paying, pair = said
    assert '"position"' in receipt
    assert "ada" in roster
    assert "LearnerEnrolled" in facts
    assert json.loads(course)["course"]["sections"][0]["section"] == "first-watch"
    assert [module["module"] for module in json.loads(outline)["outline"]["modules"]] == ["night", "table"]
    far = {row["learner"]: (row["status"], row["percent"]) for row in json.loads(progress)["rows"]}
    assert (far["ada"], far["grace"]) == (("graduated", 100), ("learning", 33))
    assert [(row["status"], row["percent"]) for row in json.loads(path)["rows"]] == [("walking", 50)]
    assert (json.loads(verdict)["status"], json.loads(verdict)["course"]) == ("valid", "Seamanship")
    held, paid, payments, access = paying
    assert ('"position"' in held, '"position"' in paid) == (True, True)
    assert ("rows" in json.loads(payments), "why" in json.loads(access)) == (True, True)
    assert '"access"' in pair
    for role in BUILT_IN:
        assert f"{role.replace('_', '-')}@lighthouse.example" in told


def test_everyone_of_the_demo_can_log_in_and_is_what_they_are_said_to_be(demo_up: Up) -> None:
    for account in demo.ACCOUNTS:
        headers = {"Annals-Tenant": account.tenant}
        with httpx.Client(base_url=demo_up.url, headers=headers, timeout=30) as client:
            pair = client.post("/api/login", json={"name": account.address, "password": demo.PASSWORD}).json()
            client.headers["Authorization"] = f"Bearer {pair['access']}"
            _eventually(lambda: client.get("/api/me").status_code == 200)
            told = client.get("/api/me").json()
            assert told["person"]["name"] == account.name
            assert {role["role"] for role in told["person"]["roles"]} == {account.role}


def test_production_has_no_demo() -> None:
    with folder() as data:
        refused = subprocess.run(  # noqa: S603
            command(data, "--demo"),
            cwd=ROOT,
            env=environ(
                ANNALS_ENV="production",
                DATABASE_URL="postgres://nobody@localhost/nothing",
                ANNALS_TOKEN_KEY=new_token_key(),
                ANNALS_VAULT_KEY=new_vault_key(),
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 2
    assert "not in production" in refused.stderr


def test_root_and_a_plain_user_can_both_start_it() -> None:
    """Where the tests run as root, all others show that root can; where not, that a plain user can."""
    with folder() as data:
        system_user.give(data)
        lowered = system_user.lowered(Path(sys.executable).resolve(), ROOT)
        with subprocess.Popen(  # noqa: S603
            [*lowered, *command(data, "--json")],
            cwd=ROOT,
            env=environ(HOME=str(data)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            assert line, process.stderr.read()
            assert psutil.Process(process.pid).uids().real != 0
            process.terminate()
            process.communicate(timeout=60)
            assert process.returncode == 0
