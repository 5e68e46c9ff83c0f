"""What we do about privacy: who asks for what is kept of them is given it, and who asks to be forgotten is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid5

from msgspec import convert
from msgspec.structs import replace

from application.belonging import Content, OfPeople
from application.bulk import Desk
from application.erasing import PAGES, key_of, looked_at
from application.exporting import archive, archive_name, archive_place, contents, gathered, reader, said, streams_of
from application.jobs import Doer, Errand, job
from application.ledger import Recorded
from application.mail import RETRIES
from application.outlines import Decision
from application.permissions import AUDITOR, EVERYONE, GUARDIAN, Permission
from application.policies import Bound
from application.ports import Eraser, Files, Retained, Shredder, Traces
from application.retaining import AT_ONCE, KINDS, checksum, file_name, packed, unpacked
from application.sealing import wrapped
from domain.kernel import Moment, PersonId, Value
from domain.privacy.archive import ARCHIVE, Restoring, TellArchived, TellFailed, TellRestored
from domain.privacy.events import (
    ArchivingHeldBack,
    DataClass,
    ErasureAsked,
    ErasureSettled,
    ExportAsked,
    ExportDiscarded,
    ExportMade,
    KeyDestroyed,
    PartErased,
    RestoreAsked,
    RetentionFellDue,
    RetentionSet,
)
from domain.privacy.export import EXPORT, Ask, Forget, TellMade
from domain.privacy.export import State as Export
from domain.privacy.retention import RETENTION, FallDue
from domain.privacy.subject import SUBJECT, Erasing, Settle, TellErased, TellKeyDestroyed, refuse_erased
from domain.privacy.subject import State as Subject

PERMISSIONS = (
    Permission("privacy.export", "Have all that is kept of oneself, in one archive.", own=(EVERYONE,)),
    Permission(
        "privacy.consent",
        "Agree to what is done only with who agrees, take it back, and see it.",
        (GUARDIAN,),
        (EVERYONE,),
    ),
    Permission("privacy.erase", "Have oneself forgotten.", (EVERYONE,)),
    Permission("privacy.retain", "Say how long data is kept at hand, hold it there, and restore what was put away."),
    Permission("privacy.archives", "See how long data is kept, and what was put away.", (AUDITOR,)),
    Permission("privacy.hold", "Say whose data the law wants, so that it is not erased, and until when."),
    Permission(
        "privacy.requests",
        "See who asked for their data or their erasure, and what came of it.",
        (AUDITOR,),
        own=(EVERYONE,),
    ),
)

EXPORT_LASTS = timedelta(days=7)


def _contents(key: str, events: Sequence[object]) -> tuple[Content, ...]:
    # An archive is not in the archive after it, but it is thrown away with the rest.
    return (Content(f"{key}.zip", archive_name(key), given=False),) if isinstance(events[0], ExportAsked) else ()


PERSONAL = OfPeople(
    keyed={"consent": 0, "subject": 0}, owned={"export": "person"}, apart=("archive", "retention"), contents=_contents
)


async def when_erasure_was_asked_destroy_the_key(asked: Recorded[ErasureAsked], do: Bound) -> None:
    do.later(destroy_key, ToForget(asked.event.person))


async def when_key_was_destroyed_wait_until_nobody_remembers_it(destroyed: Recorded[KeyDestroyed], do: Bound) -> None:
    fact = destroyed.event
    do.at(fact.settled_at, SUBJECT.at(fact.person), Settle())


async def when_erasure_settled_erase_every_part(settled: Recorded[ErasureSettled], do: Bound) -> None:
    fact = settled.event
    do.later(erase_parts, ToErase(fact.person, fact.parts, settled.position))


async def when_part_was_erased_see_to_the_pages_last(erased: Recorded[PartErased], do: Bound) -> None:
    person = erased.event.person
    state = await do.look(SUBJECT.at(person))
    if isinstance(state, Erasing) and state.parts == (PAGES,):
        do.later(clean_pages, ToForget(person))


async def when_export_was_asked_make_it(asked: Recorded[ExportAsked], do: Bound) -> None:
    do.later(make_export, ToExport(asked.stream.partition(":")[2], asked.event.person))


async def when_export_was_made_forget_it_in_time(made: Recorded[ExportMade], do: Bound) -> None:
    do.at(made.event.until, EXPORT.at(made.stream.partition(":")[2]), Forget("expired"))


async def when_export_was_forgotten_throw_it_away(forgotten: Recorded[ExportDiscarded], do: Bound) -> None:
    if forgotten.event.kept is not None:
        do.later(throw_away, ToThrowAway(forgotten.event.kept))


def asking_for_export(export: str, person: PersonId) -> Decision:
    """To ask for an export, unless whoever asks is being erased."""
    ask = Ask(person)

    def decide(state: Export, subject: Subject) -> Iterator[tuple[int, Any]]:
        refuse_erased(subject)
        yield from ((0, event) for event in EXPORT.decide(state, ask))

    return Decision((EXPORT.at(export), SUBJECT.at(person)), decide, ask)


class ToExport(Value):
    export: str
    person: PersonId


class ToForget(Value):
    person: PersonId


class ToErase(Value):
    """Who is to be taken out of which parts, once those show what was so at a position."""

    person: PersonId
    parts: tuple[str, ...]
    position: int


class ToThrowAway(Value):
    kept: str


@job(retries=RETRIES)
def make_export(errand: Errand[ToExport], traces: Traces, desk: Desk, files: Files, doer: Doer) -> None:
    order, tenant = errand.order, errand.tenant
    key = key_of(desk, tenant, order.person)
    if key is None:
        doer.do(errand, EXPORT.at(order.export), Forget("erased"))
        return
    found = gathered(traces, tenant, order.person)
    theirs = contents(tenant, found, order.person, key)
    packed, facts = archive(
        order.person,
        errand.at,
        said(tenant, found, order.person, key),
        theirs,
        reader(key, theirs, partial(files.read, tenant)),
    )
    name = archive_name(order.export)
    files.forget(tenant, name)  # One that was begun before may have seen less.
    kept = files.keep(tenant, name, wrapped(key, packed, archive_place(tenant, order.export)))
    until = errand.at + EXPORT_LASTS
    doer.do(errand, EXPORT.at(order.export), TellMade(name, len(packed), kept.sha256, facts, until))


@job(retries=RETRIES)
def throw_away(errand: Errand[ToThrowAway], files: Files) -> None:
    files.forget(errand.tenant, errand.order.kept)


@job(retries=RETRIES)
def destroy_key(errand: Errand[ToForget], shredder: Shredder, doer: Doer) -> None:
    person = errand.order.person
    doer.do(errand, SUBJECT.at(person), TellKeyDestroyed(shredder.destroy(errand.tenant, person)))


@job(retries=RETRIES)
def erase_parts(errand: Errand[ToErase], traces: Traces, files: Files, eraser: Eraser, doer: Doer) -> None:
    order, tenant = errand.order, errand.tenant
    eraser.shown(tenant, order.position)
    found = gathered(traces, tenant, order.person)
    kept = contents(tenant, found, order.person, None)
    eraser.forget_origins(tenant, order.person, found.streams)
    for stream in sorted(found.streams):
        kind, _, export = stream.partition(":")
        if kind == EXPORT.name:
            doer.do(errand, EXPORT.at(export), Forget("erased"))
    for part in order.parts:
        if part != PAGES:
            for content in kept.get(part, ()):
                files.forget(tenant, content.kept)
            forgotten = eraser.forget(tenant, streams_of(part, found))
            told = TellErased(part, len(kept.get(part, ())) + forgotten)
            doer.do(replace(errand, id=uuid5(errand.id, part)), SUBJECT.at(order.person), told)


@job(retries=RETRIES)
def clean_pages(errand: Errand[ToForget], eraser: Eraser, doer: Doer) -> None:
    doer.do(errand, SUBJECT.at(errand.order.person), TellErased(PAGES, eraser.rewrite(errand.tenant)))


# --- retention ------------------------------------------------------------------------------------


async def when_retention_was_set_look_whether_anything_is_due(chosen: Recorded[RetentionSet], do: Bound) -> None:
    _look_at(do, chosen.stream, chosen.event.due)


async def when_archiving_was_held_back_look_again(held: Recorded[ArchivingHeldBack], do: Bound) -> None:
    _look_at(do, held.stream, held.event.next)


async def when_retention_fell_due_put_away_what_is_older(fell: Recorded[RetentionFellDue], do: Bound) -> None:
    _look_at(do, fell.stream, fell.event.next)
    do.later(put_away, ToPutAway(_class_of(fell.stream), fell.event.before))


async def when_restore_was_asked_bring_it_back(asked: Recorded[RestoreAsked], do: Bound) -> None:
    do.later(restore, ToRestore(asked.stream.partition(":")[2]))


def _look_at(do: Bound, stream: str, due: Moment) -> None:
    do.at(due, RETENTION.at(_class_of(stream)), FallDue(due))


def _class_of(stream: str) -> DataClass:
    found: DataClass = convert(stream.partition(":")[2], DataClass)
    return found


class ToPutAway(Value):
    data_class: DataClass
    before: Moment


class ToRestore(Value):
    archive: str


@job(retries=RETRIES)
def put_away(errand: Errand[ToPutAway], retained: Retained, files: Files, doer: Doer) -> None:
    order, tenant = errand.order, errand.tenant
    for number in count():
        archive = str(uuid5(errand.id, str(number)))
        name = file_name(order.data_class, archive)
        if files.read(tenant, name) is None:
            older = retained.older(tenant, KINDS[order.data_class], order.before, AT_ONCE)
            if not older:
                return
            files.keep(tenant, name, packed(older))
        # What is dropped is what is in the file as it is read again, whoever wrote it, and when.
        kept = files.read(tenant, name)
        if kept is None:
            raise FileNotFoundError(name)
        items = unpacked(kept.content)
        ids = tuple(item.id for item in items)
        times = (items[0].made_at, items[-1].made_at)
        told = TellArchived(order.data_class, name, checksum(kept.content), len(kept.content), ids, *times)
        doer.do(errand, ARCHIVE.at(archive), told)
        retained.drop(tenant, ids)


@job(retries=RETRIES)
def restore(errand: Errand[ToRestore], retained: Retained, desk: Desk, files: Files, doer: Doer) -> None:
    stream, tenant = ARCHIVE.at(errand.order.archive), errand.tenant
    state = looked_at(desk, tenant, stream)
    if not isinstance(state, Restoring):
        return
    kept = files.read(tenant, state.kept)
    if kept is None or checksum(kept.content) != state.sha256:
        doer.do(errand, stream, TellFailed("it is gone" if kept is None else "it is not what was put away"))
        return
    items = unpacked(kept.content)
    retained.put_back(tenant, items)
    doer.do(errand, stream, TellRestored(len(items)))
