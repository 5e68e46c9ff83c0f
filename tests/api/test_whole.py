"""Questions that are answered whole: the rows of all their pages, as lines of JSON and as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Generator
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import psycopg
import pytest

from api.http.whole import CSV, JSON, LINES, accepted
from application.tables import as_csv
from tests.api.people import Person, appoint, done
from tests.api.serving import Client, Served, serving
from tests.api.visiting import RATES, refused
from tests.followers.running import make_models
from tests.proves import proves
from tests.servers import Database, PostgresForTests

NASTY = '=HYPERLINK("https://evil.example"), "quoted"'
MANY = 1_000_000
GROWS_BYTES_MAX = 64 * 2**20
ROSTER = "/api/courses/art/roster"


def by_pages(client: httpx.Client, path: str, **asked: Any) -> list[dict[str, Any]]:
    """All rows, as a client finds them that follows the pages."""
    rows: list[dict[str, Any]] = []
    while True:
        page = client.get(path, params=asked)
        assert page.status_code == 200, page.text
        assert page.headers["vary"] == "Accept"
        rows += page.json()["rows"]
        if page.json().get("cursor") is None:
            return rows
        asked["cursor"] = page.json()["cursor"]


def whole(client: httpx.Client, path: str, form: str, **asked: Any) -> httpx.Response:
    answer = client.get(path, params=asked, headers={"Accept": form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == form
    return answer


def as_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
        case _:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def equal(client: httpx.Client, path: str, **asked: Any) -> list[dict[str, Any]]:
    """All rows, which are the same in each form."""
    paged = {"limit": 7} if "since" not in asked else {}
    rows = by_pages(client, path, **asked, **paged)
    assert [json.loads(line) for line in whole(client, path, LINES, **asked).text.splitlines()] == rows
    header, *cells = csv.reader(io.StringIO(whole(client, path, CSV, **asked).text, newline=""), strict=True)
    assert len(header) == len(set(header))
    assert all(row.keys() <= set(header) for row in rows)
    assert cells == [[as_cell(row.get(name)) for name in header] for row in rows]
    return rows


def execute(database: Database, statement: str, *values: Any) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


@proves("report.export")
def test_it_is_equal_to_the_question_whatever_the_question(api: Served, client: Client) -> None:
    for number in range(20):
        done(client.enroll(learner=f"learner-{number:02}"))
    position = done(client.command("/api/enrollments/art/learner-03/withdraw", {"reason": "no time"}))
    about = {"level": "introductory", "summary": "+1", "department": "Sky"}
    for number in range(9):
        position = done(client.command("/api/courses", {"course": f"c{number}", "title": f"{NASTY} {number}", **about}))
    assert all(row["title"].startswith(NASTY) for row in equal(client, "/api/courses", min_position=position))
    assert len(equal(client, ROSTER, min_position=position)) == 20
    assert [row["learner"] for row in equal(client, ROSTER, status="withdrew")] == ["learner-03"]
    assert equal(client, ROSTER, sort="-enrolled_at")[0]["learner"] == "learner-19"
    assert equal(client, "/api/courses/nothing/roster") == []
    for month in range(1, 13):
        execute(
            api.database,
            "insert into subscriptions_revenue.months (tenant, currency, month, gross, refunds, payers, recurring) "
            "values (%s, 'EUR', %s, 100, %s, 3, 1200)",
            client.tenant,
            f"2026-{month:02}-01",
            month * 20,
        )
    revenue = equal(client, "/api/revenue", since="2026-01-01", until="2026-12-31")
    assert [row["net"] for row in revenue] == [100 - month * 20 for month in range(1, 13)]


@proves("report.export")
def test_it_has_a_name_and_a_position_and_nothing_in_it_is_worked_out(client: Client) -> None:
    position = done(client.enroll())
    answer = whole(client, ROSTER, CSV, min_position=position)
    assert answer.headers["content-disposition"] == 'attachment; filename="roster.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["annals-position"]) >= position
    assert answer.content.startswith(
        b"learner,status,lessons,done,enrolled_at,until,ended_at,section\r\nada,learning,2,0,"
    )
    assert answer.content.endswith(b",,,\r\n")
    assert whole(client, ROSTER, LINES).headers["content-disposition"].endswith('"roster.ndjson"')


@proves("report.export")
def test_only_who_may_ask_is_answered_whole_and_only_of_their_own_school(api: Served, client: Client) -> None:
    done(client.enroll())
    with Client(api, uuid4()) as other, Client(api, client.tenant, "catalog.read") as blind:
        assert whole(other, ROSTER, LINES).content == b""
        refused(blind.get(ROSTER, headers={"Accept": CSV}), 403, "permission.missing")
    with Person(api, client.tenant) as teacher:
        appoint(api, teacher, "instructor", "course:art")
        assert len(whole(teacher, ROSTER, LINES).text.splitlines()) == 1
        refused(teacher.get("/api/courses/music/roster", headers={"Accept": LINES}), 403, "permission.missing")
    refused(httpx.get(f"{api.url}{ROSTER}", headers={"Accept": CSV}), 401, "token.missing")


@proves("report.export")
def test_a_table_is_read_as_it_was_written_and_works_nothing_out() -> None:
    written = as_csv(
        ("a", "b"), [(NASTY, -1), ('two\r\nlines, "quoted"', {"parts": [1, None]}), (None, True), ("@x", 1.5)]
    )
    assert list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True)) == [
        ["a", "b"],
        [f"'{NASTY}", "-1"],
        ['two\r\nlines, "quoted"', '{"parts":[1,null]}'],
        ["", "true"],
        ["'@x", "1.5"],
    ]


def test_what_it_cannot_be_answered_as_is_said(client: Client) -> None:
    refused(client.get(ROSTER, headers={"Accept": "application/pdf"}), 406, "answer.not_acceptable")
    refused(client.get("/api/features", headers={"Accept": CSV}), 406, "answer.not_acceptable")
    refused(client.get(ROSTER, headers={"Accept": CSV}, params={"cursor": "x"}), 400, "request.invalid")
    refused(client.get(ROSTER, headers={"Accept": CSV}, params={"min_position": 10**12}), 400, "position.unknown")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("text/csv, application/json", JSON),
        ("text/csv, application/json;q=0.9", CSV),
        ("Text/*", CSV),
        ("text/csv, */*", CSV),
        ("application/x-ndjson;q=0.2, */*;q=0.1", LINES),
        ("application/json;q=0, application/*", LINES),
        ("text/csv;q=0", None),
        ("text/csv;q=much", None),
        ("application/pdf", None),
    ],
)
def test_the_form_that_is_liked_best_is_given(accept: str | None, form: str | None) -> None:
    assert accepted(None if accept is None else accept.encode()) == form


@pytest.fixture(scope="module")
def crowd(postgres: PostgresForTests) -> Generator[tuple[Served, UUID]]:
    """A course that a million are on."""
    tenant = uuid4()
    with postgres.database() as database:
        asyncio.run(make_models(database))
        execute(
            database,
            "insert into enrollments_roster.roster "
            "(tenant, course, learner, track, status, lessons, done, enrolled_at) "
            "select %s, 'art', 'learner-' || lpad(n::text, 7, '0'), 'main', 'learning', 9, n %% 10, now() "
            "from generate_series(1, %s::int) n",
            tenant,
            MANY,
        )
        execute(database, "analyze enrollments_roster.roster")
        with serving(database, **RATES) as (served,):
            yield served, tenant


def resident_bytes(served: Served) -> int:
    """What the process that answers there holds."""
    port = served.url.rpartition(":")[2]
    mine = psutil.Process().children(recursive=True)
    return sum(one.memory_info().rss for one in mine if one.environ().get("ANNALS_PORT") == port)


@pytest.mark.long
@proves("report.export")
def test_a_million_rows_are_taken_away_in_bounded_memory(crowd: tuple[Served, UUID]) -> None:
    served, tenant = crowd
    with Client(served, tenant) as client:
        whole(client, ROSTER, CSV, status="withdrew")
        before = most = resident_bytes(served)
        began, count, last, left = time.monotonic(), -1, b"", b""
        with client.stream("GET", ROSTER, headers={"Accept": CSV}) as answer:
            for number, part in enumerate(answer.iter_bytes(2**20)):
                *lines, left = (left + part).split(b"\r\n")
                count, last = count + len(lines), lines[-1] if lines else last
                if number % 8 == 0:
                    most = max(most, resident_bytes(served))
        took = time.monotonic() - began
    print(f"{count} rows in {took:.1f} s, {(most - before) / 2**20:.0f} MB more")  # noqa: T201
    assert (count, left) == (MANY, b"")
    assert last.startswith(b"learner-1000000,learning,9,0,")
    assert most - before < GROWS_BYTES_MAX


@pytest.mark.long
@proves("report.export")
def test_what_breaks_off_is_seen_to_be_a_part(crowd: tuple[Served, UUID]) -> None:
    served, tenant = crowd
    read = bytearray()

    def take() -> None:
        with Client(served, tenant) as client, client.stream("GET", ROSTER, headers={"Accept": LINES}) as answer:
            for part in answer.iter_bytes():
                if not read:
                    execute(served.database, "alter table enrollments_roster.roster rename to gone")
                read.extend(part)

    with pytest.raises(httpx.RemoteProtocolError):
        take()
    execute(served.database, "alter table enrollments_roster.gone rename to roster")
    assert 0 < read.count(b"\n") < MANY
    with Client(served, tenant) as client:
        assert client.get(ROSTER).status_code == 200
