"""What there is to learn in one course: modules in order, and items in order within them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from msgspec.structs import replace

from domain.catalog.events import (
    AssessmentLinked,
    AssessmentUnlinked,
    ItemAdded,
    ItemFileLinked,
    ItemFileUnlinked,
    ItemKind,
    ItemMarkedOptional,
    ItemMarkedRequired,
    ItemPrerequisitesSet,
    ItemReleaseSet,
    ItemRemoved,
    ItemRevised,
    ItemsReordered,
    ModuleAdded,
    ModuleId,
    ModuleOrder,
    ModuleRemoved,
    ModuleRenamed,
)
from domain.catalog.events import OutlineEvent as Event
from domain.kernel import AssessmentId, Decider, FileId, ItemId, Moment, Rejected, Value


class AddModule(Value):
    module: ModuleId
    title: str


class RenameModule(Value):
    module: ModuleId
    title: str


class RemoveModule(Value):
    module: ModuleId


class Item(Value):
    """One thing to learn. `content` is the text itself, or where it is found."""

    kind: ItemKind
    title: str
    required: bool
    content: str = ""
    release: Moment | None = None
    prerequisites: tuple[ItemId, ...] = ()


class AddItem(Value):
    id: ItemId
    module: ModuleId
    item: Item


class ReviseItem(Value):
    item: ItemId
    title: str
    content: str


class MarkRequired(Value):
    item: ItemId


class MarkOptional(Value):
    item: ItemId


class SetRelease(Value):
    item: ItemId
    release: Moment | None


class SetPrerequisites(Value):
    item: ItemId
    prerequisites: tuple[ItemId, ...]


class LinkFile(Value):
    """Let what an item is be in a file."""

    item: ItemId
    file: FileId


class UnlinkFile(Value):
    """`file` where it is to be this one and no other."""

    item: ItemId
    file: FileId


class LinkAssessment(Value):
    """Let an item be done by who passes this."""

    item: ItemId
    assessment: AssessmentId


class UnlinkAssessment(Value):
    """`assessment` where it is to be this one and no other."""

    item: ItemId
    assessment: AssessmentId


class RemoveItem(Value):
    """`keep_one` where the course is published, and so may not be left empty."""

    item: ItemId
    keep_one: bool


class Reorder(Value):
    """All modules and all items, each once, as they are to be."""

    order: tuple[ModuleOrder, ...]


OfModule = AddModule | RenameModule | RemoveModule
OfItem = ReviseItem | MarkRequired | MarkOptional | SetRelease | SetPrerequisites | LinkFile | LinkAssessment
Command = (
    AddModule
    | RenameModule
    | RemoveModule
    | AddItem
    | ReviseItem
    | MarkRequired
    | MarkOptional
    | SetRelease
    | SetPrerequisites
    | LinkFile
    | UnlinkFile
    | LinkAssessment
    | UnlinkAssessment
    | RemoveItem
    | Reorder
)


HOLD_FILES = frozenset({"file", "video"})
"""The kinds of items that are in a file."""


class Outline(Value):
    """Its modules by their titles, its items, and the order of both."""

    titles: dict[ModuleId, str] = {}  # noqa: RUF012 — nobody writes into a state
    items: dict[ItemId, Item] = {}  # noqa: RUF012
    order: tuple[ModuleOrder, ...] = ()
    files: dict[ItemId, FileId] = {}  # noqa: RUF012
    assessments: dict[ItemId, AssessmentId] = {}  # noqa: RUF012

    def __hash__(self) -> int:
        return hash(self.order)  # What is equal has the same order.

    def within(self, module: ModuleId) -> tuple[ItemId, ...]:
        """The items of a module, in order."""
        return next((one.items for one in self.order if one.module == module), ())


State = Outline


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Outline(titles), AddModule(module, title) if module not in titles:
            yield ModuleAdded(module, title)
        case Outline(titles), AddModule(module, title) if titles[module] != title:
            raise Rejected("module.exists", "there is a module with this id, and it is called otherwise")
        case Outline(titles), RenameModule(module, title) if module in titles and titles[module] != title:
            yield ModuleRenamed(module, title)
        case Outline(titles), RemoveModule(module) if state.within(module):
            raise Rejected("module.not_empty", "take its items away first, or move them")
        case Outline(titles), RemoveModule(module) if module in titles:
            yield ModuleRemoved(module)
        case Outline(titles), (RenameModule(module) | AddItem(module=module)) if module not in titles:
            raise Rejected("module.not_found", "there is no such module")
        case Outline(items=items), AddItem(id, module, item) if id not in items:
            _check_prerequisites(items, id, item.prerequisites)
            yield _added(id, module, item)
        case Outline(items=items), AddItem(id, module, item) if items[id] != item or id not in state.within(module):
            raise Rejected("item.exists", "there is an item with this id, and it is another")
        case Outline(items=items), (
            ReviseItem(item)
            | MarkRequired(item)
            | MarkOptional(item)
            | SetRelease(item)
            | SetPrerequisites(item)
            | LinkFile(item)
            | LinkAssessment(item)
        ) if item not in items:
            raise Rejected("item.not_found", "there is no such item")
        case Outline(items=items), SetPrerequisites(item, prerequisites):
            _check_prerequisites(items, item, prerequisites)
            if prerequisites != items[item].prerequisites:
                yield ItemPrerequisitesSet(item, prerequisites)
        case Outline(items=items), RemoveItem(item, keep_one) if item in items:
            _check_removal(items, item, keep_one=keep_one)
            yield from _unlinked(state, item)
            yield ItemRemoved(item)
        case Outline(items=items, files=files), LinkFile(item, file) if files.get(item) != file:
            if items[item].kind not in HOLD_FILES:
                raise Rejected("item.holds_no_file", f"what a {items[item].kind} is, is in no file")
            if item in files:
                yield ItemFileUnlinked(item, files[item])
            yield ItemFileLinked(item, file)
        case Outline(files=files), UnlinkFile(item, file) if files.get(item) == file:
            yield ItemFileUnlinked(item, file)
        case Outline(items=items, assessments=linked), LinkAssessment(item, to) if linked.get(item) != to:
            if items[item].kind != "test":
                raise Rejected("item.is_no_test", f"a {items[item].kind} is not passed")
            if item in linked:
                yield AssessmentUnlinked(item, linked[item])
            yield AssessmentLinked(item, to)
        case Outline(assessments=linked), UnlinkAssessment(item, to) if linked.get(item) == to:
            yield AssessmentUnlinked(item, to)
        case Outline(order=order), Reorder(new) if new != order:
            _check_order(state, new)
            yield ItemsReordered(new)
        case Outline(items=items), _:
            yield from _of_item(items, command)


def _of_item(items: Mapping[ItemId, Item], command: Command) -> Iterator[Event]:
    """What follows of an item that is there; nothing, if it is so already."""
    match command:
        case ReviseItem(item, title, content) if (items[item].title, items[item].content) != (title, content):
            yield ItemRevised(item, title, content)
        case MarkRequired(item) if not items[item].required:
            yield ItemMarkedRequired(item)
        case MarkOptional(item) if items[item].required:
            yield ItemMarkedOptional(item)
        case SetRelease(item, release) if items[item].release != release:
            yield ItemReleaseSet(item, release)
        case _:
            return  # Already so. Saying it twice changes nothing.


def _unlinked(state: Outline, item: ItemId) -> Iterator[Event]:
    """What an item is linked to no longer, when it goes."""
    if item in state.files:
        yield ItemFileUnlinked(item, state.files[item])
    if item in state.assessments:
        yield AssessmentUnlinked(item, state.assessments[item])


def _added(id_: ItemId, module: ModuleId, item: Item) -> ItemAdded:
    return ItemAdded(id_, module, item.kind, item.title, item.required, item.content, item.release, item.prerequisites)


def _check_prerequisites(items: Mapping[ItemId, Item], item: ItemId, prerequisites: Iterable[ItemId]) -> None:
    """All of them are there, and none comes round to the item itself."""
    ahead = list(prerequisites)
    unknown = sorted({one for one in ahead if one not in items and one != item})
    if unknown:
        raise Rejected("item.unknown_prerequisite", f"there is no item {', '.join(unknown)}")
    seen: set[ItemId] = set()
    while ahead:
        one = ahead.pop()
        if one == item:
            raise Rejected("item.prerequisite_of_itself", "it would come before itself, and never be seen")
        if one not in seen and one in items:
            seen.add(one)
            ahead += items[one].prerequisites


def _check_removal(items: Mapping[ItemId, Item], item: ItemId, *, keep_one: bool) -> None:
    needing = sorted(id_ for id_, one in items.items() if item in one.prerequisites and id_ != item)
    if needing:
        raise Rejected("item.needed", f"it is a prerequisite of {', '.join(needing)}")
    if keep_one and len(items) == 1:
        raise Rejected("course.empty", "a published course keeps something in it")


def _check_order(state: Outline, order: tuple[ModuleOrder, ...]) -> None:
    modules = sorted(one.module for one in order)
    items = sorted(item for one in order for item in one.items)
    if modules != sorted(state.titles) or items != sorted(state.items):
        raise Rejected("outline.incomplete", "an order names every module and every item of the course once")


def evolve(state: State, event: Event) -> State:
    match event:
        case ModuleAdded(module, title):
            rest = tuple(one for one in state.order if one.module != module)
            return replace(state, titles={**state.titles, module: title}, order=(*rest, ModuleOrder(module, ())))
        case ModuleRenamed(module, title):
            return replace(state, titles={**state.titles, module: title}) if module in state.titles else state
        case ModuleRemoved(module):
            titles = {one: title for one, title in state.titles.items() if one != module}
            return replace(state, titles=titles, order=tuple(one for one in state.order if one.module != module))
        case ItemAdded(item, module, kind, title, required, content, release, prerequisites):
            added = Item(kind, title, required, content, release, prerequisites)
            return replace(state, items={**state.items, item: added}, order=_placed(state.order, item, module))
        case ItemRevised(item, title, content):
            return _with(state, item, title=title, content=content)
        case ItemMarkedRequired(item):
            return _with(state, item, required=True)
        case ItemMarkedOptional(item):
            return _with(state, item, required=False)
        case ItemReleaseSet(item, release):
            return _with(state, item, release=release)
        case ItemPrerequisitesSet(item, prerequisites):
            return _with(state, item, prerequisites=prerequisites)
        case ItemFileLinked(item, file):
            return replace(state, files={**state.files, item: file})
        case ItemFileUnlinked(item):
            return replace(state, files={one: that for one, that in state.files.items() if one != item})
        case AssessmentLinked(item, assessment):
            return replace(state, assessments={**state.assessments, item: assessment})
        case AssessmentUnlinked(item):
            left = {one: that for one, that in state.assessments.items() if one != item}
            return replace(state, assessments=left)
        case ItemRemoved(item):
            items = {one: that for one, that in state.items.items() if one != item}
            return replace(state, items=items, order=_placed(state.order, item, None))
        case ItemsReordered(order):
            return replace(state, order=order)
        case _:
            assert_never(event)


def _placed(order: tuple[ModuleOrder, ...], item: ItemId, module: ModuleId | None) -> tuple[ModuleOrder, ...]:
    """An item at the end of a module, and nowhere else."""
    return tuple(
        ModuleOrder(
            one.module, (*(other for other in one.items if other != item), *((item,) if one.module == module else ()))
        )
        for one in order
    )


def _with(state: Outline, item: ItemId, **new: object) -> Outline:
    if item not in state.items:
        return state
    return replace(state, items={**state.items, item: replace(state.items[item], **new)})


OUTLINE = Decider[State, Command, Event]("outline", Outline(), decide, evolve)
