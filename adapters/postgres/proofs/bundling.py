"""Facts and all that proves them as one file, to be carried away and verified without us: `annals_verify.py`."""

from __future__ import annotations

import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import msgspec
import psycopg

from adapters.postgres.proofs.reading import Tree, hashes, trees, witnessed
from application import checkpoints, merkle
from application.leaves import line_of
from application.merkle import Range
from domain.kernel import Value

VERSION = 1
AT_ONCE = 1_000
A_DAY = (2020, 1, 1, 0, 0, 0)
"""What the zip says of the time of its files: the same facts are the same bundle."""

_COLUMNS = """
tenant, log, position, stream, version, type, id, at, by, command, correlation, causation, data::text
from ledger.facts where log = %(log)s and tenant = %(tenant)s
"""
_OF_STREAM = f"select {_COLUMNS} and stream = %(stream)s and position <= %(last)s order by version"
_OF_PERIOD = f"select {_COLUMNS} and position between %(first)s and %(last)s order by position"
_PERIOD = """
select min(position), max(position) from ledger.facts
where log = %(log)s and tenant = %(tenant)s and position <= %(last)s
  and (%(since)s::timestamptz is null or at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s)
"""
_NUMBERS = """
select t.number * 32 + n.n - 1
from unnest(%s::bigint[]) with ordinality as w (position, place)
cross join lateral (
  select s.number, s.positions from proof.tiles s
  where s.tenant = %s and s.level = 0 and s.first <= w.position order by s.first desc limit 1
) t
cross join generate_series(1, length(t.positions) / 8) as n
where substr(t.positions, n.n * 8 - 7, 8) = int8send(w.position)
order by w.place
"""


class Choice(Value, kw_only=True):
    """What goes into a bundle: everything of a tenant, unless it says less."""

    tenant: UUID
    stream: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class About(Value):
    """What a bundle says of itself. Nothing of it is believed by who verifies, but what is proven."""

    bundle: int
    tenant: UUID
    stream: str | None
    since: datetime | None
    until: datetime | None
    leaves: tuple[Range, ...]
    hashes: tuple[str, ...]
    checkpoint: str
    witnessed: tuple[str, ...]
    consistency: dict[str, tuple[str, ...]]


class NothingToProve(Exception):  # noqa: N818 — it reads as what is wrong
    """There is no such tree, or it holds nothing of what was asked for."""


def bundle(connection: psycopg.Connection[Any], choice: Choice, seen: Sequence[str], to: Path) -> About:
    """Write a bundle. `seen` are checkpoints that somebody kept, to each of which it proves to be consistent."""
    with connection.transaction(), zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as file:
        connection.execute("set transaction isolation level repeatable read")
        found = trees(connection, choice.tenant, "facts")
        if not found:
            raise NothingToProve(f"no fact of tenant {choice.tenant} is in a tree yet")
        tree = found[0]
        with file.open(zipfile.ZipInfo("facts.jsonl", A_DAY), "w", force_zip64=True) as facts:
            leaves = _write(connection, tree, choice, facts)
        about = _about(connection, tree, choice, leaves, seen)
        file.writestr(zipfile.ZipInfo("bundle.json", A_DAY), msgspec.json.format(msgspec.json.encode(about)))
    return about


def _write(connection: psycopg.Connection[Any], tree: Tree, choice: Choice, to: IO[bytes]) -> tuple[Range, ...]:
    """Write the facts that were chosen, and answer which leaves they are."""
    given = {
        "log": tree.log,
        "tenant": choice.tenant,
        "stream": choice.stream,
        "since": choice.since,
        "until": choice.until,
        "first": 0,
        "last": tree.position,
    }
    sql = _OF_PERIOD if choice.stream is None else _OF_STREAM
    if choice.since or choice.until:
        if choice.stream is not None:
            raise NothingToProve("a stream is proven whole, from its beginning: without a time")
        given["first"], given["last"] = connection.execute(_PERIOD, given).fetchone() or (None, None)
    numbers: list[Range] = []
    with connection.cursor("facts") as cursor:
        rows = iter(cursor.execute(sql.encode(), given))
        while some := list(islice(rows, AT_ONCE)):
            for row in some:
                to.write(line_of(row) + b"\n")
            positions = [row[2] for row in some]
            found = connection.execute(_NUMBERS, (positions, choice.tenant)).fetchall()
            numbers = list(_joined([*numbers, *(Range(number, number + 1) for (number,) in found)]))
    if not numbers:
        raise NothingToProve("nothing of what was asked for is in the tree")
    return tuple(numbers)


def _joined(ranges: Iterable[Range]) -> Iterator[Range]:
    """Ranges in order, those that touch made one."""
    last: Range | None = None
    for one in ranges:
        if last is not None and last.end == one.first:
            last = Range(last.first, one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _about(
    connection: psycopg.Connection[Any], tree: Tree, choice: Choice, leaves: tuple[Range, ...], seen: Sequence[str]
) -> About:
    cosigned = witnessed(connection, choice.tenant)
    sizes = {checkpoints.read(note).checkpoint.size for note in (*cosigned, *seen)}
    return About(
        bundle=VERSION,
        tenant=choice.tenant,
        stream=choice.stream,
        since=choice.since,
        until=choice.until,
        leaves=leaves,
        hashes=_hashes(connection, tree, merkle.besides(leaves, tree.size)),
        checkpoint=tree.note,
        witnessed=tuple(cosigned),
        consistency={
            str(size): _hashes(connection, tree, merkle.consistency(size, tree.size))
            for size in sorted(sizes)
            if size <= tree.size
        },
    )


def _hashes(connection: psycopg.Connection[Any], tree: Tree, ranges: Sequence[Range]) -> tuple[str, ...]:
    return tuple(b64encode(one).decode() for one in hashes(connection, tree.tenant, ranges))
