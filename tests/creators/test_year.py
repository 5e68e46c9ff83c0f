"""Two years of a creator, reckoned by hand: what they earn by each source, what they are paid, what the tax is told."""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.gateways.sandbox_things import BANK_REFUSES
from adapters.postgres.followers.rebuild import rebuild
from application.creators import tell_of_payout
from domain.creators.advertising import ADVERTISING, Post
from domain.creators.creator import CREATOR, Choose, Lift, Suspend, TurnOff
from domain.creators.events import Advertised
from domain.creators.schedule import Monthly, Threshold, Weekly
from domain.creators.share import WHOLE
from domain.kernel import CourseId, LearnerId, PersonId
from domain.money import Money
from domain.payments.events import ForCourse, ForPlan
from projections.creators import earnings
from tests.api.people import MANY
from tests.api.serving import Client, serving
from tests.certificates.reading import text_of
from tests.creators.living import MARIA, House, everything_once_more
from tests.followers.running import TENANT, caller
from tests.proves import proves
from tests.servers import Database

ALWAYS = {"weight": WHOLE, "since": None, "until": None}
NEW_YORK = "America/New_York"
STARS = ForCourse(CourseId("stars"), LearnerId("ben"))
GOLD = ForPlan("gold", "subscription")
NOVA, OTTO = PersonId("nova"), PersonId("otto")

# Of all that is paid the school has 10 %. Maria is in New York, where a year begins at 05:00 of UTC.
#
#                                 gross   fee   hers
# 2025-12-31 23:59:59  course     50.00  5.00  45.00   2025 here and there
# 2026-01-01 00:00:00  plan       20.00  2.00  18.00   2026 here, 2025 in New York
# 2026-01-01 05:00:00  donation   10.01  1.00   9.01   2026
# 2026-06-01           ads         3.33  0.33   3.00   2026
# 2026-06-01           donation    7.00  0.70   6.30   2026, in euros
# 2026-07-01           refund    -20.00 -2.00 -18.00   of the course
# 2026-08-01           lost      -10.01 -1.00  -9.01   the donation: 48.00 and 6.30 are left
# 2026-09-01 10:00     payout                          all of it, at six in the morning
# 2027-01-01 04:59:59  donation    5.00  0.50   4.50   2027 here, 2026 in New York
EARNED = {
    ("2025-01-01", "course", "USD"): (1, 5000, 500, 0, 0, 4500),
    ("2026-01-01", "advertising", "USD"): (1, 333, 33, 0, 0, 300),
    ("2026-01-01", "course", "USD"): (0, 0, 0, 2000, 200, -1800),
    ("2026-01-01", "donation", "EUR"): (1, 700, 70, 0, 0, 630),
    ("2026-01-01", "donation", "USD"): (1, 1001, 100, 1001, 100, 0),
    ("2026-01-01", "plan", "USD"): (1, 2000, 200, 0, 0, 1800),
    ("2027-01-01", "donation", "USD"): (1, 500, 50, 0, 0, 450),
}
# payments, gross, fees, given back, net, paid out
HERE = {
    (2025, "USD"): ("1", "50.00", "5.00", "0.00", "45.00", "0.00"),
    (2026, "EUR"): ("1", "7.00", "0.70", "0.00", "6.30", "6.30"),
    (2026, "USD"): ("3", "33.34", "0.33", "30.01", "3.00", "48.00"),
    (2027, "USD"): ("1", "5.00", "0.50", "0.00", "4.50", "0.00"),
}
IN_NEW_YORK = {
    (2025, "USD"): ("2", "70.00", "7.00", "0.00", "63.00", "0.00"),
    (2026, "EUR"): ("1", "7.00", "0.70", "0.00", "6.30", "6.30"),
    (2026, "USD"): ("3", "18.34", "-1.17", "30.01", "-10.50", "48.00"),
}


@asynccontextmanager
async def house_at(database: Database, folder: Path, *when: int) -> AsyncGenerator[House]:
    house = House(database, folder / "sandbox.db", datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]
    async with house.open():
        yield house


async def live(house: House) -> None:
    """What is written above."""
    await house.creator(MARIA, NEW_YORK)
    await house.made(MARIA, "course", "stars")
    await house.made(MARIA, "plan", "gold")
    await house.move(2025, 12, 31, 23, 59, 59)
    await house.pay("course", STARS, 5000)
    await house.move(2026, 1, 1)
    await house.pay("plan", GOLD, 2000)
    await house.move(2026, 1, 1, 5)
    await house.give("gift", MARIA, 1001)
    await house.move(2026, 6, 1)
    ads = Post("video", "2026-05-01", "2026-05-31", (Advertised(MARIA, Money(333, "USD")),))
    await house.do(ADVERTISING.at("ads"), ads, caller())
    await house.settled()
    await house.give("euros", MARIA, 700, "EUR")
    await house.move(2026, 7, 1)
    await house.refund("course", 2000)
    await house.move(2026, 8, 1)
    await house.lose("gift", 1001)
    monthly = Monthly(1, NEW_YORK)
    await house.do(CREATOR.at(MARIA), Choose(monthly, datetime(2026, 9, 1, 10, tzinfo=UTC)), caller())
    await house.move(2027, 1, 1, 4, 59, 59)
    await house.give("late", MARIA, 500)


def told(client: Client, path: str) -> tuple[str, list[Mapping[str, str]]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text, list(csv.DictReader(answer.text.splitlines()))


def amounts(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("payments", "gross", "fees", "given_back", "net", "paid_out"))


def earned(client: Client, **asked: str) -> dict[tuple[str, str, str], tuple[int, ...]]:
    rows = client.get(f"/api/creators/{MARIA}/earnings", params={"period": "year", **asked}).json()["rows"]
    names = ("payments", "gross", "fees", "refunds", "fees_back", "net")
    return {(row["begins"], row["source"], row["currency"]): tuple(row[name] for name in names) for row in rows}


def check_tax(client: Client) -> dict[str, bytes]:
    """What the tax is told; all of it, to be told again."""
    papers: dict[str, bytes] = {}
    for zone, path, expected in (
        ("UTC", "/api/tax-reports", HERE),
        (NEW_YORK, f"/api/creators/{MARIA}/tax-reports", IN_NEW_YORK),
    ):
        found: dict[tuple[int, str], tuple[str, ...]] = {}
        for year in (2025, 2026, 2027):
            text, rows = told(client, f"{path}/{year}")
            papers[f"{path}/{year}"] = text.encode()
            paper = client.get(f"{path}/{year}/paper").content
            papers[f"{path}/{year}/pdf"] = paper
            for row in rows:
                said = (f"{row[name]} {row['currency']}" for name in ("gross", "fees", "given_back", "net", "paid_out"))
                assert " ".join((row["payee"], *said, row["payments"])) in text_of(paper)
            assert {(row["payee"], row["time_zone"]) for row in rows} <= {(MARIA, zone)}
            found |= {(year, row["currency"]): amounts(row) for row in rows}
        assert found == expected
    return papers


@proves("pay.earnings", "pay.tax_report")
async def test_what_is_earned_and_told_to_the_tax_is_as_it_was_reckoned(database: Database, tmp_path: Path) -> None:
    async def connect() -> Any:
        return await database.connect("projector")

    with serving(database, RATE_LIMIT_GENERATION=MANY) as (api,), Client(api, TENANT, subject="operator") as client:
        async with house_at(database, tmp_path, 2025, 12, 1) as house:
            await live(house)
            assert await house.sent() == [("2026-09-01 10:00", "630 EUR"), ("2026-09-01 10:00", "4800 USD")]
            assert sum(row[-1] for key, row in EARNED.items() if key[2] == "USD") - 4800 == await house.owed() == 450
            assert sum(row[-1] for key, row in EARNED.items() if key[2] == "EUR") - 630 == await house.owed("EUR") == 0
        assert earned(client) == EARNED
        _check_parts(client)
        papers = check_tax(client)
        assert client.get(f"/api/creators/{MARIA}").json()["works"] == [
            {"kind": "course", "work": "stars", **ALWAYS},
            {"kind": "plan", "work": "gold", **ALWAYS},
        ]
        await rebuild(connect, earnings.MODEL)
        assert earned(client) == EARNED
        assert check_tax(client) == papers
    await everything_once_more(house)


def _check_parts(client: Client) -> None:
    """By source, by time, by smaller periods, and a page at a time."""
    assert earned(client, source="plan") == {key: row for key, row in EARNED.items() if key[1] == "plan"}
    only = earned(client, since="2026-01-01T00:00:00Z", until="2027-01-01T00:00:00Z")
    assert only == {key: row for key, row in EARNED.items() if key[0] == "2026-01-01"}
    there = earned(client, time_zone=NEW_YORK)
    assert there["2025-01-01", "plan", "USD"] == EARNED["2026-01-01", "plan", "USD"]
    assert there["2026-01-01", "donation", "USD"] == (2, 1501, 150, 1001, 100, 450)
    months = client.get(f"/api/creators/{MARIA}/earnings", params={"source": "course"}).json()["rows"]
    assert [(row["begins"], row["net"]) for row in months] == [("2025-12-01", 4500), ("2026-07-01", -1800)]
    path, rows = f"/api/creators/{MARIA}/earnings", list[Any]()
    asked: dict[str, str] = {"period": "year", "limit": "2"}
    while True:
        page = client.get(path, params=asked).json()
        rows += page["rows"]
        if page["cursor"] is None:
            break
        asked["cursor"] = page["cursor"]
    assert [(row["begins"], row["source"], row["currency"]) for row in rows] == list(EARNED)


@proves("pay.payouts", "pay.monetization")
async def test_it_is_paid_out_when_it_is_time_and_not_while_it_rests(database: Database, tmp_path: Path) -> None:
    async with house_at(database, tmp_path, 2026, 11, 20) as house:  # A Friday.
        await house.creator(MARIA, None)
        await house.creator(NOVA, None)
        weekly = Weekly(1, "Europe/Berlin")
        await house.do(CREATOR.at(MARIA), Choose(weekly, datetime(2026, 11, 23, 5, tzinfo=UTC)), caller())
        enough = Threshold(Money(1500, "USD"))
        await house.do(CREATOR.at(NOVA), Choose(enough, None), caller())
        await house.give("one", MARIA, 1000)
        await house.give("two", NOVA, 1000)
        await house.move(2026, 11, 23, 4, 59, 59)
        assert await house.sent() == []
        await house.move(2026, 11, 23, 5)
        assert await house.sent() == [("2026-11-23 05:00", "900 USD")]
        # Nothing was earned that week. Then it rests, and what falls due is not paid; after that it is.
        await house.give("three", NOVA, 700)
        assert (await house.sent())[1:] == [("2026-11-23 05:00", "1530 USD")]
        await house.move(2026, 12, 1)
        await house.give("four", MARIA, 1000)
        await house.do(CREATOR.at(MARIA), Suspend("a complaint"), caller())
        await house.move(2026, 12, 8)
        assert len(await house.sent()) == 2
        await house.do(CREATOR.at(MARIA), Lift("it was nothing"), caller())
        await house.move(2026, 12, 15)
        assert (await house.sent())[2:] == [("2026-12-14 05:00", "900 USD")]
        assert await house.owed() == 0
        assert (await house.told())["creators.PayoutSettled"] == 3
        await house.creator(OTTO, None, BANK_REFUSES)
        await house.do(CREATOR.at(OTTO), Choose(enough, None), caller())
        await house.give("five", OTTO, 2000)
        assert (await house.told())["creators.PayoutFailed"] == 1
        assert await house.owed() == 1800
    await everything_once_more(house)
    assert await house.letters(tell_of_payout, "money") == ["15.30 USD", "18.00 USD", "9.00 USD", "9.00 USD"]
    assert await house.letters(tell_of_payout, "reason") == ["bank_refuses", None, None, None]


@proves("pay.earnings", "pay.monetization")
async def test_who_wants_no_share_has_none_and_another_author_has_what_comes_after(
    database: Database, tmp_path: Path
) -> None:
    async with house_at(database, tmp_path, 2026, 11, 20) as house:
        await house.creator(MARIA, None)
        await house.creator(NOVA, None)
        await house.pay("nobodys", GOLD, 1000)
        await house.made(MARIA, "plan", "gold")
        await house.pay("hers", GOLD, 1000)
        await house.made(NOVA, "plan", "gold")
        await house.pay("anothers", GOLD, 1000)
        await house.refund("hers", 1000)
        await house.refund("nobodys", 1000)
        await house.do(CREATOR.at(NOVA), TurnOff(), caller())
        await house.pay("schools", GOLD, 1000)
        assert await house.owed() == 900
        told = await house.told()
        assert (told["creators.ShareCredited"], told["creators.ShareTakenBack"]) == (2, 1)
