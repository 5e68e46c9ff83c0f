"""What happened to an enrolment, to the seats of a section, to groups. These words are public: facts are kept in them
for ever.
"""

from __future__ import annotations

from typing import Literal

from domain.kernel import CourseId, LearnerId, LessonId, Moment, PaymentId, SecretId, SectionId, Track, Value

# --- enrolments: `enrollment:{course}:{learner}` --------------------------------------------------


class LearnerEnrolled(Value):
    """`done` are lessons that stay done from an enrolment before this one; `payment` is what it was paid with."""

    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None
    track: Track = "main"
    section: SectionId | None = None
    done: tuple[LessonId, ...] = ()
    payment: PaymentId | None = None


class LearnerWaitlisted(Value):
    """Every seat of the section is taken; they are next when those before them are seated."""

    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    section: SectionId
    until: Moment | None = None
    track: Track = "main"
    priced: bool = False
    resume: bool = False


class LearnerPromotedFromWaitlist(Value):
    """A seat became theirs."""

    section: SectionId


class EnrollmentHeldForPayment(Value):
    """It begins when it is paid for; not paid until `pay_by`, it lapses."""

    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    pay_by: Moment
    section: SectionId | None = None
    until: Moment | None = None
    track: Track = "main"
    resume: bool = False


class EnrollmentPaid(Value):
    payment: PaymentId


class EnrollmentRefunded(Value):
    """What was paid was given back."""

    payment: PaymentId


class EnrollmentLapsed(Value):
    """Nobody paid for it in time."""

    due: Moment
    section: SectionId | None = None


class LessonCompleted(Value):
    lesson: LessonId


class CourseCompleted(Value):
    """Every required lesson is done."""


class LearnerWithdrew(Value):
    """`payment` is what they had paid with, for whoever decides about giving it back."""

    reason: str
    section: SectionId | None = None
    payment: PaymentId | None = None


class EnrollmentSuspended(Value):
    """It rests, and opens nothing, until it is reinstated."""

    reason: str


class EnrollmentReinstated(Value):
    """It goes on where it was when it was suspended."""


class EnrollmentExpired(Value):
    """Its time ran out before the course was completed."""

    due: Moment
    section: SectionId | None = None


class EnrollmentPromoted(Value):
    """It was on beta and is on main, with all that has happened in it."""


class EnrollmentReturned(Value):
    """It had been promoted and is on beta again."""


EnrollmentEvent = (
    LearnerEnrolled
    | LearnerWaitlisted
    | LearnerPromotedFromWaitlist
    | EnrollmentHeldForPayment
    | EnrollmentPaid
    | EnrollmentRefunded
    | EnrollmentLapsed
    | LessonCompleted
    | CourseCompleted
    | LearnerWithdrew
    | EnrollmentSuspended
    | EnrollmentReinstated
    | EnrollmentExpired
    | EnrollmentPromoted
    | EnrollmentReturned
)

# --- seats: `seats:{section}` ---------------------------------------------------------------------


class SeatsOffered(Value):
    """Nobody takes one after `ends`."""

    course: CourseId
    capacity: int
    ends: Moment | None = None


class SeatsResized(Value):
    capacity: int


class SeatsTermSet(Value):
    ends: Moment | None


class SeatsClosed(Value):
    """Nobody takes one any more. Who has one keeps it."""


class SeatTaken(Value):
    course: CourseId
    learner: LearnerId
    from_waitlist: bool = False


class SeatReleased(Value):
    learner: LearnerId


class WaitlistJoined(Value):
    learner: LearnerId


class WaitlistLeft(Value):
    learner: LearnerId


SeatsEvent = (
    SeatsOffered | SeatsResized | SeatsTermSet | SeatsClosed | SeatTaken | SeatReleased | WaitlistJoined | WaitlistLeft
)

# --- terms: `terms:{course}` ----------------------------------------------------------------------


class EnrollingPriced(Value):
    """Who enrols from now on pays first, or nothing any more."""

    priced: bool


class PrerequisitesSet(Value):
    """Who enrols from now on has graduated from all of these."""

    courses: tuple[CourseId, ...]


class EnrollingStopped(Value):
    """Nobody enrols on this course any more. Who is on it goes on."""


class EnrollingResumed(Value):
    """One may enrol on it again."""


TermsEvent = EnrollingPriced | PrerequisitesSet | EnrollingStopped | EnrollingResumed

# --- many at once: `bulk:{bulk}` ------------------------------------------------------------------

Outcome = Literal["enrolled", "already", "waitlisted", "awaiting_payment", "refused"]


class RowTold(Value):
    """What became of one row. `line` is where it begins in its file; `code` is why it was refused."""

    line: int
    outcome: Outcome
    learner: LearnerId | None = None
    code: str | None = None


class BulkEnrollmentOrdered(Value):
    """Everyone in a list is to be enrolled. A list that names people otherwise than by their ids is in the vault."""

    course: CourseId
    source: SecretId | None = None
    lessons: tuple[LessonId, ...] = ()
    section: SectionId | None = None
    until: Moment | None = None
    resume: bool = False
    people: tuple[LearnerId, ...] = ()


class BulkRowsHandled(Value):
    """So many rows from `first` on, counted from 0, were enrolled or refused."""

    first: int
    rows: tuple[RowTold, ...]


class BulkEnrollmentFinished(Value):
    """There are no more rows. `errors` is where the vault has those that were refused, to be put right."""

    rows: int
    errors: SecretId | None = None


BulkEvent = BulkEnrollmentOrdered | BulkRowsHandled | BulkEnrollmentFinished

# --- groups: `group:{group}` ----------------------------------------------------------------------


class GroupJoined(Value):
    member: LearnerId


class GroupLeft(Value):
    """What they are enrolled on stays."""

    member: LearnerId


class GroupEnrolled(Value):
    """All who were in it. Where it is `standing`, whoever joins later follows."""

    course: CourseId
    lessons: tuple[LessonId, ...] = ()
    section: SectionId | None = None
    until: Moment | None = None
    standing: bool = False


class LaterMemberFollowed(Value):
    """Who joined is to be enrolled as the group was."""

    member: LearnerId
    enrolled: GroupEnrolled


class StandingEnrollmentEnded(Value):
    """Who joins from now on does not follow."""

    course: CourseId


GroupEvent = GroupJoined | GroupLeft | GroupEnrolled | LaterMemberFollowed | StandingEnrollmentEnded

Event = EnrollmentEvent | SeatsEvent | TermsEvent | BulkEvent | GroupEvent
