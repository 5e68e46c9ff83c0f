"""Who asks, where only they themselves may: what a program may do with an API key must not make it more than it is."""

from __future__ import annotations

from application.entering import Visitor
from domain.kernel import PersonId, Rejected


def in_person(visitor: Visitor) -> PersonId:
    """Who asks, unless it is a program of theirs that asks with a key."""
    if visitor.caller.origin is not None and "api_key" in visitor.caller.origin:
        raise Rejected("person.needed", "this is for people themselves, and not for their API keys")
    return visitor.person
