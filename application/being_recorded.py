"""How one is recorded: each recording, and each part of it, is decided beside what its person agrees to at that moment.

So whoever withdraws has every part refused that comes after, also one that was on its way already. What was taken in
and then refused is thrown away by whoever took it in; what was left behind goes with the folder of its recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from application.consenting import agreed
from application.do import AnyStream
from application.enrolling import Deciding, Looks
from application.sealing import Sealing
from domain.enrollments.enrollment import ENROLLMENT, Graduated, Learning
from domain.enrollments.enrollment import State as Enrollment
from domain.kernel import CourseId, LearnerId, PersonId, Rejected
from domain.privacy.consent import CONSENT, Consents
from domain.privacy.subject import SUBJECT, refuse_erased
from domain.privacy.subject import State as Subject
from domain.recording.events import RecordingId
from domain.recording.recordings import RECORDINGS, KeepPart, Open, Purged, Recordings, gone, missing
from domain.tenancy.settings import SETTINGS, Adjusted

PART_BYTES_MAX = 4 * 2**20


def folder_of(recording: RecordingId) -> str:
    """In which folder the parts of a recording are kept."""
    return f"recordings/{recording}"


def place_of(recording: RecordingId, number: int) -> str:
    """What the seal of a part is bound to."""
    return f"recording|{recording}|{number}"


def opening(command: Open, at: datetime) -> Deciding:
    """To record somebody who agrees to it, in a course they are on, for as long as the school keeps recordings."""
    person, course = command.person, command.course

    def decide(
        state: Recordings, consents: Consents, subject: Subject, enrolment: Enrollment, settings: Adjusted
    ) -> Iterator[tuple[int, Any]]:
        terms = _terms(consents, subject)
        if not isinstance(enrolment, Learning | Graduated):
            raise Rejected("enrollment.needed", "who is not on the course is not recorded there")
        until = at + timedelta(days=settings.configuration.recordings_kept_days)
        asked = replace(command, terms=terms, until=until)
        return ((0, event) for event in RECORDINGS.decide(state, asked))

    beside = (*_asked_first(person), ENROLLMENT.at(course, LearnerId(person)), SETTINGS.at("main"))
    return Deciding((RECORDINGS.at(person),), decide, command, beside)


def keeping(person: PersonId, command: KeepPart) -> Deciding:
    """To keep a part of somebody's recording, if they still agree."""

    def decide(state: Recordings, consents: Consents, subject: Subject) -> Iterator[tuple[int, Any]]:
        _terms(consents, subject)
        return ((0, event) for event in RECORDINGS.decide(state, command))

    return Deciding((RECORDINGS.at(person),), decide, command, _asked_first(person))


async def sealing_for(look: Looks, person: PersonId, course: CourseId, recording: RecordingId, number: int) -> Sealing:
    """How a part will be kept. It is asked before anything is read: of who does not agree nothing is ever written.

    Nor is anything written into the folder of a recording that is not there, which nobody would ever empty.
    """
    consents, subject = _asked_first(person)
    _terms(await look(consents), await look(subject))
    match (await look(RECORDINGS.at(person))).of(recording, course):
        case None:
            raise missing()
        case Purged():
            raise gone()
        case _:
            return Sealing(person, folder_of(recording), place_of(recording, number), PART_BYTES_MAX)


def _asked_first(person: PersonId) -> tuple[AnyStream, ...]:
    return CONSENT.at(person), SUBJECT.at(person)


def _terms(consents: Consents, subject: Subject) -> str:
    """The terms in which somebody may be recorded."""
    refuse_erased(subject)
    terms = agreed(consents, "recording")
    if terms is None:
        raise Rejected("recording.not_agreed", "they do not agree to be recorded")
    return terms
