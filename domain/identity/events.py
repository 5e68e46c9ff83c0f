"""What happened to people and to how they log in. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NewType

from domain.kernel import Personal, PersonId, SecretId, Value

Mark = NewType("Mark", str)
"""The keyed hash of an address, a name, or whatever else must not be said itself."""
SessionId = NewType("SessionId", str)
"""The text of a uuid7; tokens say it as `sid`."""
ProofId = NewType("ProofId", str)

Claimable = Literal["address", "username"]
Purpose = Literal["verify", "reset", "invite"]
Privacy = Literal["hide_address", "hide_last_seen", "hide_profile", "no_messages", "no_recommendations"]
"""What somebody does not want of those who are not staff."""
AccessNeed = Literal["captions", "high_contrast", "keyboard_only", "large_text", "reduced_motion", "screen_reader"]
"""What somebody needs of a screen to use it."""
CodeId = NewType("CodeId", str)
End = Literal[
    "logged_out",
    "logged_out_everywhere",
    "ended_by_owner",
    "ended_by_staff",
    "replayed",
    "expired",
    "too_many",
    "password_set",
    "account_closed",
]
"""Why a session is over."""

# --- a person: person:{person} --------------------------------------------------------------------


class PersonRegistered(Value, person="person"):
    """They made themselves an account."""

    person: PersonId
    address: Personal[str]
    username: Personal[str] | None
    name: Personal[str]
    credential: SecretId
    address_mark: Mark
    username_mark: Mark | None = None


class PersonInvited(Value, person="person"):
    """An account was made for them, which they have not entered yet."""

    person: PersonId
    address: Personal[str]
    username: Personal[str] | None
    name: Personal[str]
    address_mark: Mark
    username_mark: Mark | None = None


class PersonActivated(Value):
    """They took the account that was made for them; without a credential they come in by another way."""

    credential: SecretId | None = None


class PersonDeactivated(Value, person="person"):
    person: PersonId
    reason: Personal[str]


class PersonReactivated(Value, person="person"):
    person: PersonId
    reason: Personal[str]


class PersonLocked(Value, person="person"):
    """The account is closed by staff until it is unlocked. Wrong guesses lock an entry, not this."""

    person: PersonId
    reason: Personal[str]


class PersonUnlocked(Value, person="person"):
    person: PersonId
    reason: Personal[str]


class PersonRemoved(Value, person="person"):
    """The account is gone for good. Its history stays."""

    person: PersonId
    reason: Personal[str]


class AddressVerified(Value):
    """They hold the address that this mark stands for."""

    mark: Mark


class AddressReplaced(Value, person="person"):
    """Another address, which nobody has verified yet."""

    person: PersonId
    address: Personal[str]
    mark: Mark


class PasswordSet(Value):
    credential: SecretId
    how: Literal["changed", "reset"]


class PasswordRehashed(Value):
    """The same password as before, kept by today's means."""

    credential: SecretId
    instead_of: SecretId


class ProfileRevised(Value, person="person"):
    """What they say of themselves; `mark` stands for all of it."""

    person: PersonId
    mark: Mark
    name: Personal[str]
    about: Personal[str] | None = None
    phone: Personal[str] | None = None
    given_name: Personal[str] | None = None
    family_name: Personal[str] | None = None
    avatar: str | None = None
    """The file that is their picture."""
    phone_mark: Mark | None = None


class PhoneConfirmed(Value):
    """They have read a code on the phone that this mark stands for."""

    mark: Mark


class PreferencesSet(Value):
    """How they like to be served."""

    locale: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    privacy: tuple[Privacy, ...] = ()


class AccessNeedsStated(Value, person="person"):
    """What they need of a screen, names with blanks between. It says something of their health, so it is personal."""

    person: PersonId
    mark: Mark
    needs: Personal[str]


PersonEvent = (
    PersonRegistered
    | PersonInvited
    | PersonActivated
    | PersonDeactivated
    | PersonReactivated
    | PersonLocked
    | PersonUnlocked
    | PersonRemoved
    | AddressVerified
    | AddressReplaced
    | PasswordSet
    | PasswordRehashed
    | ProfileRevised
    | PhoneConfirmed
    | PreferencesSet
    | AccessNeedsStated
)

# --- whose an address or a name is: claim:{what}:{mark} -------------------------------------------


class Claimed(Value):
    person: PersonId


class Released(Value):
    """Nobody's again."""

    person: PersonId


ClaimEvent = Claimed | Released

# --- the sessions of a person: sessions:{person} --------------------------------------------------


class SessionOpened(Value, person="person"):
    """They have shown who they are, by `method`, from a device."""

    person: PersonId
    session: SessionId
    method: str
    until: datetime
    address: Personal[str] | None = None
    agent: Personal[str] | None = None
    device: Mark | None = None
    is_new: bool = False
    """They have come in before, but not from this device."""


class RefreshRotated(Value, person="person"):
    """The refresh token was used, and another one given: that of this generation, which is good until then."""

    person: PersonId
    session: SessionId
    generation: int
    request: str
    until: datetime
    address: Personal[str] | None = None
    agent: Personal[str] | None = None


class RefreshReplayed(Value):
    """A refresh token came that had been used before. Two hold it, and one of them stole it."""

    session: SessionId
    generation: int
    request: str


class SessionEnded(Value):
    person: PersonId
    session: SessionId
    reason: End


SessionEvent = SessionOpened | RefreshRotated | RefreshReplayed | SessionEnded

# --- where one comes in: entry:{mark} -------------------------------------------------------------


class LoginSucceeded(Value):
    attempt: str
    person: PersonId
    session: SessionId
    method: str


class LoginFailed(Value):
    """A wrong guess; `person` where there is one behind this entry."""

    attempt: str
    at: datetime
    person: PersonId | None = None


class EntryLocked(Value):
    """Too many wrong guesses: nobody comes in here until then."""

    until: datetime
    attempts: int
    person: PersonId | None = None


EntryEvent = LoginSucceeded | LoginFailed | EntryLocked

# --- a link that was sent: proof:{purpose}:{who} --------------------------------------------------


class ProofOffered(Value):
    """A link is to be sent, where there is a person to send it to. Older ones are void."""

    purpose: Purpose
    who: str
    proof: ProofId
    at: datetime
    until: datetime
    person: PersonId | None = None
    about: str = ""
    """What it is good for: the mark of the address that it verifies, or the credential that may be replaced."""


class ProofUsed(Value):
    proof: ProofId
    request: str


ProofEvent = ProofOffered | ProofUsed

# --- a code that was sent to a phone: phone-code:{person} -----------------------------------------


class PhoneCodeOffered(Value):
    """A code is to be sent to the phone that this mark stands for. Older ones are void."""

    person: PersonId
    code: CodeId
    mark: Mark
    at: datetime
    until: datetime


class PhoneCodeRefused(Value):
    """What was typed is not the code that was sent."""

    attempt: str


class PhoneCodeUsed(Value):
    code: CodeId
    request: str


PhoneCodeEvent = PhoneCodeOffered | PhoneCodeRefused | PhoneCodeUsed

Event = PersonEvent | ClaimEvent | SessionEvent | EntryEvent | ProofEvent | PhoneCodeEvent
