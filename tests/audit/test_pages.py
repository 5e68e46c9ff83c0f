"""How pages are written: text stays text, graphs are placed, states are compared."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from adapters.postgres.causes import CausedCommand, CausingFact, Chain
from api.pages.comparing import Difference, differences
from api.pages.graph import DRAWN_MAX, drawn
from api.pages.html import link, table, text, url

AT = datetime(2027, 6, 1, tzinfo=UTC)


def fact(number: int, command: int, name: str = "a.B") -> CausingFact:
    return CausingFact(number, UUID(int=number), name, "s:1", 1, AT, "ada", UUID(int=command))


def command(number: int, causation: int | None = None) -> CausedCommand:
    cause = None if causation is None else UUID(int=causation)
    return CausedCommand(UUID(int=number), "a.Do", "ada", "POST /", "accepted", AT, number, cause)


def test_what_comes_from_outside_is_text() -> None:
    assert text('<b a="1">') == "&lt;b a=&quot;1&quot;&gt;"
    assert link('/x"><script>', "<i>") == '<a href="/x&quot;&gt;&lt;script&gt;">&lt;i&gt;</a>'
    assert "<script>" not in table("<script>", ["<script>"], [["<script>"]])
    assert url("streams", "a/b?c", after="<") == "/console/streams/a%2Fb%3Fc?after=%3C"
    assert url("trail", by=None) == "/console/trail"
    assert text(None) != ""
    assert text(AT) == '<time datetime="2027-06-01T00:00:00+00:00">2027-06-01 00:00:00</time>'


def test_each_stands_to_the_right_of_what_it_came_of() -> None:
    chain = Chain((fact(1, 10), fact(2, 11, "<script>")), (command(10), command(11, 1)), whole=True)
    svg = drawn(chain, 2)
    assert svg.count("<rect") == 4
    assert svg.count('class="line"') == 3
    assert "<script>" not in svg
    assert [svg.index(f'<rect x="{12 + 300 * column}"') for column in range(4)] == sorted(
        svg.index(f'<rect x="{12 + 300 * column}"') for column in range(4)
    )
    assert svg.count("fact chosen") == 1
    assert 'href="/console/facts/2"' in svg
    many = Chain(tuple(fact(number, 1000) for number in range(1, 200)), (command(1000),), whole=False)
    assert drawn(many, 1).count("<rect") == DRAWN_MAX
    assert "80 more are not drawn." in drawn(many, 1)


def test_states_are_compared_field_by_field() -> None:
    before = {"name": "Art", "left": ["one", "two"], "gone": 1, "same": {"a": [1]}}
    after = {"name": "Arts", "left": ["two"], "new": None, "same": {"a": [1]}}
    assert sorted(differences(before, after)) == [
        Difference("gone", "1", None),
        Difference("left[0]", '"one"', '"two"'),
        Difference("left[1]", '"two"', None),
        Difference("name", '"Art"', '"Arts"'),
        Difference("new", None, "null"),
    ]
    assert list(differences(before, before)) == []
