"""The facts themselves: read again from any position, or as they happen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec

from api.http.feed import Listening
from api.http.problems import Refused
from api.http.queries import Asking, Limit, Position, query
from application.catalogue import words
from domain.kernel import Value

Types = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z_.,]+$", max_length=2_000, description="Only these types of facts, with commas between."
    ),
]
StreamName = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9._~:-]+$", max_length=400, description="Only this stream: `enrollment:c1:ada`."),
]


class KeptFact(Value):
    """A fact as it was kept."""

    position: int
    stream: str
    version: int
    type: str
    data: dict[str, Any]
    id: UUID
    at: datetime
    by: str
    command: UUID
    correlation: UUID
    causation: UUID | None


class FactsPage(Value):
    """Facts in the order they were kept. `position` is how far this page looked: go on with `after` that position."""

    facts: tuple[KeptFact, ...]
    position: int
    head: int


EXAMPLE = {
    "position": 1,
    "stream": "enrollment:celestial-navigation:ada",
    "version": 1,
    "type": "enrollments.LearnerEnrolled",
    "data": {"course": "celestial-navigation", "learner": "ada", "lessons": ["stars"], "until": None},
    "id": "0198c0de-da7a-7000-8000-00000000fac7",
    "at": "2026-11-02T08:00:00+00:00",
    "by": "teacher",
    "command": "0198c0de-da7a-7000-8000-00000000c0de",
    "correlation": "0198c0de-da7a-7000-8000-00000000cafe",
    "causation": None,
}


@query(
    "/api/facts",
    requires="facts.read",
    limit="query",
    refuses=["request.invalid"],
    example={"facts": [EXAMPLE], "position": 1, "head": 1},
)
async def replay(
    asking: Asking,
    after: Position = 0,
    limit: Limit = 50,
    type: Types | None = None,  # noqa: A002 — as it is called in the URL
    stream: StreamName | None = None,
) -> FactsPage:
    """What has happened, in order, from any position on?

    Facts of the contexts that the caller may read. A page may hold fewer facts than asked for, even none, and yet not
    be the last: go on until its `position` is `head`.
    """
    found = await asking.replay(asking.tenant, after, limit, allowed(asking, type), stream)
    return FactsPage(cast("tuple[KeptFact, ...]", msgspec.Raw(found.facts)), found.until, found.head)


@query(
    "/api/facts/live",
    requires="facts.read",
    refuses=["feed.full"],
    limit="feed",
    answer=str,
    media_type="text/event-stream",
    example='id: 1\nevent: enrollments.LearnerEnrolled\ndata: {"position": 1}\n\n',
)
async def live(
    asking: Asking,
    after: Position | None = None,
    type: Types | None = None,  # noqa: A002 — as it is called in the URL
) -> Listening:
    """What is happening now?

    Server-sent events: `id` is the position, `event` the type, `data` the fact as the replay tells it. A client that
    comes back with `Last-Event-ID` (or `after`) misses nothing; without either it hears what happens from now on.
    """
    last = asking.call.headers.get(b"last-event-id")
    if last is not None:
        try:
            after = msgspec.convert(last.decode("latin-1"), Position, strict=False)
        except msgspec.ValidationError:
            raise Refused("request.invalid", "Last-Event-ID is a position", path="Last-Event-ID") from None
    return await asking.feed.listen(asking.principal, after, allowed(asking, type))


def allowed(asking: Asking, wanted: str | None) -> list[str]:
    """The types of facts the caller may see, of those wanted."""
    may = [word.name for word in words().values() if asking.principal.may(f"{word.context}.read")]
    if wanted is None:
        return may
    asked = wanted.split(",")
    _known(asked)
    return [name for name in may if name in asked]


def _known(asked: Iterable[str]) -> None:
    for name in asked:
        if name not in words():
            raise Refused("request.invalid", f"there is no type of fact {name!r}", path="type")
