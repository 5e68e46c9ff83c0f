"""From a course that is built to a certificate that anyone may verify, each context following the others."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served
from tests.api.test_bulk import bulk_of, file, outcomes, through, worker
from tests.api.waiting import becomes
from tests.proves import proves

ABOUT = {"title": "Stars", "level": "introductory", "summary": "By night.", "department": "Sky"}
COURSE = "/api/courses/stars"
SECTION = f"{COURSE}/sections/spring"
SOON_S = 20.0


soon = partial(becomes, SOON_S)


class School:
    """A school with one course in one section of one seat."""

    def __init__(self, admin: Client, teacher: Person, ada: Person, ben: Person) -> None:
        self.admin, self.teacher, self.ada, self.ben = admin, teacher, ada, ben

    def access(self, of: Person, asked_by: httpx.Client | None = None) -> str:
        answer = (asked_by or self.admin).get(f"{COURSE}/access/{of.id}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["why"])

    def enroll(self, learner: Person, by: Person | None = None) -> httpx.Response:
        return (by or learner).command(f"{SECTION}/learners/{learner.id}/enroll")

    def completes(self, learner: Person, item: str) -> httpx.Response:
        return learner.command(f"/api/progress/stars/{learner.id}/items/{item}/complete")

    def facts(self, stream: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin.get("/api/facts", params={"stream": stream}).json()["facts"]
        return found

    def certificates(self, learner: Person) -> list[str]:
        rows = learner.get(f"/api/learners/{learner.id}/certificates").json()["rows"]
        return [str(row["status"]) for row in rows]


@pytest.fixture
def school(api: Served) -> Generator[School]:
    tenant = uuid4()
    with (
        Client(api, tenant) as admin,
        Person(api, tenant) as teacher,
        Person(api, tenant) as ada,
        Person(api, tenant) as ben,
    ):
        for person, role in ((teacher, "instructor"), (ada, "student"), (ben, "student")):
            appoint(api, person, role)
        done(admin.command("/api/courses", {"course": "stars", **ABOUT}))
        done(admin.command(f"{COURSE}/modules", {"module": "night", "title": "Night"}))
        for name, required in (("one", True), ("two", True), ("more", False)):
            about = {"item": name, "module": "night", "kind": "text", "title": name.title(), "required": required}
            done(admin.command(f"{COURSE}/items", about))
        done(admin.command(f"{COURSE}/publish"))
        done(admin.command(f"{COURSE}/sections", {"section": "spring", "capacity": 1}))
        done(admin.command(f"{SECTION}/staff", {"person": teacher.id, "part": "instructor"}))
        yield School(admin, teacher, ada, ben)


@proves("course.sections", "enroll.user", "enroll.access_check")
def test_seats_follow_from_the_section_and_access_from_both(school: School) -> None:
    ada, ben, teacher = school.ada, school.ben, school.teacher
    soon(lambda: school.enroll(ada).status_code, 200)  # As soon as its seats are offered.
    done(school.enroll(ben))
    soon(lambda: school.access(ada), "learning")
    soon(lambda: school.access(ben), "waitlisted")
    soon(lambda: school.access(teacher), "teaching")
    # Who withdraws is out at once, and who waited has the seat.
    done(ada.command(f"/api/enrollments/stars/{ada.id}/withdraw", {"reason": "time"}))
    soon(lambda: school.access(ben), "learning")
    assert school.access(ada) == "withdrew"
    refused(school.completes(ada, "one"), "enrollment.needed")


@proves("course.crud")
def test_nobody_enrols_on_what_is_archived(school: School) -> None:
    soon(lambda: school.enroll(school.ada).status_code, 200)
    done(school.admin.command(f"{COURSE}/archive"))
    soon(lambda: [fact["type"] for fact in school.facts("terms:stars")][-1:], ["enrollments.EnrollingStopped"])
    refused(school.enroll(school.ben), "enrollment.stopped", 409)
    assert school.access(school.ada) == "learning"


@proves("enroll.user", "enroll.access_check")
def test_what_costs_something_is_open_to_who_has_paid_for_it(school: School) -> None:
    admin, ada = school.admin, school.ada
    done(admin.command(f"{COURSE}/price", {"amount": 4900}))
    soon(lambda: [fact["type"] for fact in school.facts("terms:stars")][-1:], ["enrollments.EnrollingPriced"])
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: school.access(ada), "awaiting_payment")
    refused(school.completes(ada, "one"), "enrollment.needed")
    for _ in range(2):  # Told twice, it is paid for once.
        done(admin.command(f"/api/enrollments/stars/{ada.id}/payment", {"payment": "card"}))
    soon(lambda: school.access(ada), "learning")
    assert [fact["type"] for fact in school.facts(f"enrollment:stars:{ada.id}")][1:] == [
        "enrollments.EnrollmentPaid",
        "enrollments.LearnerEnrolled",
    ]


@proves("course.modules", "progress.course_completion", "progress.required_items", "cert.issue_pdf", "cert.verify")
def test_who_completes_what_is_required_graduates_and_holds_one_certificate(school: School, api: Served) -> None:
    ada = school.ada
    soon(lambda: school.enroll(ada).status_code, 200)
    soon(lambda: school.completes(ada, "one").status_code, 200)  # As soon as the syllabus is known.
    assert school.certificates(ada) == []
    done(school.completes(ada, "two"))
    soon(lambda: school.access(ada), "graduated")
    soon(lambda: school.certificates(ada), ["valid"])
    done(school.completes(ada, "more"))
    (held,) = ada.get(f"/api/learners/{ada.id}/certificates").json()["rows"]
    verdict = httpx.get(f"{api.url}/api/verify/{held['serial']}", params={"tenant": str(ada.tenant)}).json()
    assert verdict["status"] == "valid"
    assert ada.id not in str(verdict)
    assert school.certificates(ada) == ["valid"]
    refused(school.ben.get(f"/api/learners/{ada.id}/certificates"), "permission.missing")


@proves("enroll.user", "enroll.bulk", "enroll.roster", "cert.verify")
def test_by_every_road_one_comes_to_learn_and_to_hold_a_certificate(school: School, api: Served) -> None:
    admin, ada, ben = school.admin, school.ada, school.ben
    cy, dee = (Person(api, admin.tenant, registered(admin, name)) for name in ("cy", "dee"))
    with cy, dee, worker(api):
        for person in (cy, dee):
            appoint(api, person, "student")
        done(admin.command(f"{SECTION}/capacity", {"capacity": 4}))
        soon(lambda: school.enroll(ada).status_code, 200)  # By oneself,
        done(school.enroll(ben, by=school.teacher))  # by who teaches there,
        text = f"address,learner\ncy@stars.example,\n,{uuid4()}\n"
        listed = {"course": "stars", "section": "spring", "file": file(text)}
        bulk = bulk_of(admin.command("/api/bulk/enrollments", listed))  # by a list,
        assert through(admin, bulk)["refused"] == 1
        assert outcomes(admin, bulk) == [(2, "enrolled", None), (3, "refused", "person.unknown")]
        done(admin.command("/api/groups/blue/join", {"members": [dee.id]}))
        grouped = admin.command("/api/groups/blue/enroll", {"course": "stars", "section": "spring"})
        assert through(admin, bulk_of(grouped))["refused"] == 0  # and with a group.
        learners = (ada, ben, cy, dee)
        for learner in learners:
            soon(partial(first_item, school, learner), 200)  # As soon as the syllabus is known.
            assert school.access(learner) == "learning"
            done(school.completes(learner, "two"))
        soon(lambda: graduates(school), {learner.id for learner in learners})
        serials = set[str]()
        for learner in learners:
            soon(partial(school.certificates, learner), ["valid"])
            (held,) = learner.get(f"/api/learners/{learner.id}/certificates").json()["rows"]
            verdict = httpx.get(f"{api.url}/api/verify/{held['serial']}", params={"tenant": str(admin.tenant)}).json()
            assert verdict["status"] == "valid"
            serials.add(held["serial"])
        assert len(serials) == len(learners)


def registered(client: Client, name: str) -> str:
    """Somebody has registered by themselves; who they are."""
    body = {"address": f"{name}@stars.example", "name": name, "password": "nine lanterns over the harbour"}
    headers = {"Annals-Tenant": str(client.tenant), "Idempotency-Key": name}
    answer = httpx.post(f"{client.base_url}/api/register", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["person"])


def first_item(school: School, learner: Person) -> int:
    return school.completes(learner, "one").status_code


def graduates(school: School) -> set[str]:
    """Who has graduated, as the one who teaches the section sees it."""
    rows = school.teacher.get(f"{COURSE}/roster", params={"status": "graduated", "section": "spring"}).json()["rows"]
    return {row["learner"] for row in rows}


@proves("enroll.roster", "enroll.withdraw")
def test_who_leaves_and_returns_keeps_what_was_done_and_a_guardian_sees_their_ward_alone(
    school: School, api: Served
) -> None:
    ada, ben, teacher = school.ada, school.ben, school.teacher

    def enrolls(learner: Person) -> httpx.Response:
        body = {"course": "charts", "learner": learner.id, "lessons": ["one", "two"]}
        return school.admin.command("/api/enrollments", body)

    def roster(status: str | None = None) -> list[tuple[str, str, int]]:
        asked = {} if status is None else {"status": status}
        rows = school.admin.get("/api/courses/charts/roster", params=asked).json()["rows"]
        return sorted((row["learner"], row["status"], row["done"]) for row in rows)

    done(school.admin.command("/api/settings", {"settings": {"returning_resumes": True}}))
    for learner in (ada, ben):
        done(enrolls(learner))
    done(ada.command(f"/api/enrollments/charts/{ada.id}/lessons/one/complete"))
    done(ada.command(f"/api/enrollments/charts/{ada.id}/withdraw", {"reason": "time"}))
    soon(lambda: roster("withdrew"), [(ada.id, "withdrew", 1)])
    soon(lambda: roster("learning"), [(ben.id, "learning", 0)])
    done(enrolls(ada))
    soon(roster, sorted([(ada.id, "learning", 1), (ben.id, "learning", 0)]))
    with Person(api, ada.tenant) as guardian:
        appoint(api, guardian, "guardian", f"person:{ada.id}")
        soon(lambda: guardian.get(f"/api/learners/{ada.id}/courses").status_code, 200)
        (mine,) = guardian.get(f"/api/learners/{ada.id}/courses").json()["rows"]
        assert (mine["course"], mine["status"], mine["done"]) == ("charts", "learning", ["one"])
        refused(guardian.get(f"/api/learners/{ben.id}/courses"), "permission.missing")
        refused(guardian.get("/api/courses/charts/roster"), "permission.missing")
        refused(guardian.command(f"/api/enrollments/charts/{ada.id}/withdraw", {"reason": "no"}), "permission.missing")
    assert teacher.get(f"{COURSE}/roster").status_code == 200
