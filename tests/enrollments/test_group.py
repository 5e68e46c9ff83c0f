"""Every row of the table that decides about a group."""

from __future__ import annotations

from domain.enrollments.events import (
    GroupEnrolled,
    GroupJoined,
    GroupLeft,
    LaterMemberFollowed,
    StandingEnrollmentEnded,
)
from domain.enrollments.group import GROUP, EndStanding, EnrollGroup, Join, Leave
from domain.kernel import CourseId, LearnerId
from tests.given import about
from tests.proves import proves

given = about(GROUP)

art, ada, ben = CourseId("art"), LearnerId("ada"), LearnerId("ben")
joined = GroupJoined(ada)
once, standing = GroupEnrolled(art), GroupEnrolled(art, standing=True)


def test_one_joins_and_leaves() -> None:
    given().when(Join((ada, ben, ada))).then(joined, GroupJoined(ben))
    given(joined).when(Join((ada,))).then()
    given(joined).when(Leave(ada)).then(GroupLeft(ada))
    given(joined).when(Leave(ben)).then()


@proves("enroll.group")
def test_a_group_is_enrolled_and_later_members_follow_where_that_stands() -> None:
    given().when(EnrollGroup(art)).refused("group.empty")
    given(joined).when(EnrollGroup(art)).then(once)
    given(joined, once).when(EnrollGroup(art)).then()
    given(joined, once).when(Join((ben,))).then(GroupJoined(ben))
    given(joined, once).when(EnrollGroup(art, standing=True)).then(standing)
    given(joined, standing).when(Join((ben,))).then(GroupJoined(ben), LaterMemberFollowed(ben, standing))
    given(joined, standing).when(EndStanding(art)).then(StandingEnrollmentEnded(art))
    given(joined, once).when(EndStanding(art)).then()
    given(joined, standing, StandingEnrollmentEnded(art)).when(Join((ben,))).then(GroupJoined(ben))
