"""`annals witness`: remembers what it has seen of each tree, and signs only what goes on from there.

It belongs to somebody else than the database: its own user, its own key, its own disk, and a login that may read trees
and put its signatures beside them. What it remembers is in its folder and nowhere else, so whoever rewrites the
database, with all that is in it, meets somebody who has seen it as it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog

from adapters.postgres.proofs import reading
from adapters.postgres.proofs.reading import Tree
from application import merkle
from application.checkpoints import SIGNS, BadNote, Checkpoint, Key, Signer, origin, read, verified
from application.merkle import Missing, grew
from domain.kernel import Value

log = structlog.get_logger()

KEY_BYTES = 32
LOOK_EVERY_S = 0.5
AGAIN_S = 3600
"""So often it signs also what has not changed, so that it can be seen that it still agrees."""

_SIGN = """
insert into proof.witnessed as w (tenant, witness, size, note) values (%s, %s, %s, %s)
on conflict (tenant, witness) do update set size = excluded.size, note = excluded.note, at = clock_timestamp()
"""


class Refusal(Exception):  # noqa: N818 — it reads as what it is
    """Why a checkpoint is not signed: it does not go on from what was seen before."""


class Refused(Value):
    """A checkpoint that was not signed, and why."""

    tenant: UUID
    why: str


class Folder:
    """What a witness has: its key, and the last checkpoint it has seen of each tree."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def key(self) -> bytes:
        """Its private key, made when it is first wanted."""
        file = self.path / "witness.key"
        if not file.exists():
            self._write(file, os.urandom(KEY_BYTES))
        return file.read_bytes()

    def seen(self, tenant: UUID) -> str | None:
        """The note it has seen last of a tree, with its own signature below."""
        file = self.path / f"{tenant}.note"
        return file.read_text(encoding="utf-8") if file.exists() else None

    def all_seen(self) -> Iterator[UUID]:
        """The tenants whose trees it has seen."""
        return (UUID(file.stem) for file in sorted(self.path.glob("*.note")))

    def see(self, tenant: UUID, note: str) -> None:
        """Remember, for good: it is on disk before anybody is told."""
        self._write(self.path / f"{tenant}.note", note.encode())

    def accuse(self, tenant: UUID, note: str) -> None:
        """Keep what was not signed: signed by the log, it is proof of what the log has done."""
        self._write(self.path / f"{tenant}.refused", note.encode())

    def _write(self, file: Path, content: bytes) -> None:
        new = file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
            to.write(content)
            to.flush()
            os.fsync(to.fileno())
        new.rename(file)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Witness:
    """Signs under one name what the logs of one installation show it."""

    def __init__(self, name: str, folder: Folder, log_name: str, logs: tuple[bytes, ...]) -> None:
        """`logs` are the public keys with which checkpoints may be signed: told by whoever runs the log."""
        self._name = name
        self._folder = folder
        self._log_name = log_name
        self._logs = logs
        self._signer = Signer(folder.key())
        self._notes: dict[UUID, tuple[str, float]] = {}
        self._refused: frozenset[Refused] = frozenset()

    @property
    def key(self) -> Key:
        """What others verify its signatures with."""
        return self._signer.witness_key(self._name)

    def look(self, connection: psycopg.Connection[Any], now: Callable[[], float] = time.time) -> list[Refused]:
        """Look at every tree once, and sign what goes on from what was seen. Answers what was not signed."""
        refused: list[Refused] = []
        trees = {tree.tenant: tree for tree in reading.trees(connection)}
        for tree in trees.values():
            known = self._notes.get(tree.tenant)
            if known is not None and known[0] == tree.note and now() < known[1] + AGAIN_S:
                continue
            try:
                self._sign(connection, tree, int(now()))
            except (Refusal, BadNote) as why:
                refused.append(Refused(tree.tenant, str(why)))
                if refused[-1] not in self._refused:
                    self._folder.accuse(tree.tenant, tree.note)
            else:
                self._notes[tree.tenant] = (tree.note, now())
        refused += [
            Refused(tenant, "there is no tree any more") for tenant in self._folder.all_seen() if tenant not in trees
        ]
        for one in set(refused) - self._refused:
            log.error("witness.refused", tenant=str(one.tenant), why=one.why)
        self._refused = frozenset(refused)
        return refused

    def _sign(self, connection: psycopg.Connection[Any], tree: Tree, seconds: int) -> None:
        name = origin(self._log_name, tree.tenant)
        head = verified(tree.note, *(Key(name, SIGNS, public) for public in self._logs))
        if head.origin != name:
            raise Refusal(f"it is the checkpoint of {head.origin}")
        seen = self._folder.seen(tree.tenant)
        if seen is not None:
            _judge(connection, tree.tenant, read(seen).checkpoint, head)
        note = self._signer.cosigned(tree.note, self._name, seconds)
        self._folder.see(tree.tenant, note)
        connection.execute(_SIGN, (tree.tenant, self._name, head.size, note))


def _judge(connection: psycopg.Connection[Any], tenant: UUID, before: Checkpoint, head: Checkpoint) -> None:
    """Refuse a tree that does not begin with the one that was seen before."""
    if head.size < before.size:
        raise Refusal(f"cut off: it has {head.size} leaves, and had {before.size}")
    try:
        proof = reading.hashes(connection, tenant, merkle.consistency(before.size, head.size))
    except Missing as why:
        raise Refusal(f"it cannot be shown to have grown from {before.size} leaves: {why}") from None
    if not grew(before.size, before.root, head.size, head.root, proof):
        raise Refusal(f"forked: it does not begin with the {before.size} leaves that were seen")
