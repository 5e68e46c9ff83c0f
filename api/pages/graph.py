"""The chain of causes as a drawing: commands and facts in columns, each to the right of what it came of."""

from __future__ import annotations

from html import escape
from typing import NamedTuple
from uuid import UUID

from adapters.postgres.causes import Chain
from api.pages.html import Markup, url

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 230, 52, 70, 18, 12
DRAWN_MAX = 120


class _Box(NamedTuple):
    """A command or a fact, and where it is drawn."""

    kind: str
    title: str
    below: str
    path: str
    column: int
    row: int
    chosen: bool

    @property
    def x(self) -> int:
        return MARGIN + self.column * (WIDTH + GAP_X)

    @property
    def y(self) -> int:
        return MARGIN + self.row * (HEIGHT + GAP_Y)


def drawn(chain: Chain, position: int) -> Markup:
    """The graph, with the fact at a position marked. What is drawn can be followed by keyboard."""
    boxes, lines = _placed(chain, position)
    width = max((box.x for box in boxes.values()), default=0) + WIDTH + MARGIN
    height = max((box.y for box in boxes.values()), default=0) + HEIGHT + MARGIN
    arrows = "".join(_arrow(boxes[a], boxes[b]) for a, b in lines)
    nodes = "".join(map(_node, boxes.values()))
    left_out = len(chain.facts) + len(chain.commands) - len(boxes)
    more = f'<p class="none">{left_out} more are not drawn.</p>' if left_out or not chain.whole else ""
    return Markup(
        f'<div class="wide graph" tabindex="0" role="region" aria-label="What led to this and what followed">'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title>What led to this and what followed</title><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" '
        f'markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" class="tip"/></marker></defs>'
        f"{arrows}{nodes}</svg></div>{more}"
    )


def _placed(chain: Chain, position: int) -> tuple[dict[UUID, _Box], list[tuple[UUID, UUID]]]:
    facts = {fact.id: fact for fact in chain.facts}
    commands = {command.id: command for command in chain.commands}
    columns: dict[UUID, int] = {}

    def column(id_: UUID) -> int:
        """How far it is from where it began; walked step by step, for chains may be long."""
        steps: list[UUID] = []
        at: UUID | None = id_
        while at is not None and at not in columns:
            steps.append(at)
            came_of = facts[at].command if at in facts else commands[at].causation
            at = came_of if came_of in facts or came_of in commands else None
        found = -1 if at is None else columns[at]
        for one in reversed(steps):
            found = columns[one] = found + 1
        return columns[id_]

    boxes: dict[UUID, _Box] = {}
    rows: dict[int, int] = {}
    positions = {**{one.id: one.position for one in chain.commands}, **{one.id: one.position for one in chain.facts}}
    ids = sorted((*commands, *facts), key=lambda id_: (column(id_), positions[id_]))
    for id_ in ids[:DRAWN_MAX]:
        at = columns[id_]
        row = rows[at] = rows.get(at, -1) + 1
        if id_ in facts:
            fact = facts[id_]
            path = url("facts", fact.position)
            below = f"{fact.position} · {fact.stream}"
            boxes[id_] = _Box("fact", fact.type, below, path, at, row, fact.position == position)
        else:
            one = commands[id_]
            path, below = url("trail", action=one.name, by=one.by), f"{one.outcome} · {one.by}"
            boxes[id_] = _Box("command", one.name, below, path, at, row, chosen=False)
    lines = [(fact.command, fact.id) for fact in chain.facts]
    lines += [(one.causation, one.id) for one in chain.commands if one.causation is not None]
    return boxes, [(a, b) for a, b in lines if a in boxes and b in boxes]


def _arrow(a: _Box, b: _Box) -> str:
    x1, y1, x2, y2 = a.x + WIDTH, a.y + HEIGHT // 2, b.x, b.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f'<path class="line" marker-end="url(#tip)" d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _node(box: _Box) -> str:
    chosen = " chosen" if box.chosen else ""
    return (
        f'<a href="{escape(box.path)}"><g class="{box.kind}{chosen}">'
        f"<title>{escape(box.title)}: {escape(box.below)}</title>"
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text x="{box.x + 10}" y="{box.y + 21}">{escape(_short(box.title, 31))}</text>'
        f'<text class="below" x="{box.x + 10}" y="{box.y + 40}">{escape(_short(box.below, 36))}</text></g></a>'
    )


def _short(words: str, length: int) -> str:
    return words if len(words) <= length else f"{words[: length - 1]}…"
