"""What is in a course is open to those who are on it now, and to who teaches it; the rest are told why not."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served
from tests.api.test_files import PDF, served, shown, uploaded
from tests.api.test_learning import ABOUT, COURSE, SECTION, School, soon
from tests.files.test_clamd import EICAR
from tests.proves import proves

__all__ = ["served"]
ITEMS = (("text", "text"), ("link", "link"), ("chart", "file"))


@pytest.fixture
def school(served: Served) -> Generator[School]:
    tenant = uuid4()
    with (
        Client(served, tenant) as admin,
        Person(served, tenant) as teacher,
        Person(served, tenant) as ada,
        Person(served, tenant) as ben,
    ):
        for person in (ada, ben):
            appoint(served, person, "student")
        appoint(served, teacher, "instructor", "course:stars")
        done(admin.command("/api/courses", {"course": "stars", **ABOUT}))
        done(admin.command(f"{COURSE}/modules", {"module": "night", "title": "Night"}))
        for name, kind in ITEMS:
            about = {"item": name, "module": "night", "kind": kind, "title": name.title(), "content": f"see {name}"}
            done(admin.command(f"{COURSE}/items", about))
        done(admin.command(f"{COURSE}/publish"))
        done(admin.command(f"{COURSE}/sections", {"section": "spring", "capacity": 5}))
        done(admin.command(f"{SECTION}/staff", {"person": teacher.id, "part": "instructor"}))
        yield School(admin, teacher, ada, ben)


def opened(by: httpx.Client, item: str, what: str = "content") -> httpx.Response:
    return by.get(f"{COURSE}/items/{item}/{what}")


def code(by: httpx.Client, item: str, what: str = "content") -> Any:
    answer = opened(by, item, what)
    return answer.status_code if answer.status_code == 200 else answer.json()["code"]


@proves("enroll.access_check")
def test_an_item_is_open_to_those_on_the_course_for_as_long_as_they_are(school: School, served: Served) -> None:
    ada, ben, teacher = school.ada, school.ben, school.teacher
    refused(opened(ada, "text"), "enrollment.needed")
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: code(ada, "text"), 200)
    found = opened(ada, "text").json()
    assert (found["kind"], found["content"], found["file"]) == ("text", "see text", None)
    assert opened(ada, "link").json()["content"] == "see link"
    refused(opened(ada, "nothing"), "item.not_found", 404)
    for item, _ in ITEMS:
        refused(opened(ben, item), "enrollment.needed")
        refused(opened(ben, item, "file"), "enrollment.needed")
    # Who teaches a section passes by that alone, also where nobody else granted anything.
    with Person(served, school.admin.tenant) as helper:
        refused(opened(helper, "text"), "enrollment.needed")
        done(school.admin.command(f"{SECTION}/staff", {"person": helper.id, "part": "co-instructor"}))
        soon(lambda: code(helper, "text"), 200)
    assert code(teacher, "text") == 200
    enrolment = f"/api/enrollments/stars/{ada.id}"
    done(school.admin.command(f"{enrolment}/suspend", {"reason": "fees"}))
    soon(lambda: code(ada, "text"), "enrollment.needed")
    done(school.admin.command(f"{enrolment}/reinstate"))
    soon(lambda: code(ada, "text"), 200)
    done(ada.command(f"{enrolment}/withdraw", {"reason": "time"}))
    soon(lambda: code(ada, "text"), "enrollment.needed")


@proves("enroll.access_check")
def test_an_item_closes_when_the_time_of_an_enrolment_is_over(school: School) -> None:
    ben = school.ben
    until = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    done(school.admin.enroll("stars", ben.id, until=until))
    soon(lambda: code(ben, "text"), 200)
    soon(lambda: code(ben, "text"), "enrollment.needed")
    assert datetime.now(UTC) >= datetime.fromisoformat(until)


@proves("enroll.access_check")
def test_an_item_is_shown_neither_before_its_time_nor_before_what_comes_first(school: School) -> None:
    ada, admin = school.ada, school.admin
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: code(ada, "text"), 200)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    done(admin.command(f"{COURSE}/items/text/release", {"release": later}))
    soon(lambda: code(ada, "text"), "item.not_released")
    assert code(school.teacher, "text") == 200
    done(admin.command(f"{COURSE}/items/text/release", {"release": None}))
    done(admin.command(f"{COURSE}/items/link/prerequisites", {"prerequisites": ["text"]}))
    soon(lambda: code(ada, "link"), "item.prerequisites_missing")
    soon(lambda: school.completes(ada, "text").status_code, 200)
    soon(lambda: code(ada, "link"), 200)


@proves("course.file_link", "enroll.access_check")
def test_a_clean_file_of_the_teachers_is_what_an_item_is_until_it_is_unlinked(school: School, served: Served) -> None:
    ada, ben, teacher = school.ada, school.ben, school.teacher
    chart, better = uploaded(teacher, PDF, "chart.pdf"), uploaded(teacher, b"better", "better.txt")
    infected, theirs = uploaded(teacher, EICAR, status="infected"), uploaded(ada, b"mine")

    def link(file: str, by: Person = teacher, item: str = "chart") -> httpx.Response:
        return by.command(f"{COURSE}/items/{item}/file/link", {"file": file})

    refused(link(chart, ada), "permission.missing")
    refused(link(infected), "file.not_clean", 409)
    refused(link(theirs), "file.not_found", 404)
    refused(link(chart, item="text"), "item.holds_no_file", 409)
    refused(link(chart, item="nothing"), "item.not_found", 404)
    with Person(served, uuid4()) as stranger:
        refused(link(uploaded(stranger, PDF)), "file.not_found", 404)
    done(link(chart))
    soon(lambda: shown(teacher, chart)["links"], ["item:stars:chart"])
    refused(teacher.command(f"/api/people/{teacher.id}/files/{chart}/delete"), "file.linked", 409)
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: code(ada, "chart", "file"), 200)
    assert opened(ada, "chart").json()["file"]["name"] == "chart.pdf"
    assert opened(ada, "chart", "file").content == PDF
    refused(opened(ben, "chart", "file"), "enrollment.needed")
    # Another in its place lets go of it.
    done(link(better))
    soon(lambda: opened(ada, "chart", "file").content, b"better")
    done(teacher.command(f"/api/people/{teacher.id}/files/{chart}/delete"))
    done(teacher.command(f"{COURSE}/items/chart/file/unlink", {"file": better}))
    soon(lambda: code(ada, "chart", "file"), "file.not_found")
    # Who removes the item lets go of its file too.
    done(link(better))
    soon(lambda: shown(teacher, better)["links"], ["item:stars:chart"])
    done(school.admin.command(f"{COURSE}/items/chart/remove"))
    soon(lambda: shown(teacher, better)["links"], [])
    done(teacher.command(f"/api/people/{teacher.id}/files/{better}/delete"))


@proves("course.file_link")
def test_an_item_is_in_no_file_when_who_had_it_is_erased(school: School) -> None:
    teacher = school.teacher
    chart = uploaded(teacher, PDF)
    done(teacher.command(f"{COURSE}/items/chart/file/link", {"file": chart}))
    soon(lambda: code(teacher, "chart", "file"), 200)
    done(school.admin.command(f"/api/people/{teacher.id}/files/erase"))
    soon(lambda: code(teacher, "chart", "file"), "file.not_found")
    soon(lambda: opened(teacher, "chart").json()["file"], None)
