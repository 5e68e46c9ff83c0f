"""What people asked of us about themselves. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from domain.kernel import Moment, Personal, PersonId, Value

# --- exports: `export:{export}` -------------------------------------------------------------------

Why = Literal["expired", "erased"]
"""Why an archive is kept no longer: its time was over, or whose it was is erased."""


class ExportAsked(Value):
    """Somebody wants to have all that is kept of them."""

    person: PersonId


class ExportMade(Value):
    """It is in this file, sealed under their key, and can be fetched until then."""

    person: PersonId
    kept: str
    bytes: int
    sha256: str
    facts: int
    until: Moment


class ExportDiscarded(Value):
    """Its file is kept no longer."""

    person: PersonId
    why: Why
    kept: str | None = None


ExportEvent = ExportAsked | ExportMade | ExportDiscarded

# --- whose data it is: `subject:{person}` ---------------------------------------------------------


class HoldPlaced(Value, person="person"):
    """The law wants what is kept of them: it is not erased."""

    person: PersonId
    hold: str
    reason: Personal[str]


class HoldLifted(Value):
    person: PersonId
    hold: str


class ErasureAsked(Value):
    """They are to be forgotten, in all of these parts of the house."""

    person: PersonId
    parts: tuple[str, ...]


class KeyDestroyed(Value):
    """Nobody can read what was sealed for them. Who still remembers the key has forgotten it by then."""

    person: PersonId
    settled_at: Moment


class ErasureSettled(Value):
    """From here on nothing shows them any more."""

    person: PersonId
    parts: tuple[str, ...]


class PartErased(Value):
    """This part of the house has nothing of them any more: so many files and states were thrown away."""

    person: PersonId
    part: str
    thrown_away: int


class PersonErased(Value):
    """Every part has said so."""

    person: PersonId


SubjectEvent = HoldPlaced | HoldLifted | ErasureAsked | KeyDestroyed | ErasureSettled | PartErased | PersonErased

# --- what they agree to: `consent:{person}` -------------------------------------------------------

Purpose = Literal["guardianship", "health", "marketing", "recording"]
"""What may be done only with somebody who agrees: that a minor is here at all, as their guardian says; that we know
what of their health concerns us; that they are written to without having asked; that they are recorded."""


class ConsentGiven(Value):
    """They agree, in the words that are called so. Who said it for them is whose command it was."""

    person: PersonId
    purpose: Purpose
    terms: str


class ConsentWithdrawn(Value):
    """They do not agree, from now on."""

    person: PersonId
    purpose: Purpose


ConsentEvent = ConsentGiven | ConsentWithdrawn

# --- how long what is kept at hand: `retention:{data_class}` --------------------------------------

DataClass = Literal["lists", "notices"]
"""What came in and is kept beside the facts: lists of who is to be enrolled, and what gateways told us."""


Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class RetentionSet(Value):
    """What is older than so many days is put away. It is looked for then, and every day."""

    days: Days
    due: Moment


class RetentionHeld(Value):
    """The law wants it at hand: nothing is put away."""

    hold: str
    reason: str


class RetentionReleased(Value):
    hold: str


class RetentionFellDue(Value):
    """What is from before is to be put away."""

    before: Moment
    next: Moment


class ArchivingHeldBack(Value):
    """It is time, but something holds it."""

    next: Moment


RetentionEvent = RetentionSet | RetentionHeld | RetentionReleased | RetentionFellDue | ArchivingHeldBack

# --- what was put away together: `archive:{archive}` ----------------------------------------------


class DataArchived(Value):
    """It is in this file, and nowhere else any more."""

    data_class: DataClass
    kept: str
    sha256: str
    bytes: int
    items: tuple[str, ...]
    first_at: Moment
    last_at: Moment


class RestoreAsked(Value):
    """Somebody wants it back at hand."""


class DataRestored(Value):
    """So much is where it was."""

    items: int


class RestoreFailed(Value):
    """The file is gone, or not what was put away."""

    why: str


ArchiveEvent = DataArchived | RestoreAsked | DataRestored | RestoreFailed

Event = ExportEvent | SubjectEvent | ConsentEvent | RetentionEvent | ArchiveEvent
