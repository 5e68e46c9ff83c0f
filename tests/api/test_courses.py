"""Building courses over HTTP: drafts that nobody sees, outlines that open step by step, sections and their people."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.queries.catalog import CALENDAR
from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served
from tests.proves import proves

ABOUT = {"title": "Stars", "level": "introductory", "summary": "By night.", "department": "Sky"}
COURSE = "/api/courses/stars"
SECTION = f"{COURSE}/sections/spring"
OFFERED = "/api/offered/courses/stars/sections/spring"
MONDAYS: dict[str, Any] = {
    "first": "2027-03-22",
    "begins": "09:00:00",
    "minutes": 90,
    "zone": "Europe/Berlin",
    "room": "aula",
    "weekdays": [1],
    "last": "2027-04-05",
}


class School:
    """A school with somebody who runs it, somebody who teaches there, and somebody who learns there."""

    def __init__(self, api: Served, admin: Client, teacher: Person, student: Person) -> None:
        self.api, self.admin, self.teacher, self.student = api, admin, teacher, student

    def someone(self) -> Person:
        return Person(self.api, self.admin.tenant)

    def drafted(self, course: str = "stars", **about: Any) -> None:
        done(self.admin.command("/api/courses", {"course": course, **ABOUT, **about}))

    def filled(self, course: str = "stars") -> int:
        path = f"/api/courses/{course}"
        done(self.admin.command(f"{path}/modules", {"module": "night", "title": "Night"}))
        return done(self.admin.command(f"{path}/items", item("one")))

    def published(self, course: str = "stars", **about: Any) -> int:
        self.drafted(course, **about)
        self.filled(course)
        return done(self.admin.command(f"/api/courses/{course}/publish"))

    def opened(self, section: str = "spring", **more: Any) -> httpx.Response:
        return self.admin.command(f"{COURSE}/sections", {"section": section, "capacity": 30, **more})


@pytest.fixture
def school(api: Served) -> Generator[School]:
    tenant = uuid4()
    with Client(api, tenant) as admin, Person(api, tenant) as teacher, Person(api, tenant) as student:
        appoint(api, teacher, "instructor")
        appoint(api, student, "student")
        yield School(api, admin, teacher, student)


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"item": name, "module": "night", "kind": "text", "title": name.title(), **more}


def seen(client: httpx.Client, path: str, position: int = 0, **asked: Any) -> Any:
    answer = client.get(path, params={"min_position": position, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def browsed(client: httpx.Client, position: int = 0, **asked: Any) -> list[str]:
    return [row["course"] for row in seen(client, "/api/offered/courses", position, **asked)["rows"]]


@proves("course.crud")
def test_a_draft_is_nobodys_business_until_it_is_published(school: School) -> None:
    teacher, student = school.teacher, school.student
    done(teacher.command("/api/courses", {"course": "stars", **ABOUT}))
    refused(student.command("/api/courses", {"course": "sails", **ABOUT}), "permission.missing")
    refused(teacher.command(f"{COURSE}/publish"), "course.empty", 409)
    done(teacher.command(f"{COURSE}/modules", {"module": "night", "title": "Night"}))
    refused(teacher.command(f"{COURSE}/publish"), "course.empty", 409)
    position = done(teacher.command(f"{COURSE}/items", item("one")))
    assert browsed(student, position) == []
    assert browsed(student, text="stars") == []
    assert [row["status"] for row in seen(teacher, "/api/courses", position)["rows"]] == ["draft"]
    refused(student.get("/api/courses"), "permission.missing")
    refused(student.get("/api/offered/courses/stars"), "course.not_found", 404)
    refused(student.get(COURSE), "permission.missing")
    refused(student.get(f"/api/learners/{student.id}/courses/stars/outline"), "course.not_found", 404)

    position = done(teacher.command(f"{COURSE}/publish"))
    assert browsed(student, position) == ["stars"]
    assert seen(student, "/api/offered/courses/stars", position)["course"]["title"] == "Stars"
    refused(teacher.command(f"{COURSE}/items/one/remove"), "course.empty", 409)
    refused(teacher.command(f"{COURSE}/discard"), "course.was_published", 409)


@proves("course.crud")
def test_a_course_is_revised_priced_archived_and_each_of_it_is_told(school: School) -> None:
    admin, student = school.admin, school.student
    school.published()
    seen_version = admin.command(f"{COURSE}/price", {"amount": 4900, "currency": "EUR"}).headers["ETag"]
    position = done(admin.command(f"{COURSE}/revise", {**ABOUT, "title": "More stars"}, If_Match=seen_version))
    refused(admin.command(f"{COURSE}/revise", ABOUT, If_Match=seen_version), "stream.version_moved", 412)
    told = seen(student, "/api/offered/courses/stars", position)["course"]
    assert (told["title"], told["amount"], told["currency"]) == ("More stars", 4900, "EUR")
    position = done(admin.command(f"{COURSE}/archive"))
    assert browsed(student, position) == []
    refused(admin.command(f"{COURSE}/revise", ABOUT), "course.archived", 409)
    refused(school.opened(), "course.archived", 409)
    school.drafted("sails")
    done(admin.command("/api/courses/sails/discard"))
    facts = admin.get("/api/facts", params={"stream": "course:stars"}).json()["facts"]
    assert [fact["type"] for fact in facts] == [
        *("catalog.CourseDrafted", "catalog.CoursePublished", "catalog.CoursePriced", "catalog.CourseRevised"),
        "catalog.CourseArchived",
    ]


@proves("course.crud")
def test_students_browse_by_department_term_level_price_and_text(school: School) -> None:
    student = school.student
    school.drafted("ropes", title="Ropes", department="Sea")
    school.published("stars")
    school.published("sails", title="Sails", department="Sea", level="advanced")
    school.published("knots", title="Knots", department="Sea", summary="By hand.")
    done(school.admin.command("/api/courses/knots/price", {"amount": 900}))
    position = done(school.opened(term="Spring"))
    assert browsed(student, position) == ["knots", "sails", "stars"]
    assert browsed(student, department="Sea") == ["knots", "sails"]
    assert browsed(student, department="Sea", level="advanced") == ["sails"]
    assert browsed(student, term="Spring") == ["stars"]
    assert browsed(student, amount=0) == ["sails", "stars"]
    assert browsed(student, text="hand BY") == ["knots"]
    assert browsed(student, text="ropes") == []
    first = seen(student, "/api/offered/courses", limit=2)
    assert browsed(student, cursor=first["cursor"]) == ["stars"]


@proves("course.sections")
def test_who_teaches_a_section_may_do_so_from_that_moment_and_no_longer(school: School) -> None:
    admin = school.admin
    school.published()
    with school.someone() as grace, school.someone() as ben, school.someone() as tea:
        done(school.opened(instructor=grace.id, term="Spring", batch="A"))
        done(grace.command(f"{SECTION}/meetings", {"meeting": "lecture", **MONDAYS}))
        refused(ben.command(f"{SECTION}/meetings/lecture/cancel"), "permission.missing")
        done(admin.command(f"{SECTION}/staff", {"person": ben.id, "part": "instructor"}))
        refused(grace.command(f"{SECTION}/meetings/lecture/cancel"), "permission.missing")
        done(ben.command(f"{SECTION}/meetings/lecture/cancel"))
        done(admin.command(f"{SECTION}/staff", {"person": grace.id, "part": "co-instructor"}))
        done(grace.command(f"{SECTION}/meetings", {"meeting": "exam", **MONDAYS}))
        position = done(admin.command(f"{SECTION}/staff", {"person": tea.id, "part": "assistant"}))
        may = {(one["permission"], one["scope"]) for one in tea.get("/api/me/permissions").json()["permissions"]}
        assert ("catalog.grade", "section:spring") in may
        for path in (f"{COURSE}/publish", f"{COURSE}/archive", f"{SECTION}/meetings/exam/cancel"):
            refused(tea.command(path), "permission.missing")
        (told,) = seen(school.student, "/api/offered/courses/stars", position)["course"]["sections"]
        assert {who["person"]: who["part"] for who in told["staff"]} == {
            ben.id: "instructor",
            grace.id: "co-instructor",
            tea.id: "assistant",
        }
        done(admin.command(f"{SECTION}/staff/{tea.id}/remove"))
        may = {(one["permission"], one["scope"]) for one in tea.get("/api/me/permissions").json()["permissions"]}
        assert ("catalog.grade", "section:spring") not in may
        refused(admin.command(f"{SECTION}/staff/{ben.id}/remove"), "section.needs_instructor", 409)


@proves("course.sections")
def test_a_section_is_opened_revised_and_closed(school: School) -> None:
    admin = school.admin
    refused(school.opened(), "course.not_found", 404)
    school.published()
    school.published("sails")
    refused(school.teacher.command(f"{COURSE}/sections", {"section": "spring", "capacity": 3}), "permission.missing")
    refused(school.opened(capacity=0), "request.invalid", 400)
    backwards = {"starts": "2027-07-01T00:00:00Z", "ends": "2027-03-01T00:00:00Z"}
    refused(school.opened(**backwards), "section.malformed", 400)
    done(school.opened())
    refused(school.opened(capacity=31), "section.exists", 409)
    refused(admin.command("/api/courses/sails/sections/spring/close"), "section.not_found", 404)
    done(admin.command(f"{SECTION}/capacity", {"capacity": 12}))
    position = done(admin.command(f"{SECTION}/revise", {"term": "Autumn"}))
    (told,) = seen(admin, COURSE, position)["course"]["sections"]
    assert (told["capacity"], told["term"], told["status"]) == (12, "Autumn", "open")
    position = done(admin.command(f"{SECTION}/close"))
    (told,) = seen(admin, COURSE, position)["course"]["sections"]
    assert told["status"] == "closed"
    refused(admin.command(f"{SECTION}/capacity", {"capacity": 3}), "section.closed", 409)


@proves("course.modules")
def test_an_outline_is_reordered_as_a_whole_or_not_at_all(school: School) -> None:
    admin = school.admin
    school.published()
    for name in ("two", "three"):
        done(admin.command(f"{COURSE}/items", item(name, required=False)))
    position = done(admin.command(f"{COURSE}/modules", {"module": "day", "title": "Day"}))
    before = seen(admin, f"{COURSE}/outline", position)["outline"]
    incomplete: list[dict[str, Any]] = [{"module": "day", "items": ["three", "one"]}, {"module": "night", "items": []}]
    refused(admin.command(f"{COURSE}/outline/reorder", {"order": incomplete}), "outline.incomplete", 409)
    twice = [{"module": "day", "items": ["three", "one"]}, {"module": "night", "items": ["two", "one"]}]
    refused(admin.command(f"{COURSE}/outline/reorder", {"order": twice}), "outline.incomplete", 409)
    assert seen(admin, f"{COURSE}/outline", position)["outline"] == before
    order = [{"module": "day", "items": ["three", "one"]}, {"module": "night", "items": ["two"]}]
    answer = admin.command(f"{COURSE}/outline/reorder", {"order": order})
    position = done(answer)
    told = seen(admin, f"{COURSE}/outline", position)["outline"]
    assert [
        {"module": one["module"], "items": [that["item"] for that in one["items"]]} for one in told["modules"]
    ] == order
    assert told["version"] == answer.json()["version"] == before["version"] + 1
    stale = {"If_Match": f'"{before["version"]}"'}
    refused(admin.command(f"{COURSE}/outline/reorder", {"order": order}, **stale), "stream.version_moved", 412)


@proves("course.modules")
def test_students_see_what_is_released_and_what_they_have_come_to(school: School) -> None:
    admin, student = school.admin, school.student
    school.published()
    soon = datetime.now(UTC) + timedelta(seconds=2)
    done(admin.command(f"{COURSE}/items", item("two", prerequisites=["one"])))
    done(admin.command(f"{COURSE}/items", item("three", release=soon.isoformat())))
    done(admin.command(f"{COURSE}/items/one/make-optional"))
    position = done(admin.command(f"{COURSE}/items/one/require"))
    refused(admin.command(f"{COURSE}/items/one/prerequisites", {"prerequisites": ["two"]}), *CYCLE)
    refused(admin.command(f"{COURSE}/items/one/remove"), "item.needed", 409)
    path = f"/api/learners/{student.id}/courses/stars/outline"

    def shown(position: int = 0) -> list[str]:
        (module,) = seen(student, path, position)["outline"]["modules"]
        return [one["item"] for one in module["items"]]

    assert shown(position) == ["one"]
    refused(student.get(f"/api/learners/{uuid4()}/courses/stars/outline"), "permission.missing")
    done(admin.command("/api/enrollments", {"course": "stars", "learner": student.id, "lessons": ["one", "two"]}))
    position = done(student.command(f"/api/enrollments/stars/{student.id}/lessons/one/complete"))
    assert shown(position)[:2] == ["one", "two"]
    end = time.monotonic() + 20
    while shown() != ["one", "two", "three"]:
        assert time.monotonic() < end
    assert datetime.now(UTC) >= soon
    required = seen(admin, f"{COURSE}/outline")["outline"]["modules"][0]["items"][0]["required"]
    assert required is True


CYCLE = ("item.prerequisite_of_itself", 409)


@proves("course.scheduling")
def test_meetings_that_clash_are_refused_and_calendars_are_fed(school: School) -> None:
    admin, student = school.admin, school.student
    school.published()
    with school.someone() as grace, school.someone() as ben:
        done(school.opened(instructor=grace.id))
        done(school.opened("autumn", instructor=ben.id))
        autumn = f"{COURSE}/sections/autumn"
        done(admin.command(f"{SECTION}/meetings", {"meeting": "lecture", **MONDAYS}))
        at_once: dict[str, Any] = {**MONDAYS, "weekdays": [], "last": None, "first": "2027-03-29", "begins": "10:00:00"}
        elsewhere: dict[str, Any] = {**at_once, "room": "attic"}
        refused(admin.command(f"{autumn}/meetings", {"meeting": "lecture", **at_once}), "meeting.clash", 409)
        position = done(admin.command(f"{autumn}/meetings", {"meeting": "lecture", **elsewhere}))
        refused(admin.command(f"{autumn}/meetings/lecture/move", at_once), "meeting.clash", 409)
        clashing = {"person": grace.id, "part": "co-instructor"}
        refused(admin.command(f"{autumn}/staff", clashing), "meeting.clash", 409)
        malformed: dict[str, Any] = {**elsewhere, "zone": "Mars/Olympus"}
        refused(admin.command(f"{autumn}/meetings/lecture/move", malformed), "meeting.malformed", 400)

        told = seen(student, f"{OFFERED}/timetable", position)["meetings"]
        assert [one["begins"] for one in told] == [
            *("2027-03-22T09:00:00+01:00", "2027-03-29T09:00:00+02:00", "2027-04-05T09:00:00+02:00"),
        ]
        that_day = f"{OFFERED}/timetable?since=2027-03-29&until=2027-03-29"
        assert len(student.get(that_day).json()["meetings"]) == 1
        mine = seen(ben, f"/api/people/{ben.id}/timetable", position)["meetings"]
        assert [(one["section"], one["room"]) for one in mine] == [("autumn", "attic")]
        refused(student.get(f"/api/people/{ben.id}/timetable"), "permission.missing")
        for path in (f"{OFFERED}/calendar", f"/api/people/{grace.id}/calendar"):
            fed = (grace if "people" in path else student).get(path)
            assert fed.headers["Content-Type"] == CALENDAR
            assert "RRULE:FREQ=WEEKLY;UNTIL=20270405T215959Z;BYDAY=MO" in fed.text
            assert "DTSTART;TZID=Europe/Berlin:20270322T090000" in fed.text

        done(admin.command(f"{SECTION}/meetings/lecture/cancel"))
        done(admin.command(f"{autumn}/meetings/lecture/move", at_once))
        done(admin.command(f"{autumn}/staff", clashing))
        done(admin.command(f"{autumn}/close"))
        done(admin.command(f"{SECTION}/meetings", {"meeting": "again", **MONDAYS}))
