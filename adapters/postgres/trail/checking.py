"""The trail held against what was signed of it, and against the commands that it tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.postgres.proofs.checking import Verdict
from adapters.postgres.proofs.reading import Tree, trees
from application.checkpoints import BadNote, Checkpoint, Key, verified
from application.merkle import Edge, leaf_hash
from application.trail import Entry, line, origin_digest, tree_of

AT_ONCE = 1_000

_ENTRIES = """
select tenant, number, kind, id, at, by, action, route, record, outcome, code, times, facts, position, correlation,
  causation, origin_digest, origin, salt
from trail.entries where tenant = %s order by number
"""
_COMMANDS = """
select count(*) filter (where e.tenant is null) as untold, count(*) filter (where c.tenant is null) as unknown,
  count(*) filter (where e.tenant is not null and c.tenant is not null and (
    (e.at, e.by, e.action, e.route, e.record, e.outcome, e.position, e.correlation) is distinct from
    (c.at, c.by, c.name, c.route, c.stream, c.outcome, c.position, c.correlation)
    or e.causation is distinct from c.causation
    or e.code is distinct from convert_from(c.refusal, 'utf8')::json ->> 'code'
    or ((e.origin is not null or e.origin_digest is null) and e.origin is distinct from c.origin::text)
  )) as changed
from (select * from trail.entries where tenant = %(tenant)s and kind = 'command') e
full join (
  select c.* from ledger.commands c join trail.taken t using (log)
  where c.log = %(log)s and c.tenant = %(tenant)s and c.number <= t.commands
) c on c.id = e.id
"""
_WITHOUT = """
select distinct e.tenant from trail.entries e where (%(tenant)s::uuid is null or e.tenant = %(tenant)s)
  and not exists (select from proof.trees t where t.owner = e.tenant)
"""


def check(
    connection: psycopg.Connection[Any],
    keys: Callable[[UUID], Sequence[Key]],
    seen: Sequence[Checkpoint] = (),
    tenant: UUID | None = None,
) -> Iterator[Verdict]:
    """Look at the trail of every tenant, or of one. `keys` may have signed a tree; `seen` are heads somebody kept."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        for tree in trees(connection, None if tenant is None else tree_of(tenant), "trail"):
            owner = tree.owner or tree.tenant
            names = {key.name for key in keys(tree.tenant)}
            theirs = [one for one in seen if one.origin in names]
            yield Verdict(owner, tree.size, tuple(_wrong(connection, tree, owner, keys(tree.tenant), theirs)))
        for (without,) in connection.execute(_WITHOUT, {"tenant": tenant}).fetchall():
            yield Verdict(without, 0, ("there is no tree over its trail any more",))


def _wrong(
    connection: psycopg.Connection[Any], tree: Tree, owner: UUID, keys: Sequence[Key], seen: Sequence[Checkpoint]
) -> Iterator[str]:
    try:
        signed = verified(tree.note, *keys)
    except BadNote as why:
        yield str(why)
        return
    made = _made(connection, owner, {one.size for one in seen})
    if made.moved:
        yield f"entries {', '.join(map(str, made.moved))} do not come from where they say"
    if made.edge.size != signed.size:
        yield f"{signed.size} entries were signed, and there are {made.edge.size}"
    elif made.edge.root() != signed.root:
        yield "its entries are not those that were signed"
    for one in seen:
        if one.size and made.roots.get(one.size) != one.root:
            yield f"it does not begin with the {one.size} entries that were seen"
    given = {"tenant": owner, "log": tree.log}
    untold, unknown, changed = connection.execute(_COMMANDS, given).fetchone() or (0, 0, 0)
    if untold:
        yield f"{untold} commands are not in it"
    if unknown:
        yield f"{unknown} of its commands are not in the ledger"
    if changed:
        yield f"{changed} commands are not as they were"


class _Made(NamedTuple):
    """A tree made anew: its edge, its roots at the sizes that were asked for, and entries whose origin was changed."""

    edge: Edge
    roots: dict[int, bytes]
    moved: list[int]


def _made(connection: psycopg.Connection[Any], owner: UUID, sizes: set[int]) -> _Made:
    made = _Made(Edge(), {}, [])
    with connection.cursor("entries") as cursor:
        rows = iter(cursor.execute(_ENTRIES, (owner,)))
        while some := list(islice(rows, AT_ONCE)):
            for row in some:
                made.edge.grow([leaf_hash(line(_entry(row)))])
                if made.edge.size in sizes:
                    made.roots[made.edge.size] = made.edge.root()
                if _moved(row):
                    made.moved.append(row[1])
    return made


def _entry(row: tuple[Any, ...]) -> Entry:
    """An entry from its columns. Where somebody came from may have been taken out; its digest stays."""
    columns: Any = (*row[:12], tuple(row[12]), *row[13:17])
    return Entry(*columns)


def _moved(row: tuple[Any, ...]) -> bool:
    """Whether it is said to have come from somewhere else."""
    *_, digest, origin, salt = row
    return origin is not None and origin_digest(origin, bytes(salt or b"")) != digest
