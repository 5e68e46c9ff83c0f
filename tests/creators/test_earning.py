"""From a gift to a payout, over HTTP with a real engine and the sandbox."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import httpx

from tests.api.serving import Served
from tests.creators.earning import TERMS, Studio, done, stream
from tests.payments.paying import COURSE, School, refused, soon
from tests.proves import proves


@proves("pay.monetization")
def test_who_is_not_eligible_is_told_every_reason(studio: Studio) -> None:
    maria = studio.person("creator")
    turn_on = f"/api/creators/{maria.id}/monetization/on"
    answer = maria.command(turn_on, {"terms": "2001-01", "of_age": False})
    refused(answer, "monetization.not_eligible")
    for rule in ("account_active", "address_verified", "terms_accepted", "of_age"):
        assert rule in answer.json()["detail"]
    studio.known(maria, verified=False)
    answer = maria.command(turn_on, TERMS)
    assert answer.json()["detail"] == "address_verified: it takes an address that is verified"
    asked = {"monetization_second_factor": True}
    assert studio.admin.command("/api/settings", {"settings": asked}).status_code == 200
    studio.known(maria)
    answer = maria.command(turn_on, TERMS)
    assert answer.json()["detail"].startswith("second_factor: ")
    rules = {row["name"] for row in maria.get("/api/monetization-rules").json()["rows"]}
    assert {"account_active", "address_verified", "terms_accepted", "of_age", "second_factor"} == rules
    refused(studio.give(studio.person(), maria), "donation.not_possible")
    assert studio.person().command(turn_on, TERMS).status_code == 403
    refused(studio.person("creator").command(turn_on, TERMS), "creator.not_found", 404)


@proves("pay.connect", "pay.monetization")
def test_nothing_is_paid_out_until_the_gateway_enables_it_nor_while_it_rests(studio: Studio) -> None:
    maria = studio.creator(enabled=False)
    standing = studio.standing(maria)
    assert standing["wanting"] == ["identity", "bank_account"]
    assert str(standing["link"]).startswith("http")
    studio.given(maria)
    refused(studio.pay_out(maria, 100), "payout.account_not_enabled")
    studio.onboard(maria)
    assert studio.standing(maria)["wanting"] == []
    done(studio.admin.command(f"/api/creators/{maria.id}/suspend", {"reason": "a complaint"}))
    refused(studio.pay_out(maria, 100), "payout.frozen")
    refused(studio.give(studio.person(), maria), "donation.not_possible")
    refused(maria.command(f"/api/creators/{maria.id}/monetization/on", TERMS), "monetization.suspended")
    soon(lambda: studio.standing(maria)["monetization"], "suspended")
    assert maria.command(f"/api/creators/{maria.id}/reinstate", {"reason": "I say so"}).status_code == 403
    done(studio.admin.command(f"/api/creators/{maria.id}/reinstate", {"reason": "it was nothing"}))
    done(studio.pay_out(maria, 100))
    soon(lambda: studio.holds(maria), (800, 0, 100))


@proves("pay.donation", "pay.refund")
def test_a_gift_is_shared_shown_and_taken_back_in_proportion(studio: Studio) -> None:
    maria, ben = studio.creator(), studio.person()
    refused(studio.give(ben, maria, 99), "donation.too_small")
    refused(studio.give(ben, maria, 100_001), "donation.too_large")
    refused(studio.give(maria, maria), "donation.to_oneself")
    refused(studio.give(ben, maria, method="4242424242424242"), "payment.card_number")
    payment = stream(studio.give(ben, maria, 1001, message="For the stars!"))
    hidden = stream(studio.give(ben, maria, 500, anonymous=True))
    failed = stream(studio.give(ben, maria, 700, method="sandbox:declined"))
    soon(lambda: studio.holds(maria), (1351, 0, 0))
    soon(studio.balance, {"gateway_clearing": 1501, "creator_payable": -1351, "revenue": -150})
    soon(lambda: studio.admin.get(f"/api/payments/{failed}").json()["status"], "failed")
    donations = f"/api/creators/{maria.id}/donations"
    soon(lambda: len(maria.get(donations).json()["rows"]), 2)
    rows = {row["donation"]: row for row in maria.get(donations).json()["rows"]}
    assert (rows[payment]["donor"], rows[payment]["message"]) == (ben.id, "For the stars!")
    assert (rows[hidden]["donor"], rows[hidden]["message"]) == (None, None)
    page = maria.get(donations, params={"limit": 1}).json()
    rest = maria.get(donations, params={"limit": 1, "cursor": page["cursor"]}).json()
    assert {row["donation"] for row in (*page["rows"], *rest["rows"])} == {payment, hidden}
    assert ben.get(donations).status_code == 404
    for part, left in ((333, 1051), (333, 752), (None, 450)):
        wish = {"reason": "rain"} if part is None else {"reason": "rain", "amount": part, "currency": "EUR"}
        done(studio.admin.command(f"/api/payments/{payment}/refund", wish))
        soon(lambda: studio.holds(maria)[0], left)
    soon(lambda: maria.get(donations).json()["rows"][-1]["returned"], 1001)
    soon(studio.balance, {"gateway_clearing": 500, "creator_payable": -450, "revenue": -150, "refunds": 100})


@proves("pay.payouts")
def test_however_many_ask_at_once_no_more_is_paid_than_there_is(studio: Studio) -> None:
    maria = studio.creator()
    payment = studio.given(maria)
    with ThreadPoolExecutor(12) as many:
        answers = list(many.map(studio.pay_out, repeat(maria, 12), repeat(200)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 8
    soon(lambda: studio.holds(maria), (100, 0, 800))
    soon(lambda: studio.payouts(maria), [(200, "settled")] * 4)
    soon(studio.balance, {"gateway_clearing": 200, "creator_payable": -100, "creator_payouts": 0, "revenue": -100})
    one = next(answer for answer in answers if answer.status_code == 200)
    path = f"/api/payouts/{stream(one)}"
    assert maria.get(path).json()["status"] == "settled"
    refused(studio.person().get(path), "payout.not_found", 404)
    # What is given back is owed: nothing is paid out until it is earned again.
    done(studio.admin.command(f"/api/payments/{payment}/refund", {"reason": "rain"}))
    soon(lambda: studio.holds(maria), (-800, 0, 800))
    refused(studio.pay_out(maria, 100), "payout.balance_negative")


@proves("pay.payouts")
def test_what_the_bank_refuses_is_there_again(studio: Studio) -> None:
    maria = studio.creator("ZZ")
    studio.given(maria)
    done(studio.pay_out(maria, 900))
    soon(lambda: studio.payouts(maria), [(900, "failed")])
    soon(lambda: studio.holds(maria), (900, 0, 0))
    soon(studio.balance, {"gateway_clearing": 1000, "creator_payable": -900, "creator_payouts": 0, "revenue": -100})
    assert maria.get(f"/api/creators/{maria.id}/payouts").json()["rows"][0]["reason"] == "bank_refuses"


@proves("pay.payouts")
def test_what_is_enough_is_paid_out_by_itself(studio: Studio) -> None:
    maria = studio.creator()
    schedule = f"/api/creators/{maria.id}/payout-schedule"
    done(maria.command(schedule, {"schedule": {"type": "threshold", "money": {"amount": 1500, "currency": "EUR"}}}))
    studio.given(maria)
    stream(studio.give(studio.person(), maria))
    soon(lambda: studio.payouts(maria), [(1800, "settled")])
    weekly = {"type": "weekly", "weekday": 1, "time_zone": "Europe/Berlin"}
    refused(maria.command(schedule, {"schedule": {**weekly, "time_zone": "Moon/Sea"}}), "time_zone.malformed", 400)
    done(maria.command(schedule, {"schedule": weekly}))
    soon(lambda: studio.standing(maria)["schedule"], weekly)
    assert datetime.fromisoformat(studio.standing(maria)["due"]) > datetime.now(UTC)


@proves("pay.earnings", "pay.refund")
def test_what_is_paid_for_a_course_is_shared_with_its_author(api: Served) -> None:
    with ExitStack() as clients:
        school = School(api, clients)
        studio = Studio(api, clients, school.tenant)
        maria = studio.creator()
        works, work = f"/api/creators/{maria.id}/works", {"kind": "course", "work": COURSE}
        assert maria.command(works, work).status_code == 403
        done(studio.admin.command(works, work))
        payment = school.paid(school.learner())
        soon(lambda: studio.holds(maria), (4410, 0, 0))
        assert studio.standing(maria)["works"] == [{**work, "weight": 10_000, "since": None, "until": None}]
        wish = {"reason": "rain", "amount": 2450, "currency": "EUR"}
        done(studio.admin.command(f"/api/payments/{payment}/refund", wish))
        soon(lambda: studio.holds(maria), (2205, 0, 0))
        assert maria.command(f"{works}/take-away", work).status_code == 403
        done(studio.admin.command(f"{works}/take-away", work))
        another = school.paid(school.learner())
        soon(lambda: school.status(another)[0], "captured")
        studio.given(maria)
        assert studio.holds(maria) == (3105, 0, 0)
        assert studio.standing(maria)["works"] == []
        soon(
            studio.balance,
            {"gateway_clearing": 8350, "creator_payable": -3105, "revenue": -9800 - 1000 + 5310, "refunds": 245},
        )


@proves("pay.earnings", "pay.tax_report")
def test_what_was_earned_is_what_the_journal_says(studio: Studio) -> None:
    maria, other = studio.creator(), studio.creator()
    first = studio.given(maria, 1999)
    studio.given(maria, 3000, currency="USD")
    studio.given(other, 5000)
    for _ in range(3):
        studio.given(other, 100_000, currency="USD")
    done(studio.pay_out(other, 200_000, "USD"))
    done(studio.admin.command(f"/api/payments/{first}/refund", {"reason": "rain", "amount": 500, "currency": "EUR"}))
    soon(lambda: studio.holds(maria), (1349, 0, 0))
    done(studio.pay_out(maria, 1000))
    soon(lambda: studio.holds(maria), (349, 0, 1000))
    soon(lambda: [row["net"] for row in _earned(studio, maria.id)], [1349, 2700])
    soon(lambda: [row["net"] for row in _earned(studio, other.id)], [4500, 270_000])
    euros, dollars = _earned(studio, maria.id)
    assert (euros["source"], euros["currency"], euros["payments"]) == ("donation", "EUR", 1)
    names = ("gross", "fees", "refunds", "fees_back", "net")
    assert tuple(euros[name] for name in names) == (1999, 200, 500, 50, 1349)
    assert dollars["net"] == 2700
    owed = {(maria.id, "EUR"): 349, (maria.id, "USD"): 2700, (other.id, "EUR"): 4500}
    owed[other.id, "USD"] = 70_000
    soon(lambda: _owed(studio), owed)
    assert maria.get(f"/api/creators/{other.id}/earnings").status_code == 404
    year = datetime.now(UTC).year
    mine = f"/api/creators/{maria.id}/tax-reports/{year}"
    soon(lambda: {row["currency"]: row["paid_out"] for row in _told(maria, mine)}, {"EUR": "10.00", "USD": "0.00"})
    assert _told(maria, mine)[0] == {
        "year": str(year),
        "time_zone": "UTC",
        "payee": maria.id,
        "currency": "EUR",
        "payments": "1",
        "gross": "19.99",
        "fees": "1.50",
        "given_back": "5.00",
        "net": "13.49",
        "paid_out": "10.00",
        "forms": "",
    }
    soon(lambda: _forms(studio, year), {(other.id, "USD"): "1099-NEC"})
    everyone = _told(studio.admin, f"/api/tax-reports/{year}")
    net = {(row["payee"], row["currency"]): row["net"] for row in everyone}
    assert net == {(maria.id, "EUR"): "13.49", (maria.id, "USD"): "27.00", (other.id, "EUR"): "45.00"} | {
        (other.id, "USD"): "2700.00"
    }
    for path, who in ((mine, maria), (f"/api/tax-reports/{year}", studio.admin)):
        assert who.get(f"{path}/paper").content.startswith(b"%PDF")
    assert studio.person().get(f"/api/tax-reports/{year}").status_code == 403
    assert other.get(mine).status_code == 404
    assert _told(maria, f"/api/creators/{maria.id}/tax-reports/{year - 1}") == []


def _forms(studio: Studio, year: int) -> dict[tuple[str, str], str]:
    """Of whom which form tells."""
    rows = _told(studio.admin, f"/api/tax-reports/{year}")
    return {(row["payee"], row["currency"]): row["forms"] for row in rows if row["forms"]}


def _told(client: httpx.Client, path: str) -> list[dict[str, str]]:
    """What the tax is told."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(answer.text.splitlines()))


def _owed(studio: Studio) -> dict[tuple[str, str], int]:
    """What the journal says that creators are owed."""
    rows = studio.admin.get("/api/journal/accounts?limit=200").json()["rows"]
    return {
        (row["holder"], row["currency"]): row["credits"] - row["debits"]
        for row in rows
        if row["kind"] == "creator_payable"
    }


def _earned(studio: Studio, creator: str) -> list[dict[str, Any]]:
    rows = studio.admin.get(f"/api/creators/{creator}/earnings", params={"period": "year"}).json()["rows"]
    return sorted(rows, key=lambda row: str(row["currency"]))
