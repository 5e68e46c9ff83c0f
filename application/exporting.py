"""All that is kept of somebody, in one archive: of every context its facts as JSON and as CSV, and the files.

Whatever a context says is of people is found: there is no list here of what to look for. Of what is in a fact, what is
of others is left out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from application.belonging import Content, context_of, names, owns, personal, theirs
from application.catalogue import CATALOGUE, decode
from application.ledger import TenantId
from application.ports import File, Trace, Traces
from application.sealing import Keyring, Slot, Unopenable, unseal, unwrapped
from application.tables import as_csv
from domain.kernel import Value

YOU = "you"
SOMEONE = "somebody else"
MACHINES = ("policy:", "job:")
FILES_BYTES_MAX = 20 * 2**20
"""So much of their files is in the archive. What is beyond that is named there, and downloaded by itself."""

Reader = Callable[[str], bytes | None]
"""Reads a file by the name under which it is kept; nothing, where it is gone."""


def archive_name(export: str) -> str:
    """Under which name the archive of an export is kept."""
    return f"exports/{export}.zip.sealed"


def archive_place(tenant: TenantId, export: str) -> str:
    """What the seal of an archive is bound to."""
    return f"{tenant}|export|{export}"


class Said(Value):
    """A fact as it is told to whom it is about."""

    at: datetime
    fact: str
    stream: str
    by: str
    data: dict[str, Any]


class InArchive(Value):
    path: str
    bytes: int
    sha256: str


class LeftOut(Value):
    """A file that the archive had no room for."""

    name: str
    bytes: int


class Manifest(Value):
    """What is in an archive, so that whoever has it can see that nothing is missing."""

    person: str
    made_at: datetime
    facts: dict[str, int]
    """Of each context, how many."""
    files: tuple[InArchive, ...]
    left_out: tuple[LeftOut, ...]


class Gathered(Value):
    """All that is kept of somebody."""

    facts: tuple[Trace, ...]
    streams: frozenset[str]
    """Those that are theirs whole."""


def gathered(traces: Traces, tenant: TenantId, person: str) -> Gathered:
    """What the ledger has of somebody: all of the streams that are theirs, and of others what names them."""
    mentioned = list(traces.mentioning(tenant, person))
    fields = [msgspec.json.decode(trace.data, type=dict[str, Any]) for trace in mentioned]
    streams = frozenset(
        trace.stream
        for trace, said in zip(mentioned, fields, strict=True)
        if owns(trace.type, trace.stream, said, person)
    )
    apart = [
        trace
        for trace, said in zip(mentioned, fields, strict=True)
        if trace.stream not in streams and names(trace.type, said, person)
    ]
    whole = traces.of_streams(tenant, streams)
    return Gathered(tuple(sorted((*apart, *whole), key=lambda trace: trace.position)), streams)


def said(tenant: TenantId, found: Gathered, person: str, key: bytes | None) -> Iterator[Said]:
    """What was gathered, opened with their key, and without what is of others."""
    ring: Keyring = {(tenant, person): key}
    for trace in found.facts:
        word = CATALOGUE.words.get(trace.type)
        if word is not None:
            fields = msgspec.json.decode(_opened(trace, tenant, ring), type=dict[str, Any])
            yield Said(trace.at, trace.type, trace.stream, _by(trace.by, person), theirs(word, fields, person))


def contents(tenant: TenantId, found: Gathered, person: str, key: bytes | None) -> dict[str, list[Content]]:
    """The files of somebody, by context. Those that were deleted are among them."""
    ring: Keyring = {(tenant, person): key}
    told: dict[tuple[str, str], list[Any]] = {}
    for trace in found.facts:
        if trace.stream in found.streams and trace.type in CATALOGUE.words:
            events = told.setdefault((context_of(trace.type), trace.stream), [])
            events.append(decode(trace.type, _opened(trace, tenant, ring)))
    of: dict[str, list[Content]] = {}
    for (context, stream), events in told.items():
        of.setdefault(context, []).extend(personal()[context].contents(stream.partition(":")[2], events))
    return of


def reader(key: bytes, files: Mapping[str, Sequence[Content]], read: Callable[[str], File | None]) -> Reader:
    """Reads these files as they are given to whose key this is."""
    places = {one.kept: one.sealed_in for some in files.values() for one in some}

    def opened(name: str) -> bytes | None:
        kept, place = read(name), places.get(name)
        if kept is None or place is None:
            return None if kept is None else kept.content
        return unwrapped(key, kept.content, place)

    return opened


def streams_of(context: str, found: Gathered) -> frozenset[str]:
    """The streams of a context that are of somebody."""
    return frozenset(trace.stream for trace in found.facts if context_of(trace.type) == context)


def _opened(trace: Trace, tenant: TenantId, ring: Keyring) -> str | bytes:
    """Its data, opened as far as this key opens it. What is sealed under another's is left out afterwards."""
    try:
        data = unseal(trace.type, trace.data, Slot(tenant, trace.stream, trace.version), ring)
    except Unopenable:
        return trace.data
    return data if isinstance(data, str) else bytes(data)


def _by(by: str, person: str) -> str:
    if by == person:
        return YOU
    return by if by.startswith(MACHINES) else SOMEONE


# --- the archive ----------------------------------------------------------------------------------


def archive(
    person: str,
    at: datetime,
    facts: Iterable[Said],
    files: Mapping[str, Sequence[Content]],
    read: Reader,
) -> tuple[bytes, int]:
    """An archive of this, and how many facts are in it."""
    by_context: dict[str, list[Said]] = {}
    for fact in facts:
        by_context.setdefault(context_of(fact.fact), []).append(fact)
    out = io.BytesIO()
    inside: list[InArchive] = []
    left_out: list[LeftOut] = []
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:

        def put(path: str, content: bytes) -> None:
            packed.writestr(path, content)
            inside.append(InArchive(path, len(content), sha256(content).hexdigest()))

        for context in personal():
            told = by_context.get(context, [])
            put(f"{context}/facts.json", msgspec.json.format(msgspec.json.encode(told)))
            put(f"{context}/facts.csv", facts_csv(told))
        room = FILES_BYTES_MAX
        for context, some in files.items():
            for one in (one for one in some if one.given):
                content = read(one.kept) if one.bytes <= room else None
                length = one.bytes if content is None else len(content)
                if length > room:
                    left_out.append(LeftOut(one.name, length))
                if content is None or length > room:
                    continue
                room -= len(content)
                put(f"{context}/files/{_file_name(one.name)}", content)
        counts = {context: len(by_context.get(context, [])) for context in personal()}
        manifest = Manifest(person, at, counts, tuple(inside), tuple(left_out))
        packed.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
    return out.getvalue(), sum(counts.values())


def facts_csv(facts: Sequence[Said]) -> bytes:
    """Facts as a table: what each field is called, and a row a fact."""
    columns = list(dict.fromkeys(name for fact in facts for name in fact.data))
    return as_csv(
        ("at", "fact", "stream", "by", *columns),
        ((fact.at.isoformat(), fact.fact, fact.stream, fact.by, *map(fact.data.get, columns)) for fact in facts),
    )


def _file_name(name: str) -> str:
    """A name that leads nowhere but into its folder."""
    return "".join("_" if one in '/\\:*?"<>|' or not one.isprintable() else one for one in name).lstrip(".")[:180]
