"""One learner on one course, from enrolling to graduating."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from msgspec.structs import replace

from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentHeldForPayment,
    EnrollmentLapsed,
    EnrollmentPaid,
    EnrollmentPromoted,
    EnrollmentRefunded,
    EnrollmentReinstated,
    EnrollmentReturned,
    EnrollmentSuspended,
    LearnerEnrolled,
    LearnerPromotedFromWaitlist,
    LearnerWaitlisted,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.enrollments.events import EnrollmentEvent as Event
from domain.kernel import (
    CourseId,
    Decider,
    LearnerId,
    LessonId,
    Moment,
    PaymentId,
    Rejected,
    SectionId,
    Track,
    Value,
    name,
)

Standing = Literal["main", "beta", "promoted"]
"""Where it is. What was promoted is on main, and may be returned."""


class Enroll(Value):
    """`resume` keeps what was done before. The rest is what the course asks for, looked up by whoever enrols them:

    by when it is to be paid for, which courses one has to have graduated from and has not, whether nobody enrols any
    more.
    """

    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None
    track: Track = "main"
    section: SectionId | None = None
    resume: bool = False
    pay_by: Moment | None = None
    missing: tuple[CourseId, ...] = ()
    stopped: bool = False


class JoinWaitlist(Value):
    """Wait for a seat in a section that has none."""

    wish: Enroll
    section: SectionId


class MoveUp(Value):
    """A seat of the section is theirs; where it costs something, it is to be paid for by then."""

    section: SectionId
    pay_by: Moment


class RecordPayment(Value):
    """It was paid for. Said as often as one likes, also before anybody enrolled."""

    payment: PaymentId


class Refund(Value):
    """What was paid was given back: the enrolment rests."""

    payment: PaymentId


class Lapse(Value):
    """It was to be paid for by `due`."""

    due: Moment


class CompleteLesson(Value):
    lesson: LessonId


class Graduate(Value):
    """All that is required on the course is done, as is counted elsewhere."""


class Withdraw(Value):
    reason: str


class Suspend(Value):
    reason: str


class Reinstate(Value):
    """Let it go on."""


class Promote(Value):
    """Move it from beta to main, with all that has happened in it."""


class Return(Value):
    """Move it back to beta, from where it was promoted."""


class Expire(Value):
    """The enrolment that was to end at `due` has come to its end."""

    due: Moment


Command = (
    Enroll
    | JoinWaitlist
    | MoveUp
    | RecordPayment
    | Refund
    | Lapse
    | CompleteLesson
    | Graduate
    | Withdraw
    | Suspend
    | Reinstate
    | Expire
    | Promote
    | Return
)


class Outside(Value, tag=True):
    """Never enrolled, withdrew, or ran out of time. What was done is remembered, and what was paid in advance."""

    done: frozenset[LessonId] = frozenset()
    payment: PaymentId | None = None


class Waiting(Value, tag=True):
    """On the waitlist of a section."""

    wish: Enroll
    section: SectionId
    priced: bool = False
    done: frozenset[LessonId] = frozenset()
    payment: PaymentId | None = None


class Unpaid(Value, tag=True):
    """Begins when it is paid for."""

    wish: Enroll
    pay_by: Moment
    done: frozenset[LessonId] = frozenset()


class Learning(Value, tag=True):
    left: frozenset[LessonId]
    done: frozenset[LessonId] = frozenset()
    until: Moment | None = None
    stands: Standing = "main"
    section: SectionId | None = None
    payment: PaymentId | None = None


class Graduated(Value, tag=True):
    """Nothing is left to learn."""

    stands: Standing = "main"
    section: SectionId | None = None
    payment: PaymentId | None = None


class Suspended(Value, tag=True):
    """Rests, and goes on from where it was."""

    was: Learning | Graduated


State = Outside | Waiting | Unpaid | Learning | Graduated | Suspended


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Outside(), Enroll(stopped=True) | JoinWaitlist(wish=Enroll(stopped=True)):
            raise Rejected("enrollment.stopped", "nobody enrols on this course any more")
        case Outside(), Enroll(missing=missing) | JoinWaitlist(wish=Enroll(missing=missing)) if missing:
            raise Rejected("enrollment.prerequisite_missing", f"first one graduates from {', '.join(missing)}")
        case Outside(done, payment), Enroll(lessons=lessons, section=section) as wish if lessons or section:
            yield from _begun(wish, done, payment)
        case Outside(), JoinWaitlist(wish, section):
            yield _waitlisted(wish, section)
        case Waiting(wish, waits_for, priced, done, payment), MoveUp(section, pay_by) if waits_for == section:
            yield LearnerPromotedFromWaitlist(section)
            yield from _begun(replace(wish, pay_by=pay_by if priced else None), done, payment)
        case Outside(payment=None) | Waiting(payment=None), RecordPayment(payment):
            yield EnrollmentPaid(payment)
        case Unpaid(wish, _, done), RecordPayment(payment):
            yield EnrollmentPaid(payment)
            yield from _begun(wish, done, payment)
        case Unpaid(wish, pay_by), Lapse(due) if pay_by == due:
            yield EnrollmentLapsed(due, wish.section)
        case Learning(left), CompleteLesson(lesson) if lesson in left:
            yield LessonCompleted(lesson)
            if len(left) == 1:
                yield CourseCompleted()
        case Learning(), Graduate():
            yield CourseCompleted()
        case Waiting() | Unpaid() | Learning() | Suspended(Learning()), Withdraw(reason):
            yield LearnerWithdrew(reason, section_of(state), _payment(state))
        case Learning() | Graduated(), Suspend(reason):
            yield EnrollmentSuspended(reason)
        case Suspended(), Reinstate():
            yield EnrollmentReinstated()
        case ((Learning(until=until) | Suspended(Learning(until=until))), Expire(due)) if until == due:
            yield EnrollmentExpired(due, section_of(state))
        case Learning(stands="beta") | Graduated(stands="beta"), Promote():
            yield EnrollmentPromoted()
        case Learning(stands="promoted") | Graduated(stands="promoted"), Return():
            yield EnrollmentReturned()
        case _, Refund(payment) if payment == _payment(state):
            yield EnrollmentRefunded(payment)
            if isinstance(state, Learning | Graduated):
                yield EnrollmentSuspended("refunded")
        case _:
            _refuse(state, command)


def _refuse(state: State, command: Command) -> None:
    """No, and why; or nothing, where it is so already: saying it twice changes nothing."""
    match state, command:
        case _, RecordPayment(payment) if payment != _payment(state):
            raise Rejected("enrollment.nothing_to_pay", "nothing is to be paid for this enrolment, or it was paid for")
        case Learning(stands="main") | Graduated(stands="main"), Return():
            raise Rejected("enrollment.never_on_beta", "what was not promoted cannot be returned")
        case Learning(stands=stands) | Graduated(stands), Enroll(track=track) if track != _track(stands):
            raise Rejected("enrollment.on_other_track", f"the learner is on this course already, on {_track(stands)}")
        case Outside(), Enroll():
            raise Rejected("enrollment.nothing_to_learn", "a course needs at least one lesson to enrol on")
        case _, Enroll(section=section) if section not in {None, section_of(state)}:
            raise Rejected("enrollment.in_other_section", "the learner is on this course already, in another section")
        case Suspended(), Enroll():
            raise Rejected("enrollment.suspended", "this enrolment is suspended: reinstate it")
        case Learning(done=done), CompleteLesson(lesson) if lesson not in done:
            raise Rejected("enrollment.unknown_lesson", f"lesson {lesson} is not part of this enrolment")
        case Learning() | Graduated(), Promote() | Return() | CompleteLesson() | Graduate() | Reinstate():
            return  # It is where it is to be.
        case (Outside(), Withdraw()) | (Suspended(), Suspend()):
            return
        case _, Enroll() | JoinWaitlist() | MoveUp() | RecordPayment() | Refund() | Lapse() | Expire():
            return
        case _:
            raise Rejected("enrollment.not_possible", f"cannot {name(command)} when {name(state)}")


def _begun(wish: Enroll, done: frozenset[LessonId], payment: PaymentId | None) -> Iterator[Event]:
    """They are on the course, or will be when it is paid for."""
    about = (wish.course, wish.learner, wish.lessons)
    if wish.pay_by is not None and payment is None:
        yield EnrollmentHeldForPayment(*about, wish.pay_by, wish.section, wish.until, wish.track, wish.resume)
        return
    kept = tuple(lesson for lesson in wish.lessons if wish.resume and lesson in done)
    yield LearnerEnrolled(*about, wish.until, wish.track, wish.section, kept, payment)
    if wish.lessons and len(kept) == len(wish.lessons):
        yield CourseCompleted()


def _waitlisted(wish: Enroll, section: SectionId) -> LearnerWaitlisted:
    priced = wish.pay_by is not None
    return LearnerWaitlisted(
        wish.course, wish.learner, wish.lessons, section, wish.until, wish.track, priced, wish.resume
    )


def _track(stands: Standing) -> Track:
    return "beta" if stands == "beta" else "main"


def section_of(state: State) -> SectionId | None:
    """The section that somebody has a seat in, or waits for one in; none where they are outside."""
    match state:
        case Outside():
            return None
        case Unpaid(wish):
            return wish.section
        case Waiting(section=section) | Learning(section=section) | Graduated(section=section):
            return section
        case Suspended(was):
            return was.section
        case _:
            assert_never(state)


def _payment(state: State) -> PaymentId | None:
    match state:
        case Outside(payment=payment) | Waiting(payment=payment):
            return payment
        case Learning(payment=payment) | Graduated(payment=payment):
            return payment
        case Suspended(was):
            return was.payment
        case Unpaid():
            return None
        case _:
            assert_never(state)


def evolve(state: State, event: Event) -> State:
    match event:
        case LearnerEnrolled(_, _, lessons, until, track, section, done, payment):
            return Learning(frozenset(lessons) - frozenset(done), frozenset(done), until, track, section, payment)
        case LearnerWaitlisted(course, learner, lessons, section, until, track, priced, resume):
            wish = Enroll(course, learner, lessons, until, track, section, resume)
            return Waiting(wish, section, priced, _done(state), _payment(state))
        case EnrollmentHeldForPayment(course, learner, lessons, pay_by, section, until, track, resume):
            return Unpaid(Enroll(course, learner, lessons, until, track, section, resume, pay_by), pay_by, _done(state))
        case EnrollmentPaid(payment):
            return replace(state, payment=payment) if isinstance(state, Outside | Waiting) else state
        case EnrollmentRefunded():
            return _unpaid(state)
        case LessonCompleted(lesson):
            if not isinstance(state, Learning):
                return state
            return replace(state, left=state.left - {lesson}, done=state.done | {lesson})
        case CourseCompleted():
            if isinstance(state, Learning | Graduated):
                return Graduated(state.stands, state.section, state.payment)
            return Graduated("main", section_of(state), _payment(state))
        case EnrollmentSuspended():
            return Suspended(state) if isinstance(state, Learning | Graduated) else state
        case EnrollmentReinstated():
            return state.was if isinstance(state, Suspended) else state
        case EnrollmentPromoted():
            return _moved(state, "promoted")
        case EnrollmentReturned():
            return _moved(state, "beta")
        case LearnerWithdrew() | EnrollmentExpired() | EnrollmentLapsed():
            return Outside(_done(state))
        case LearnerPromotedFromWaitlist():
            return state  # What becomes of it is the next fact.
        case _:
            assert_never(event)


def _done(state: State) -> frozenset[LessonId]:
    match state:
        case Outside(done=done) | Waiting(done=done) | Unpaid(done=done) | Learning(done=done):
            return done
        case Suspended(Learning(done=done)):
            return done
        case _:
            return frozenset()


def _unpaid(state: State) -> State:
    match state:
        case Suspended(was):
            return Suspended(replace(was, payment=None))
        case Unpaid():
            return state
        case _:
            return replace(state, payment=None)


def _moved(state: State, stands: Standing) -> State:
    return replace(state, stands=stands) if isinstance(state, Learning | Graduated) else state


ENROLLMENT = Decider[State, Command, Event]("enrollment", Outside(), decide, evolve)
