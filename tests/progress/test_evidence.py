"""What is done on a learner's word and what takes evidence, over HTTP; and what follows when less is required."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served, serving
from tests.api.waiting import becomes
from tests.proves import proves
from tests.servers import PostgresForTests

SOON_S = 30.0
COURSE = "/api/courses/stars"


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, engine=True, worker=True) as processes:
        yield processes[0]


soon = partial(becomes, SOON_S)


@proves("progress.content", "progress.required_items", "progress.course_completion")
def test_an_assignment_takes_evidence_and_who_has_done_the_rest_graduates_when_it_becomes_optional(
    served: Served,
) -> None:
    tenant = uuid4()
    with Client(served, tenant) as admin, Person(served, tenant) as teacher:
        learners = [Person(served, tenant, name) for name in ("ada", "ben", "cy", "dee")]
        ada, ben, cy, dee = learners
        appoint(served, teacher, "instructor", "course:stars")
        done(admin.command("/api/courses", {"course": "stars", "title": "Stars", "level": "introductory"}))
        done(admin.command(f"{COURSE}/modules", {"module": "night", "title": "Night"}))
        for kind in ("text", "assignment"):
            done(
                admin.command(f"{COURSE}/items", {"item": kind, "module": "night", "kind": kind, "title": kind.title()})
            )
        done(admin.command(f"{COURSE}/publish"))
        done(admin.command(f"{COURSE}/sections", {"section": "spring", "capacity": 9}))
        for learner in learners:
            appoint(served, learner, "student")
            url = f"{COURSE}/sections/spring/learners/{learner.id}/enroll"
            soon(lambda one=learner, at=url: one.command(at).status_code, 200)  # type: ignore[misc]

        def complete(learner: Person, item: str) -> Any:
            return learner.command(f"/api/progress/stars/{learner.id}/items/{item}/complete")

        def status(learner: Person) -> str:
            return str(admin.get(f"/api/learners/{learner.id}/progress/stars").json()["course"]["status"])

        for learner in (ada, ben, dee):
            soon(lambda one=learner: complete(one, "text").status_code, 200)  # type: ignore[misc]
        refused(complete(ada, "assignment"), "progress.evidence_needed", 409)
        whole = {"percent": 100, "position": 9, "sitting": "monday", "seconds": 9}
        done(ada.command(f"/api/progress/stars/{ada.id}/items/assignment/ping", whole))
        prove = f"/api/progress/stars/{ada.id}/items/assignment/prove"
        refused(ada.command(prove), "permission.missing")
        done(teacher.command(prove))
        soon(lambda: status(ada), "graduated")
        # Ben has done all but the assignment, Cy nothing, and Dee is suspended.
        done(admin.command(f"/api/enrollments/stars/{dee.id}/suspend", {"reason": "unpaid"}))
        soon(lambda: [status(one) for one in learners], ["graduated", "learning", "learning", "suspended"])
        done(admin.command(f"{COURSE}/items/assignment/make-optional"))
        soon(lambda: status(ben), "graduated")
        assert [status(one) for one in (cy, dee)] == ["learning", "suspended"]
        done(admin.command(f"/api/enrollments/stars/{dee.id}/reinstate"))
        soon(lambda: dee.command(f"/api/progress/stars/{dee.id}/reassess").status_code, 200)
        soon(lambda: status(dee), "graduated")
        for learner in learners:
            learner.close()
