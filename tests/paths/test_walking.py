"""Learners on paths over HTTP, with an engine and a worker: enrolled, along, completed, certified."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served, serving
from tests.api.waiting import becomes
from tests.certificates.reading import text_of
from tests.proves import proves
from tests.servers import PostgresForTests

SOON_S = 30.0
MANY = "1000000"


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with (
        postgres.database() as database,
        serving(
            database, engine=True, worker=True, RATE_LIMIT_COMMAND=MANY, RATE_LIMIT_QUERY=MANY, RATE_LIMIT_PUBLIC=MANY
        ) as processes,
    ):
        yield processes[0]


soon = partial(becomes, SOON_S)


class School:
    """A school with a few courses of one item each, a path of some of them, and two students."""

    def __init__(self, admin: Client, ada: Person, ben: Person) -> None:
        self.admin, self.ada, self.ben = admin, ada, ben

    def offer(self, course: str) -> None:
        about = {"title": course.title(), "level": "introductory"}
        done(self.admin.command("/api/courses", {"course": course, **about}))
        done(self.admin.command(f"/api/courses/{course}/modules", {"module": "basics", "title": "Basics"}))
        item = {"item": "text", "module": "basics", "kind": "text", "title": "Text"}
        done(self.admin.command(f"/api/courses/{course}/items", item))
        done(self.admin.command(f"/api/courses/{course}/publish"))

    def place(self, path: str, course: str, *after: str) -> int:
        return done(self.admin.command(f"/api/paths/{path}/steps", {"course": course, "after": after}))

    def path(self, path: str, *courses: str) -> None:
        done(self.admin.command("/api/paths", {"path": path, "title": path.title()}))
        for course in courses:
            self.place(path, course)
        done(self.admin.command(f"/api/paths/{path}/publish"))

    def begin(self, learner: Person, path: str) -> int:
        return done(learner.command(f"/api/paths/{path}/learners/{learner.id}/begin"))

    def complete(self, learner: Person, course: str) -> None:
        url = f"/api/progress/{course}/{learner.id}/items/text/complete"
        soon(lambda: learner.command(url).status_code, 200)

    def courses(self, learner: Person) -> list[str]:
        rows = learner.get(f"/api/learners/{learner.id}/courses").json()["rows"]
        return sorted(str(row["course"]) for row in rows)

    def walks(self, learner: Person) -> dict[str, tuple[str, int]]:
        rows = learner.get(f"/api/learners/{learner.id}/paths").json()["rows"]
        return {row["path"]: (row["status"], row["percent"]) for row in rows}

    def facts(self, stream: str) -> list[str]:
        found = self.admin.get("/api/facts", params={"stream": stream}).json()["facts"]
        return [fact["type"].partition(".")[2] for fact in found]


@pytest.fixture
def school(served: Served) -> Generator[School]:
    tenant = uuid4()
    with Client(served, tenant) as admin, Person(served, tenant, "ada") as ada, Person(served, tenant, "ben") as ben:
        for person in (ada, ben):
            appoint(served, person, "student")
        school = School(admin, ada, ben)
        for course in ("stars", "tides", "winds"):
            school.offer(course)
        yield school


@proves("path.course_sync")
def test_who_is_on_a_path_follows_what_becomes_of_it(school: School) -> None:
    ada, ben, admin = school.ada, school.ben, school.admin
    refused(ada.command(f"/api/paths/pilot/learners/{ada.id}/begin"), "path.not_open", 409)
    school.path("pilot", "stars")
    school.place("pilot", "tides", "stars")
    for learner in (ada, ben):
        school.begin(learner, "pilot")
    soon(lambda: (school.courses(ada), school.courses(ben)), (["stars"], ["stars"]))
    # What comes before is done: the next step opens.
    school.complete(ada, "stars")
    soon(lambda: school.courses(ada), ["stars", "tides"])
    assert school.courses(ben) == ["stars"]
    # A course is added: everyone on the path is enrolled on it, once, and not again who leaves it.
    school.place("pilot", "winds")
    soon(lambda: (school.courses(ada), school.courses(ben)), (["stars", "tides", "winds"], ["stars", "winds"]))
    done(ben.command(f"/api/enrollments/winds/{ben.id}/withdraw", {"reason": "time"}))
    # A course is archived: it is asked of nobody who has not done it, until it is published again.
    done(admin.command("/api/courses/tides/archive"))
    resting = [False, True, False]
    soon(lambda: [step["resting"] for step in admin.get("/api/paths").json()["rows"][0]["steps"]], resting)
    school.complete(ada, "winds")
    soon(lambda: school.walks(ada), {"pilot": ("completed", 100)})
    done(admin.command("/api/courses/tides/publish"))
    soon(lambda: [step["resting"] for step in admin.get("/api/paths").json()["rows"][0]["steps"]], [False] * 3)
    assert school.walks(ada) == {"pilot": ("completed", 100)}
    # A course is taken away: it is not asked any more, and nobody is taken off it.
    done(admin.command("/api/paths/pilot/steps/winds/take"))
    soon(lambda: school.walks(ben), {"pilot": ("walking", 0)})
    school.complete(ben, "stars")
    soon(lambda: school.walks(ben), {"pilot": ("walking", 50)})
    soon(lambda: school.courses(ben), ["stars", "tides", "winds"])
    assert school.facts(f"enrollment:winds:{ben.id}") == ["LearnerEnrolled", "LearnerWithdrew"]
    done(ben.command(f"/api/paths/pilot/learners/{ben.id}/leave", {"reason": "time"}))
    soon(lambda: school.walks(ben), {"pilot": ("left", 50)})


@proves("path.progress")
def test_a_course_counts_on_every_path_and_a_path_is_completed_and_certified_once(school: School) -> None:
    ada, ben, admin = school.ada, school.ben, school.admin
    school.path("pilot", "stars", "tides")
    school.path("sailor", "stars", "winds")
    done(admin.command("/api/paths/pilot/certificate", {"issued": True}))
    for path in ("pilot", "sailor"):
        school.begin(ada, path)
    school.begin(ben, "pilot")
    school.complete(ada, "stars")
    soon(lambda: school.walks(ada), {"pilot": ("walking", 50), "sailor": ("walking", 50)})
    for course in ("tides", "winds"):
        school.complete(ada, course)
    soon(lambda: school.walks(ada), {"pilot": ("completed", 100), "sailor": ("completed", 100)})
    (row,) = [one for one in admin.get("/api/paths/pilot/learners").json()["rows"] if one["learner"] == ada.id]
    assert (row["status"], row["percent"], sorted(row["done"])) == ("completed", 100, ["stars", "tides"])
    assert len(admin.get("/api/paths/pilot/learners").json()["rows"]) == 2
    # Nothing that comes later completes it again.
    school.place("pilot", "winds")
    school.begin(ada, "pilot")
    soon(lambda: school.courses(ben), ["stars", "tides", "winds"])
    assert school.facts(f"journey:{ada.id}").count("PathCompleted") == 2

    def certificates() -> list[tuple[str, bool]]:
        rows = ada.get(f"/api/learners/{ada.id}/certificates").json()["rows"]
        return sorted((row["title"], row["paper"] is not None) for row in rows)

    soon(certificates, [("Pilot", True), ("Stars", True), ("Tides", True), ("Winds", True)])
    rows = ada.get(f"/api/learners/{ada.id}/certificates").json()["rows"]
    (held,) = [row for row in rows if row["path"] == "pilot"]
    assert held["course"] is None
    url = f"/api/learners/{ada.id}/certificates/{held['serial']}"
    paper = ada.get(f"{url}/paper").content
    assert "has completed the learning path" in " ".join(text_of(paper).split())
    assert ada.get(f"{url}/paper").content == paper
    achievement = ada.get(f"{url}/badge").json()["credentialSubject"]["achievement"]
    assert (achievement["achievementType"], achievement["name"]) == ("LearningProgram", "Pilot")
    verdict = httpx.get(f"{ada.base_url}/api/verify/{held['serial']}", params={"tenant": str(ada.tenant)}).json()
    assert (verdict["status"], verdict["path"], verdict["course"]) == ("valid", "Pilot", None)
    refused(ben.get(f"/api/learners/{ada.id}/paths"), "permission.missing")
    refused(ben.get("/api/paths/pilot/learners"), "permission.missing")


@proves("path.adaptive")
def test_two_learners_of_different_mastery_are_told_different_steps_until_a_teacher_locks_one(
    school: School, served: Served
) -> None:
    ada, ben, admin = school.ada, school.ben, school.admin
    for number in range(4):  # Four more items, so that there is something to have a hard time with.
        more = {"item": f"more-{number}", "module": "basics", "kind": "text", "title": "More"}
        done(admin.command("/api/courses/tides/items", more))
    school.path("pilot", "stars", "tides", "winds")
    done(admin.command("/api/paths/pilot/steps/tides/remedy", {"remedy": "basics"}))
    for learner in (ada, ben):
        refused(learner.get(f"/api/paths/pilot/learners/{learner.id}/next-step"), "journey.not_found", 404)
        school.begin(learner, "pilot")
    soon(lambda: len(school.courses(ada)) + len(school.courses(ben)), 6)

    def told(learner: Person) -> tuple[str | None, str]:
        answer = learner.get(f"/api/paths/pilot/learners/{learner.id}/next-step")
        assert answer.status_code == 200, answer.text
        return answer.json()["course"], answer.json()["reason"]

    assert told(ada) == told(ben) == ("stars", "in_order")
    tides = "/api/progress/tides/{0}/items/{1}"
    school.complete(ada, "tides")
    done(ada.command(f"{tides.format(ada.id, 'more-0')}/complete"))
    soon(lambda: told(ada), ("tides", "best_mastered"))
    ping = {"percent": 10, "position": 1, "sitting": "monday", "seconds": 10}
    for item in ("text", "more-0", "more-1", "more-2"):
        done(ben.command(f"{tides.format(ben.id, item)}/ping", ping))
    for course in ("stars", "winds"):
        school.complete(ben, course)
    soon(lambda: told(ben), ("basics", "remedy"))
    answer = ben.get(f"/api/paths/pilot/learners/{ben.id}/next-step").json()
    assert (answer["remedies"], answer["mastery"]["tides"], answer["why"][:11]) == ("tides", 21, "The learner")
    # Who teaches the course locks its step: it is next for Ben without a remedy, and after what is before it for Ada.
    with Person(served, ada.tenant, "grace") as grace, Person(served, ada.tenant, "cy") as cy:
        appoint(served, grace, "instructor", "course:tides")
        appoint(served, cy, "instructor", "course:stars")
        refused(cy.command("/api/paths/pilot/steps/tides/lock"), "permission.missing")
        done(grace.command("/api/paths/pilot/steps/tides/lock"))
        soon(lambda: (told(ada), told(ben)), (("stars", "in_order"), ("tides", "locked")))
        assert school.facts("path:pilot")[-1] == "StepLocked"
        done(grace.command("/api/paths/pilot/steps/tides/unlock"))
        soon(lambda: told(ada), ("tides", "best_mastered"))
    refused(ada.get(f"/api/paths/pilot/learners/{ben.id}/next-step"), "permission.missing")
