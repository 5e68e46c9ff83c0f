"""How a school works: its features, its settings, its password policy; changed without a restart, with all versions."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.serving import LESSONS, Client, Served, serving
from tests.api.waiting import answered
from tests.proves import proves
from tests.servers import PostgresForTests

SOON_S = 1.0


@pytest.fixture(scope="module")
def two(postgres: PostgresForTests) -> Generator[list[Served]]:
    """Two API processes, an engine and a worker."""
    with postgres.database() as database, serving(database, engine=True, worker=True, count=2) as served:
        yield served


soon = partial(answered, SOON_S)


def shown(client: Client, path: str, receipt: httpx.Response) -> Any:
    """What is shown once a command has had its effect."""
    assert receipt.status_code == 200, receipt.text
    return client.get(path, params={"min_position": receipt.json()["position"]}).json()


@proves("tenant.feature_flags")
def test_what_is_switched_off_is_refused_in_every_process_and_writes_nothing(two: list[Served]) -> None:
    tenant = uuid4()
    with Client(two[0], tenant) as one, Client(two[1], tenant) as other, Client(two[1], uuid4()) as elsewhere:
        for client in (one, other, elsewhere):
            client.enroll()

        def withdraw(client: Client) -> httpx.Response:
            return client.command("/api/enrollments/art/ada/withdraw", {"reason": "time"})

        assert one.command("/api/features/enrollments.withdrawal/switch-off").status_code == 200
        for client in (one, other):
            # The other process may not have heard of it on the first try.
            soon(lambda client=client: withdraw(client), lambda answer: answer.status_code == 403)  # type: ignore[misc]
            head = two[0].head()
            assert withdraw(client).json()["code"] == "feature.disabled"
            assert two[0].head() == head
        assert withdraw(elsewhere).status_code == 200
        assert one.command("/api/features/enrollments.withdrawal/switch-on").status_code == 200
        for client in (one, other):
            soon(lambda client=client: withdraw(client), lambda answer: answer.status_code == 200)  # type: ignore[misc]


@proves("tenant.feature_flags")
def test_each_switch_is_a_fact_with_its_actor(api: Served) -> None:
    tenant = uuid4()
    with Client(api, tenant, subject="ada") as ada, Client(api, tenant, subject="grace") as grace:
        ada.command("/api/features/ai.generation/switch-on")
        receipt = grace.command("/api/features/ai.generation/switch-off")
        again = grace.command("/api/features/ai.generation/switch-off")
        assert again.json()["version"] == receipt.json()["version"] == 2
        found = shown(ada, "/api/features", receipt)["features"]
        (feature,) = [one for one in found if one["flag"] == "ai.generation"]
        assert (feature["on"], feature["default"], feature["switched_by"]) == (False, False, "grace")
        assert all(one["description"] for one in found)
        rows = ada.get("/api/features/ai.generation/history").json()["rows"]
        assert [(row["by"], row["before"], row["now"]) for row in rows] == [
            ("grace", True, False),
            ("ada", False, True),
        ]
        facts = ada.get("/api/facts", params={"stream": "features:main"}).json()["facts"]
        assert [(fact["type"], fact["by"]) for fact in facts] == [
            ("tenancy.FeatureSwitchedOn", "ada"),
            ("tenancy.FeatureSwitchedOff", "grace"),
        ]
        assert ada.command("/api/features/fax/switch-on").json()["code"] == "request.invalid"


@proves("tenant.system_config")
def test_settings_are_checked_kept_and_told_with_every_version(api: Served) -> None:
    tenant = uuid4()
    with Client(api, tenant, subject="ada") as ada, Client(api, tenant, subject="grace") as grace:
        ada.command("/api/settings", {"settings": {"page_size": 20}})
        receipt = grace.command("/api/settings", {"settings": {"page_size": 30, "welcome_notice": False}})
        found = {one["setting"]: one for one in shown(ada, "/api/settings", receipt)["settings"]}
        assert (found["page_size"]["value"], found["page_size"]["default"]) == (30, 50)
        assert found["page_size"]["schema"]["maximum"] == 200
        assert found["welcome_notice"]["adjusted_by"] == "grace"
        rows = ada.get("/api/settings/history").json()["rows"]
        assert [(row["by"], row["subject"], row["before"], row["now"]) for row in rows] == [
            ("grace", "welcome_notice", True, False),
            ("grace", "page_size", 20, 30),
            ("ada", "page_size", 50, 20),
        ]
        only = ada.get("/api/settings/history", params={"setting": "welcome_notice"}).json()["rows"]
        assert [row["version"] for row in only] == [3]


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"page_size": 0}, 400, "setting.malformed"),
        ({"page_size": 201}, 400, "setting.malformed"),
        ({"page_size": "50"}, 400, "setting.malformed"),
        ({"page_size": True}, 400, "setting.malformed"),
        ({"welcome_notice": False, "page_size": -1}, 400, "setting.malformed"),
        ({"page_size": None}, 400, "request.invalid"),
        ({"page_size": [1]}, 400, "request.invalid"),
        ({"fax": True}, 400, "request.invalid"),
    ],
)
@proves("tenant.system_config")
def test_what_a_setting_cannot_be_is_refused_whole(
    api: Served, client: Client, settings: dict[str, Any], status: int, code: str
) -> None:
    head = api.head()
    answer = client.command("/api/settings", {"settings": settings})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.head() == head


def test_who_edits_settings_that_have_moved_on_is_told(client: Client) -> None:
    seen = client.command("/api/settings", {"settings": {"page_size": 20}}).headers["ETag"]
    assert client.command("/api/settings", {"settings": {"page_size": 30}}, If_Match=seen).status_code == 200
    late = client.command("/api/settings", {"settings": {"page_size": 40}}, If_Match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "stream.version_moved")


@proves("tenant.system_config")
def test_running_processes_go_by_a_setting_as_soon_as_it_is_adjusted(two: list[Served]) -> None:
    tenant = uuid4()
    with Client(two[0], tenant) as one, Client(two[1], tenant) as other:
        position = max(one.enroll(learner=f"learner-{number}").json()["position"] for number in range(5))
        asked = {"min_position": position}
        for client in (one, other):
            assert len(client.get("/api/courses/art/roster", params=asked).json()["rows"]) == 5
        one.command("/api/settings", {"settings": {"page_size": 2}})
        for client in (one, other):
            soon(
                lambda client=client: client.get("/api/courses/art/roster"),  # type: ignore[misc]
                lambda answer: len(answer.json()["rows"]) == 2,
            )
            assert len(client.get("/api/courses/art/roster", params={"limit": 4}).json()["rows"]) == 4


@proves("tenant.system_config")
def test_a_running_worker_goes_by_a_setting_as_soon_as_it_is_adjusted(two: list[Served]) -> None:
    outbox = two[0].output.parent / "outbox"
    with Client(two[0], uuid4()) as client:

        def graduate(learner: str) -> list[str]:
            """What a learner is written who enrols and graduates."""
            client.enroll(learner=learner)
            for lesson in LESSONS:
                client.command(f"/api/enrollments/art/{learner}/lessons/{lesson}/complete")
            letters = _until_written_to(outbox, learner, "You completed art")
            return [subject for to, subject in letters if to == learner]

        client.enroll(learner="first")
        _until_written_to(outbox, "first", "You are enrolled on art")
        numbers = count()
        for welcome in (False, True):
            client.command("/api/settings", {"settings": {"welcome_notice": welcome}})
            end = time.monotonic() + 10 * SOON_S
            while ("You are enrolled on art" in graduate(f"learner-{next(numbers)}")) != welcome:
                assert time.monotonic() < end


def _until_written_to(outbox: Path, learner: str, subject: str) -> list[tuple[str, str]]:
    """Wait for a letter to a learner; answers whom all were written to, and about what."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        letters = [_letter(path) for path in sorted(outbox.glob("*.eml"))]
        if (learner, subject) in letters:
            return letters
        time.sleep(0.02)
    raise AssertionError(f"no letter came for {learner}")


def _letter(path: Path) -> tuple[str, str]:
    lines = path.read_text().splitlines()
    said = dict(line.split(": ", 1) for line in lines if line.startswith(("To: ", "Subject: ")))
    return said["To"].partition("@")[0], said["Subject"]


@proves("tenant.password_policy")
def test_a_password_policy_is_adopted_in_versions_of_one_school(api: Served, client: Client) -> None:
    floor = client.get("/api/password-policy").json()
    assert (floor["version"], floor["length"], floor["adopted_by"]) == (0, 15, None)
    client.command("/api/password-policy", {"length": 16})
    receipt = client.command("/api/password-policy", {"length": 20, "classes": 3, "history": 5})
    policy = shown(client, "/api/password-policy", receipt)
    assert (policy["version"], policy["length"], policy["classes"], policy["history"]) == (2, 20, 3, 5)
    assert policy["adopted_by"] == "ada"
    rows = client.get("/api/password-policy/history").json()["rows"]
    assert [(row["version"], row["now"]["length"]) for row in rows] == [(2, 20), (1, 16)]
    with Client(api, uuid4()) as other:
        assert other.get("/api/password-policy").json()["version"] == 0


@pytest.mark.parametrize(
    ("policy", "status", "code"),
    [
        ({"length": 14}, 409, "password_policy.below_floor"),
        ({"length": 129}, 400, "password_policy.malformed"),
        ({"length": 15, "classes": 5}, 400, "password_policy.malformed"),
        ({"length": 15, "expires_after_days": 7}, 400, "password_policy.malformed"),
        ({"length": "15"}, 400, "request.invalid"),
        ({}, 400, "request.invalid"),
    ],
)
@proves("tenant.password_policy")
def test_a_policy_below_the_floor_or_beyond_reason_is_refused(
    client: Client, policy: dict[str, Any], status: int, code: str
) -> None:
    answer = client.command("/api/password-policy", policy)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/api/features/ads/switch-on", "/api/settings", "/api/password-policy"])
def test_who_may_read_may_not_configure(api: Served, path: str) -> None:
    bodies: dict[str, Any] = {"/api/settings": {"settings": {}}, "/api/password-policy": {"length": 20}}
    with Client(api, uuid4(), "tenancy.read") as reader:
        answer = reader.command(path, bodies.get(path))
        assert (answer.status_code, answer.json()["code"]) == (403, "permission.missing")
        assert reader.get("/api/settings").status_code == 200
