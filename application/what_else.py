"""What else is needed before a session opens, once a password was right, or a provider has said who it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from application.do import Do
from application.ledger import TenantId
from application.ports import Blind
from domain.factors.two_factor import TWO_FACTOR, On
from domain.kernel import Moment, PersonId, SecretId, Value

CHALLENGE = "second-step"
"""What the token of a challenge is sealed for: it is none that any other door opens to."""
LASTS = timedelta(minutes=5)


class Challenged(Value, tag_field="status", tag="second_step"):
    """So far it was right. Show a code besides: this token is good for that, for a short while, and nothing else."""

    challenge: str
    challenge_until: Moment


class Halfway(Value):
    """What the token of a challenge says: who has shown who they are, by what, and where they came in."""

    tenant: TenantId
    person: PersonId
    credential: SecretId | None
    entry: str
    id: str
    until: datetime
    method: str = "password"


async def what_else(do: Do, blind: Blind, halfway: Halfway) -> Challenged | None:
    """A challenge, if a second factor is on; None if nothing more is needed."""
    state = await do.look(halfway.tenant, TWO_FACTOR.at(halfway.person))
    if not isinstance(state, On):
        return None
    until = halfway.until.isoformat()
    said = (halfway.person, halfway.credential or "", halfway.entry, halfway.id, until, halfway.method)
    return Challenged(blind.seal_token(CHALLENGE, str(halfway.tenant), *said), halfway.until)


def opened(blind: Blind, token: str) -> Halfway | None:
    """What the token of a challenge says; None if we did not write it."""
    said = blind.open_token(CHALLENGE, token)
    if said is None:
        return None
    tenant, person, credential, entry, id_, until, method = said
    return Halfway(
        TenantId(UUID(tenant)),
        PersonId(person),
        SecretId(credential) if credential else None,
        entry,
        id_,
        datetime.fromisoformat(until),
        method,
    )
