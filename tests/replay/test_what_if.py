"""What would be, had a rule been another: it is shown, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from adapters.postgres.followers.projector import Projector
from application.what_if import Retelling, rules
from domain.assessment.events import ResultRecorded
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson
from domain.enrollments.events import CourseCompleted, LearnerEnrolled, LearnerWithdrew, LessonCompleted
from domain.kernel import CourseId, LearnerId, LessonId, Rejected
from projections.enrollments import roster
from projections.enrollments.roster import who_is_on
from tests.followers.running import (
    COURSE,
    LESSONS,
    TENANT,
    asking,
    caller,
    caught_up,
    enroll,
    following,
    make_models,
    writing,
)
from tests.proves import proves
from tests.replay.told import annals
from tests.servers import Database

ONE, TWO, THREE = map(LessonId, ("one", "two", "three"))
ART = CourseId("art")


def retold(rule: str, value: str, stream: str, *facts: Any) -> list[Any]:
    retelling = Retelling(rules()[rule], value, f"{stream.partition(':')[0]}:*")
    return [event for fact in facts for event in retelling.retold(stream, fact)]


def test_a_course_with_fewer_lessons_is_completed_earlier() -> None:
    enrolled = LearnerEnrolled(ART, LearnerId("ada"), (ONE, TWO, THREE))
    story = (enrolled, LessonCompleted(TWO), LessonCompleted(ONE), LessonCompleted(THREE), CourseCompleted())
    assert retold("required-lessons", "one,two", "enrollment:art:ada", *story) == [
        LearnerEnrolled(ART, LearnerId("ada"), (ONE, TWO)),
        LessonCompleted(TWO),
        LessonCompleted(ONE),
        CourseCompleted(),
    ]
    same = retold("required-lessons", "one,two,three", "enrollment:art:ada", *story, LearnerWithdrew("no time"))
    assert same == [*story, LearnerWithdrew("no time")]


def test_another_share_of_the_points_is_enough() -> None:
    fifty, sixty = ResultRecorded(ART, 5, 10, passed=True), ResultRecorded(ART, 6, 10, passed=True)
    found = retold("passing-mark", "51", "result:quiz:ada", fifty, sixty)
    assert found == [ResultRecorded(ART, 5, 10, passed=False), sixty]


@pytest.mark.parametrize(("rule", "value"), [("passing-mark", "0"), ("passing-mark", "all"), ("required-lessons", ",")])
def test_a_rule_takes_only_what_it_can_be(rule: str, value: str) -> None:
    with pytest.raises(Rejected):
        rules()[rule].under(value)
    with pytest.raises(Rejected, match="not of course"):
        Retelling(rules()[rule], "50", "course:*")


@proves("audit.replay")
async def test_what_if_and_as_it_was_are_asked_at_the_command_line_and_write_nothing(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        for learner in ("ada", "ben"):
            await enroll(do, learner)
        done = await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(LESSONS[0]), caller())
        stood = await who_is_on(ask, TENANT, COURSE, min_position=done.position)
        await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(LESSONS[1]), caller())
        await caught_up(database, roster.MODEL.name)
    before = head(database)
    of_ours = ("--tenant", str(TENANT))
    told = annals(
        database, "what-if", "required-lessons=one", "--streams", "enrollment:art:*", "--at", "3",
        "--model", "enrollments.roster", *of_ours,
    )  # fmt: skip
    found = {line["after"]["learner"]: line["after"]["status"] for line in map(json.loads, told.stdout.splitlines())}
    assert found == {"ada": "graduated", "ben": "learning"}
    assert b"3 of 3 facts would be others" in told.stderr
    wrong = annals(database, "what-if", "gravity=9", "--streams", "enrollment:art:*", *of_ours, check=False)
    assert wrong.returncode == 2
    assert b"passing-mark" in wrong.stderr

    then = annals(database, "as-of", "enrollments.roster", *of_ours, "--at", "3", "--ask", "who_is_on course=art")
    assert [row["done"] for row in json.loads(then.stdout)["rows"]] == [row.done for row in stood.rows] == [1, 0]
    state = annals(database, "compare", "enrollment:art:ada", *of_ours, "--before", "1", "--after", "3")
    assert {line["field"] for line in map(json.loads, state.stdout.splitlines())} == {"done[0]", "left[0]", "left[1]"}
    rows_ = annals(database, "compare", "enrollments.roster", *of_ours, "--before", "2", "--after", "3")
    (row,) = map(json.loads, rows_.stdout.splitlines())
    assert (row["table"], row["before"]["done"], row["after"]["done"]) == ("roster", 0, 1)
    assert head(database) == before


def head(database: Database) -> list[Any]:
    """How far the ledger is, and how many commands were ever answered."""
    with psycopg.connect(database.url) as connection:
        return connection.execute(
            "select position, (select count(*) from ledger.commands) from ledger.log_head"
        ).fetchall()
