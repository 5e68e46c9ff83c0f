"""Proofs that what has happened was not changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from api.http import problems, proofs
from api.http.problems import Refused
from api.http.proofs import Witnessed
from api.http.queries import Asking, Position, query
from application import merkle
from application.merkle import Missing
from domain.kernel import Value

Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1, description="How many leaves a tree has.")]

problems.tell(Missing, "proof.incomplete", "hashes are missing: whoever runs this is to look at `annals proof verify`")

SHOWN = ("position.not_reached", "position.unknown")
TENANT = "018f0000-0000-7000-8000-000000000001"
ROOT = "4qJ8mK0uYq2pX5b9s1nC7dVhGz3tLwFj6oRkE8iAaUc="
NOTE = f"annals/{TENANT}\n3\n{ROOT}\n\n— annals/{TENANT} c2lnbmF0dXJl…\n"
SIGNER = f"annals/{TENANT}+a1b2c3d4+AQ…"
AT = "2026-11-02T08:00:00Z"


class Checkpoint(Value):
    """The head of the tree over a tenant's facts, signed.

    `signer` is the key it is signed with: of use only to those who compare it with what they were told elsewhere.
    """

    size: int
    note: str
    signer: str
    at: datetime
    witnessed: tuple[Witnessed, ...]
    position: int


class Inclusion(Value):
    """That a fact is a leaf of the tree. What is hashed are the bytes of `leaf`, to which `hashes` lead up."""

    leaf: str
    number: int
    size: int
    hashes: tuple[str, ...]
    note: str
    position: int


class Consistency(Value):
    """That a tree of so many leaves has only grown since."""

    first: int
    size: int
    hashes: tuple[str, ...]
    note: str
    position: int


@query(
    "/api/proofs/checkpoint",
    requires="proofs.read",
    limit="query",
    refuses=[*SHOWN, "checkpoint.not_found"],
    example={
        "size": 3,
        "note": NOTE,
        "signer": SIGNER,
        "at": AT,
        "witnessed": [{"witness": "witness.example", "size": 3, "note": f"{NOTE}— witness.example …\n", "at": AT}],
        "position": 42,
    },
)
async def checkpoint(asking: Asking, min_position: Position = 0) -> Checkpoint:
    """How many facts are in the tree, and what is their root?

    Signed as c2sp.org/tlog-checkpoint has it; what witnesses have signed, as c2sp.org/tlog-cosignature.
    """
    head, position = await proofs.head(asking.ask, asking.tenant, min_position=min_position)
    if head is None:
        raise Refused("checkpoint.not_found", "no fact of this tenant is in a tree yet")
    return Checkpoint(head.size, head.note, head.signer, head.at, head.witnessed, position)


@query(
    "/api/proofs/inclusion",
    requires="proofs.read",
    limit="query",
    refuses=[*SHOWN, "fact.not_found", "proof.no_such_size", "proof.incomplete"],
    example={
        "leaf": f'{{"tenant":"{TENANT}","log":0,"position":42,"stream":"enrollment:art:ada",…}}',
        "number": 1,
        "size": 3,
        "hashes": [ROOT, ROOT],
        "note": NOTE,
        "position": 42,
    },
)
async def inclusion(asking: Asking, at: Position, size: Size | None = None, min_position: Position = 0) -> Inclusion:
    """Is the fact at a position in the tree, as it is kept?

    `at` is the position of the fact, `size` how many leaves the tree had in which it is looked for. RFC 6962, 2.1.1.
    """
    found, position = await proofs.placed(asking.ask, asking.tenant, at, min_position=min_position)
    if found is None:
        raise Refused("fact.not_found", "no fact of this tenant at this position is in the tree")
    of = found.size if size is None else size
    if not found.number < of <= found.size:
        raise Refused("proof.no_such_size", f"it is leaf {found.number} of {found.size}", path="size")
    hashes = await proofs.hashes(asking.ask, asking.tenant, merkle.inclusion(found.number, of), found.tiles)
    return Inclusion(found.leaf.decode(), found.number, of, hashes, found.note, position)


@query(
    "/api/proofs/consistency",
    requires="proofs.read",
    limit="query",
    refuses=[*SHOWN, "checkpoint.not_found", "proof.no_such_size", "proof.incomplete"],
    example={"first": 2, "size": 3, "hashes": [ROOT], "note": NOTE, "position": 42},
)
async def consistency(asking: Asking, first: Size, size: Size | None = None, min_position: Position = 0) -> Consistency:
    """Has a tree that once had `first` leaves only grown since? RFC 6962, 2.1.2."""
    head, position = await proofs.head(asking.ask, asking.tenant, min_position=min_position)
    if head is None:
        raise Refused("checkpoint.not_found", "no fact of this tenant is in a tree yet")
    of = head.size if size is None else size
    if not first <= of <= head.size:
        raise Refused("proof.no_such_size", f"the tree has {head.size} leaves", path="first")
    hashes = await proofs.hashes(asking.ask, asking.tenant, merkle.consistency(first, of))
    return Consistency(first, of, hashes, head.note, position)
