"""What there is to permit about assessments and results."""

from __future__ import annotations

from application.belonging import OfPeople
from application.permissions import ASSISTANT, AUDITOR, CREATOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission

PERMISSIONS = (
    Permission("assessment.manage", "Draft assessments, revise, publish and withdraw them.", (INSTRUCTOR, CREATOR)),
    Permission(
        "assessment.link", "Let an item of a course be done by who passes an assessment.", (INSTRUCTOR, CREATOR)
    ),
    Permission("assessment.grade", "Record what learners reached in an assessment.", (INSTRUCTOR, ASSISTANT)),
    Permission(
        "assessment.read",
        "See which assessments a course has, and what was reached in them.",
        (INSTRUCTOR, ASSISTANT, STAFF, AUDITOR),
    ),
    Permission(
        "assessment.results",
        "See what a learner reached in assessments.",
        (STAFF, INSTRUCTOR, GUARDIAN, AUDITOR),
        own=(STUDENT,),
    ),
)
PERSONAL = OfPeople(keyed={"result": 1}, apart=("assessment",))
