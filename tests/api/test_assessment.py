"""Assessments over HTTP: who passes what an item is linked to has done it, and nobody links what is not theirs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import uuid4

import pytest

from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served
from tests.api.test_learning import ABOUT, COURSE, SECTION, School, soon
from tests.proves import proves

ASSESSMENTS = f"{COURSE}/assessments"
MIDTERM: dict[str, Any] = {"assessment": "midterm", "title": "Midterm", "points": 60, "enough": 30}
LINK, UNLINK = f"{COURSE}/items/test/assessment/link", f"{COURSE}/items/test/assessment/unlink"


@pytest.fixture
def school(api: Served) -> Generator[School]:
    tenant = uuid4()
    with (
        Client(api, tenant) as admin,
        Person(api, tenant) as teacher,
        Person(api, tenant) as ada,
        Person(api, tenant) as ben,
    ):
        for person in (ada, ben):
            appoint(api, person, "student")
        appoint(api, teacher, "instructor", "course:stars")
        for course in ("stars", "seas"):
            done(admin.command("/api/courses", {"course": course, **ABOUT}))
            done(admin.command(f"/api/courses/{course}/modules", {"module": "night", "title": "Night"}))
        for name, kind in (("text", "text"), ("test", "test")):
            about = {"item": name, "module": "night", "kind": kind, "title": name.title(), "content": f"see {name}"}
            done(admin.command(f"{COURSE}/items", about))
        done(admin.command(f"{COURSE}/publish"))
        done(admin.command(f"{COURSE}/sections", {"section": "spring", "capacity": 5}))
        done(admin.command(f"{SECTION}/staff", {"person": teacher.id, "part": "instructor"}))
        yield School(admin, teacher, ada, ben)


def the_test(of: Person) -> str:
    """Whether the test is done by who learns."""
    found = of.get(f"/api/learners/{of.id}/progress/stars").json()["course"]
    done_at = next((one["done_at"] for one in found["items"] if one["item"] == "test"), None)
    return "open" if done_at is None else "done"


@proves("course.assessment_link")
def test_who_passes_what_an_item_is_linked_to_has_done_it(school: School) -> None:
    teacher, ada, ben = school.teacher, school.ada, school.ben
    done(teacher.command(ASSESSMENTS, MIDTERM))
    done(teacher.command(f"{ASSESSMENTS}/midterm/publish"))
    done(teacher.command(LINK, {"assessment": "midterm"}))
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: school.enroll(ben).status_code, 200)
    results = f"{ASSESSMENTS}/midterm/results"
    refused(teacher.command(results, {"learner": "nobody", "points": 40}), "enrollment.needed")
    refused(teacher.command(results, {"learner": ada.id, "points": 61}), "assessment.points", 409)
    refused(ada.command(results, {"learner": ada.id, "points": 60}), "permission.missing", 403)
    done(teacher.command(results, {"learner": ben.id, "points": 29}))
    position = done(teacher.command(results, {"learner": ada.id, "points": 30}))
    soon(lambda: the_test(ada), "done")
    assert the_test(ben) == "open"
    # A later result that is worse takes back nothing that was completed.
    done(teacher.command(results, {"learner": ada.id, "points": 10}))
    done(teacher.command(results, {"learner": ben.id, "points": 45}))
    soon(lambda: the_test(ben), "done")
    assert the_test(ada) == "done"
    found = teacher.get(results, params={"min_position": position, "outcome": "passed"})
    assert [row["learner"] for row in found.json()["rows"]] == [ben.id]
    own = ada.get(f"/api/learners/{ada.id}/results").json()["rows"]
    assert [(row["points"], row["of"], row["passed"]) for row in own] == [(10, 60, False)]
    refused(ada.get(f"/api/learners/{ben.id}/results"), "permission.missing", 403)


@proves("course.assessment_link")
def test_what_is_unpublished_or_foreign_is_not_linked(school: School) -> None:
    teacher, admin = school.teacher, school.admin
    refused(teacher.command(LINK, {"assessment": "midterm"}), "assessment.not_found", 404)
    done(teacher.command(ASSESSMENTS, MIDTERM))
    refused(teacher.command(LINK, {"assessment": "midterm"}), "assessment.not_published", 409)
    done(admin.command("/api/courses/seas/assessments", {**MIDTERM, "assessment": "tides"}))
    done(admin.command("/api/courses/seas/assessments/tides/publish"))
    refused(teacher.command(LINK, {"assessment": "tides"}), "assessment.not_found", 404)
    refused(teacher.command(f"{ASSESSMENTS}/tides/withdraw"), "assessment.not_found", 404)
    refused(teacher.command("/api/courses/seas/assessments/tides/withdraw"), "permission.missing", 403)
    done(teacher.command(f"{ASSESSMENTS}/midterm/publish"))
    refused(teacher.command(f"{COURSE}/items/text/assessment/link", {"assessment": "midterm"}), "item.is_no_test", 409)
    refused(teacher.command(f"{COURSE}/items/none/assessment/link", {"assessment": "midterm"}), "item.not_found", 404)
    position = done(teacher.command(LINK, {"assessment": "midterm"}))
    outline = teacher.get(f"{COURSE}/outline", params={"min_position": position}).json()["outline"]
    assert {one["item"]: one.get("assessment") for one in outline["modules"][0]["items"]} == {
        "text": None,
        "test": "midterm",
    }
    refused(
        teacher.command(f"{ASSESSMENTS}/midterm/revise", {"title": "M", "points": 9, "enough": 1}),
        "assessment.published",
        409,
    )
    done(teacher.command(UNLINK, {"assessment": "midterm"}))
    shown = teacher.get(ASSESSMENTS, params={"min_position": position, "status": "published"}).json()["rows"]
    assert [row["assessment"] for row in shown] == ["midterm"]
