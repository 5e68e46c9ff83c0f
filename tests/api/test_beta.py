"""A beta track beside main, for schools that have switched it on."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import pytest

from tests.api.serving import LESSONS, Client, Served
from tests.proves import proves


@pytest.fixture
def school(api: Served) -> Generator[Client]:
    """A school with a beta track."""
    with Client(api, uuid4()) as client:
        assert client.command("/api/features/beta.program/switch-on").status_code == 200
        yield client


def enroll_on_beta(client: Client, learner: str) -> int:
    answer = client.command("/api/beta/enrollments", {"course": "art", "learner": learner, "lessons": LESSONS})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def learners(client: Client, path: str, position: int) -> list[str]:
    return [row["learner"] for row in client.get(path, params={"min_position": position}).json()["rows"]]


MAIN, BETA = "/api/courses/art/roster", "/api/beta/courses/art/roster"


@proves("tenant.beta_program")
def test_who_is_on_beta_alone_is_on_no_list_of_main(school: Client) -> None:
    school.enroll(learner="ben")
    position = enroll_on_beta(school, "ada")
    assert learners(school, MAIN, position) == ["ben"]
    assert learners(school, BETA, position) == ["ada"]
    for sort in ("learner", "-enrolled_at", "-done"):
        rows = school.get(MAIN, params={"sort": sort}).json()["rows"]
        assert [row["learner"] for row in rows] == ["ben"]
    assert school.get("/api/learners/ada/courses").json()["rows"] == []
    assert [row["course"] for row in school.get("/api/beta/learners/ada/courses").json()["rows"]] == ["art"]


@proves("tenant.beta_program")
def test_the_chosen_are_promoted_with_their_history_and_may_be_returned(school: Client) -> None:
    for learner in ("ada", "ben", "cy"):
        enroll_on_beta(school, learner)
    school.command(f"/api/enrollments/art/ada/lessons/{LESSONS[0]}/complete")
    chosen = {"enrollments": [{"course": "art", "learner": learner} for learner in ("ada", "cy")]}
    position = school.command("/api/beta/promote", chosen).json()["position"]
    assert learners(school, MAIN, position) == ["ada", "cy"]
    assert learners(school, BETA, position) == ["ben"]
    done = {row["learner"]: row["done"] for row in school.get(MAIN).json()["rows"]}
    assert done == {"ada": 1, "cy": 0}
    facts = school.get("/api/facts", params={"stream": "enrollment:art:ada"}).json()["facts"]
    assert [fact["type"].partition(".")[2] for fact in facts] == [
        "LearnerEnrolled",
        "LessonCompleted",
        "EnrollmentPromoted",
    ]
    back = {"enrollments": [{"course": "art", "learner": "ada"}]}
    position = school.command("/api/beta/return", back).json()["position"]
    assert learners(school, MAIN, position) == ["cy"]
    assert learners(school, BETA, position) == ["ada", "ben"]


@proves("tenant.beta_program")
def test_all_that_are_chosen_are_moved_or_none(api: Served, school: Client) -> None:
    enroll_on_beta(school, "ada")
    head = api.head()
    chosen = {"enrollments": [{"course": "art", "learner": "ada"}, {"course": "art", "learner": "nobody"}]}
    refused = school.command("/api/beta/promote", chosen)
    assert (refused.status_code, refused.json()["code"]) == (409, "enrollment.not_possible")
    school.enroll(learner="ben")
    never = school.command("/api/beta/return", {"enrollments": [{"course": "art", "learner": "ben"}]})
    assert (never.status_code, never.json()["code"]) == (409, "enrollment.never_on_beta")
    assert school.enroll(learner="ada").json()["code"] == "enrollment.on_other_track"
    assert api.head() == head + 1
    for wrong in ([], [{"course": "art", "learner": "ada"}] * 101):
        assert school.command("/api/beta/promote", {"enrollments": wrong}).status_code == 400


@proves("tenant.beta_program", "tenant.feature_flags")
def test_without_the_feature_there_is_no_beta(api: Served, client: Client) -> None:
    head = api.head()
    body = {"course": "art", "learner": "ada", "lessons": LESSONS}
    answers = [
        client.command("/api/beta/enrollments", body),
        client.command("/api/beta/promote", {"enrollments": [{"course": "art", "learner": "ada"}]}),
        client.command("/api/beta/return", {"enrollments": [{"course": "art", "learner": "ada"}]}),
        client.get(BETA),
        client.get("/api/beta/learners/ada/courses"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "feature.disabled")}
    assert api.head() == head
