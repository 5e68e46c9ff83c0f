"""May we? Asked of the ledger itself, so that what somebody took back is so from that moment on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from application.do import AnyStream
from domain.privacy.consent import CONSENT, Consents
from domain.privacy.events import Purpose


async def objects(look: Callable[[AnyStream], Awaitable[Any]], person: str, purpose: Purpose) -> bool:
    """Whether somebody said no to it: enough to leave undone what does no harm to who was never asked."""
    consents: Consents = await look(CONSENT.at(person))
    return purpose in consents.withdrawn


def agreed(consents: Consents, purpose: Purpose) -> str | None:
    """In which terms somebody agrees to it; nothing, where they do not: for what is done only with who agrees."""
    return dict(consents.given).get(purpose)
