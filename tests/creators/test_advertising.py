"""What a network pays for advertising: posted as a statement, shared, and taken back by reversal alone."""

from __future__ import annotations

import csv
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from application.advertising import read
from domain.creators.advertising import ADVERTISING, Post, Reverse
from domain.creators.events import Advertised, AdvertisingPosted, AdvertisingReversed
from domain.kernel import PersonId, Rejected
from domain.money import Money
from tests.creators.earning import Studio, done
from tests.given import about
from tests.payments.paying import refused, soon
from tests.proves import proves

given = about(ADVERTISING)
MARIA = PersonId("maria")
LINES = (Advertised(MARIA, Money(333, "EUR")),)
post = Post("videonet", "2026-10-01", "2026-10-31", LINES)
posted = AdvertisingPosted("videonet", "2026-10-01", "2026-10-31", LINES)


@proves("pay.earnings")
def test_a_statement_is_posted_once_never_changed_and_may_be_reversed() -> None:
    given().when(post).then(posted)
    given(posted).when(post).then()
    given(posted).when(Post("videonet", "2026-10-01", "2026-10-30", LINES)).refused("advertising.posted_already")
    given(posted).when(Reverse("wrong")).then(AdvertisingReversed("wrong"))
    given(posted, AdvertisingReversed("wrong")).when(Reverse("wrong")).then()
    given(posted, AdvertisingReversed("wrong")).when(post).then()
    given().when(Reverse("wrong")).refused("advertising.not_found")
    given().when(Post("videonet", "2026-10-02", "2026-10-01", LINES)).refused("advertising.backwards")
    for lines in ((), (Advertised(MARIA, Money(0, "EUR")),), (Advertised(MARIA, Money(-1, "EUR")),)):
        given().when(Post("videonet", "2026-10-01", "2026-10-31", lines)).refused("advertising.of_nothing")


@proves("pay.earnings")
def test_a_file_is_read_to_the_last_unit_or_refused_with_its_line() -> None:
    file = "\ufeffcurrency;amount;creator\r\nEUR;3.33;maria\r\n\r\nJPY;4900;nova\r\nKWD;1.25;maria\r\n".encode()
    nova = Advertised(PersonId("nova"), Money(4900, "JPY"))
    assert read(file) == (*LINES, nova, Advertised(MARIA, Money(1250, "KWD")))
    for row in (
        "maria,3.333,EUR",
        "maria,-1,EUR",
        "maria,1e3,EUR",
        "maria,0,EUR",
        "maria,1,ZZZ",
        "a:b,1,EUR",
        "maria,1",
    ):
        with pytest.raises(Rejected, match="line 3"):
            read(f"creator,amount,currency\nmaria,1,EUR\n{row}\n".encode())
    for wrong in (b"", b"creator,amount\n", b"maria,1,EUR\n", b"creator,amount,currency\n" + b"maria,1,EUR\n" * 501):
        with pytest.raises(Rejected) as said:
            read(wrong)
        assert said.value.code == "advertising.malformed"


@proves("pay.earnings", "pay.tax_report", "pay.ledger")
def test_advertising_is_earned_as_what_is_sold_and_goes_back_when_it_is_reversed(studio: Studio) -> None:
    maria, nova, clerk = studio.creator(), studio.creator(), studio.person("staff")
    body: dict[str, Any] = {"network": "videonet", "since": "2026-10-01", "until": "2026-10-31"}
    text = f"creator,amount,currency\n{maria.id},3.33,EUR\n{nova.id},10.00,EUR\n{maria.id},5.00,EUR\n"
    file = {**body, "file": b64encode(text.encode()).decode()}
    path = "/api/advertising/videonet-2026-10"
    assert maria.command(path, file).status_code == 403
    refused(clerk.command(path, body), "advertising.malformed", 400)
    broken = {**body, "file": b64encode(text.replace("10.00", "ten").encode()).decode()}
    refused(clerk.command(path, broken), "advertising.malformed", 400)
    nobody = {**body, "rows": [{"creator": clerk.id, "amount": 1, "currency": "EUR"}]}
    refused(clerk.command(path, nobody), "advertising.not_a_creator")
    for amount in (0, -1, 1.5):
        row = {"creator": maria.id, "amount": amount, "currency": "EUR"}
        refused(clerk.command(path, {**body, "rows": [row]}), "request.invalid", 400)
    assert studio.balance() == {}
    for _ in range(2):  # It is sent twice, as may be.
        done(clerk.command(path, file))
    soon(lambda: (studio.holds(maria)[0], studio.holds(nova)[0]), (750, 900))
    soon(studio.balance, {"receivable": 1833, "creator_payable": -1650, "revenue": -183})
    refused(clerk.command(path, {**file, "until": "2026-10-30"}), "advertising.posted_already")
    (row,) = maria.get(f"/api/creators/{maria.id}/earnings", params={"source": "advertising"}).json()["rows"]
    assert (row["payments"], row["gross"], row["fees"], row["net"]) == (2, 833, 83, 750)
    assert _net(studio, maria.id) == "7.50"

    refused(clerk.command(f"{path}-other/reverse", {"reason": "wrong"}), "advertising.not_found", 404)
    for _ in range(2):
        done(clerk.command(f"{path}/reverse", {"reason": "the network corrected it"}))
    soon(lambda: (studio.holds(maria)[0], studio.holds(nova)[0]), (0, 0))
    soon(studio.balance, {"receivable": 0, "creator_payable": 0, "revenue": 0})
    rows = [{"creator": maria.id, "amount": 1000, "currency": "EUR"}]
    done(clerk.command(f"{path}.corrected", {**body, "rows": rows}))
    soon(lambda: studio.holds(maria)[0], 900)
    soon(studio.balance, {"receivable": 1000, "creator_payable": -900, "revenue": -100})
    assert _net(studio, maria.id) == "9.00"


def _net(studio: Studio, creator: str) -> str:
    """What the tax is told of somebody, by who governs."""
    text = studio.admin.get(f"/api/tax-reports/{datetime.now(UTC).year}").text
    return next(row["net"] for row in csv.DictReader(text.splitlines()) if row["payee"] == creator)
