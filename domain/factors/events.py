"""What happened to second factors and passkeys. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import Moment, PersonId, SecretId, Value

# --- the second factor ----------------------------------------------------------------------------


class TwoFactorSetupStarted(Value):
    """A secret was shown to its owner. Nothing is asked of them until they prove a code of it."""

    secret: SecretId
    instead_of: SecretId | None = None
    """The secret of a setup that was started before and not gone through with."""


class TwoFactorEnabled(Value):
    step: int
    """The step of the code that proved it."""
    codes: SecretId
    """Where the hashes of the backup codes are."""


class CodeAccepted(Value):
    attempt: str
    step: int


class BackupCodeUsed(Value):
    attempt: str
    codes: SecretId
    number: int


class CodeRefused(Value):
    """A code that was wrong: of the app, or of those for the day it is lost."""

    attempt: str


class SecondStepLocked(Value):
    """Too many codes were wrong: until then even a right one is refused."""

    until: Moment


class BackupCodesReplaced(Value):
    codes: SecretId
    instead_of: SecretId


class TwoFactorDisabled(Value):
    """Only the password is asked for from now on. These secrets are of no more use."""

    secret: SecretId
    codes: SecretId


TwoFactorEvent = (
    TwoFactorSetupStarted
    | TwoFactorEnabled
    | CodeAccepted
    | BackupCodeUsed
    | CodeRefused
    | SecondStepLocked
    | BackupCodesReplaced
    | TwoFactorDisabled
)

# --- passkeys -------------------------------------------------------------------------------------


class PasskeyRegistered(Value):
    """A key that signs for a person. What is told of it is public: nobody signs with it."""

    person: PersonId
    credential: str
    """What the authenticator calls it, in base64url."""
    public_key: str
    """As COSE has it, in base64url."""
    domain: str
    """Whose pages it signs for."""
    counter: int
    transports: tuple[str, ...]
    authenticator: str
    """The model of what holds it: its AAGUID."""
    backed_up: bool


class PasskeyUsed(Value):
    attempt: str
    counter: int


class PasskeyCounterFell(Value):
    """It counted less than before, so there may be two of it: somebody may have made a copy."""

    attempt: str
    known: int
    said: int


class PasskeyRemoved(Value):
    person: PersonId


PasskeyEvent = PasskeyRegistered | PasskeyUsed | PasskeyCounterFell | PasskeyRemoved


class ChallengeAnswered(Value):
    """What was to be signed was signed. It is not asked for again."""

    attempt: str


ChallengeEvent = ChallengeAnswered

Event = TwoFactorEvent | PasskeyEvent | ChallengeEvent
