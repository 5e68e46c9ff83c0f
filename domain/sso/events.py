"""What happened to identity providers, and to who came in by them. These words are public: facts are kept in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NewType

from domain.kernel import PersonId, SecretId, Value
from domain.sso.terms import Terms

ProviderId = NewType("ProviderId", str)
SignInId = NewType("SignInId", str)
Login = NewType("Login", str)
"""The keyed hash of a provider and of its name for a person."""

Kind = Literal["oidc", "google", "apple", "facebook", "cognito", "saml"]
"""How a provider speaks: OpenID Connect in general or as one house does it, OAuth without it, or SAML."""

# --- a provider: identity-provider:{id} -----------------------------------------------------------


class ProviderConfigured(Value):
    kind: Kind
    terms: Terms


class ProviderRevised(Value):
    """Other terms; `instead_of` is the secret that another one replaces, which is of no more use."""

    terms: Terms
    instead_of: SecretId | None = None


class ProviderDisabled(Value):
    """Nobody comes in by it until it is enabled again."""


class ProviderEnabled(Value):
    """People may come in by it again."""


class ProviderRemoved(Value):
    """It is gone for good. Who came in by it comes in no more, unless in another way."""

    secret: SecretId | None = None


ProviderEvent = ProviderConfigured | ProviderRevised | ProviderDisabled | ProviderEnabled | ProviderRemoved

# --- one way there and back: sign-in:{id} ---------------------------------------------------------


class SignInStarted(Value):
    """Somebody was sent to a provider; `person`, when somebody who is logged in does so to link a login."""

    provider: ProviderId
    until: datetime
    return_to: str | None = None
    person: PersonId | None = None


class SignInProved(Value):
    """The provider has said who came back, which is this person's to finish."""

    request: str
    login: Login
    person: PersonId
    until: datetime
    """When it must be finished by."""
    links: bool = False
    """Whether the login is not theirs yet: then they link it, logged in, and come in by it from then on."""


class SignInFinished(Value):
    """They are in, or their login is linked."""

    request: str
    person: PersonId


SignInEvent = SignInStarted | SignInProved | SignInFinished

# --- whose a login is: login:{mark} ---------------------------------------------------------------


class LoginClaimed(Value):
    person: PersonId


class LoginReleased(Value):
    """Nobody's again."""

    person: PersonId


LoginEvent = LoginClaimed | LoginReleased

# --- the logins of a person: logins:{person} ------------------------------------------------------


class LoginLinked(Value):
    """Who is known there as this comes in here as this person."""

    provider: ProviderId
    login: Login


class LoginUnlinked(Value):
    provider: ProviderId
    login: Login


class RolesMapped(Value):
    """Which roles follow from what a provider said last; all of them, and no others."""

    provider: ProviderId
    roles: tuple[str, ...]


LoginsEvent = LoginLinked | LoginUnlinked | RolesMapped

# --- a message of a provider: message:{mark} ------------------------------------------------------


class MessageTaken(Value):
    """It proved who came back from this sign-in, and proves nothing any more."""

    sign_in: SignInId
    until: datetime


MessageEvent = MessageTaken

Event = ProviderEvent | SignInEvent | LoginEvent | LoginsEvent | MessageEvent
