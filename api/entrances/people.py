"""Taking an account that was made for one."""

from __future__ import annotations

from api.entrances.identity import LINK, SECRET, Done, ResetBody, done
from api.http.entrances import entrance
from application.entering import Visitor
from application.people import accept_invitation as accept


@entrance(
    "/api/invitations/accept",
    refuses=["link.refused", "link.expired", "password.refused", "not_found"],
    example={"token": LINK, "password": SECRET},
    answer_example={"position": 42},
)
async def accept_invitation(body: ResetBody, visitor: Visitor) -> Done:
    """Take the account that was made for one, by the link in a letter, and set its password."""
    return done(await accept(visitor, body.token, body.password))
