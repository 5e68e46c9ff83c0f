"""A course that several made: each has their part of a sale, in what they earned and in what the tax is told."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.people import Person
from tests.api.serving import Served
from tests.creators.earning import Studio, done
from tests.payments.paying import COURSE, School, refused, soon
from tests.proves import proves


@proves("pay.earnings", "pay.tax_report", "pay.refund", "pay.ledger")
def test_each_author_has_their_part_of_a_sale_and_bears_it_of_what_is_given_back(api: Served) -> None:
    with ExitStack() as clients:
        school = School(api, clients)
        studio = Studio(api, clients, school.tenant)
        maria, nova, kim = studio.creator(), studio.creator(), studio.person("creator")
        path = f"/api/works/course/{COURSE}/authors"
        parts = [(maria, 5000), (nova, 3333), (kim, 1667)]
        said: dict[str, Any] = {"authors": [{"creator": one.id, "weight": part} for one, part in parts]}
        assert maria.command(path, said).status_code == 403
        refused(studio.admin.command(path, {"authors": said["authors"][:2]}), "authorship.not_whole")
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        refused(studio.admin.command(path, {**said, "since": yesterday}), "authorship.in_the_past")
        done(studio.admin.command(path, said))
        # From tomorrow on it is otherwise, and today it is as it is.
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        alone = {"authors": [{"creator": nova.id, "weight": 10_000}], "since": tomorrow}
        done(studio.admin.command(path, alone))
        payment = school.paid(school.learner())
        # Of 44.10 they have half and a third; Kim has monetization off, and so that part is the school's.
        soon(lambda: (studio.holds(maria)[0], studio.holds(nova)[0], studio.holds(kim)[0]), (2205, 1470, 0))
        soon(studio.balance, {"gateway_clearing": 4900, "creator_payable": -3675, "revenue": -1225})
        assert [row["weight"] for row in studio.standing(nova)["works"]] == [3333, 10_000]
        wish = {"reason": "rain", "amount": 1, "currency": "EUR"}
        done(studio.admin.command(f"/api/payments/{payment}/refund", wish))
        done(studio.admin.command(f"/api/payments/{payment}/refund", {**wish, "amount": 2449}))
        soon(lambda: (studio.holds(maria)[0], studio.holds(nova)[0]), (1102, 735))
        told = [_told(one) for one in (maria, nova)]
        assert told == [("24.50", "1.23", "12.25", "11.02"), ("16.33", "0.81", "8.17", "7.35")]
        done(studio.admin.command(f"/api/payments/{payment}/refund", {"reason": "rain"}))
        soon(lambda: (studio.holds(maria)[0], studio.holds(nova)[0]), (0, 0))
        soon(studio.balance, {"gateway_clearing": 0, "creator_payable": 0, "revenue": -1225, "refunds": 1225})


def _told(creator: Person) -> tuple[str, ...]:
    """What the tax is told of somebody."""
    text = creator.get(f"/api/creators/{creator.id}/tax-reports/{datetime.now(UTC).year}").text
    (row,) = csv.DictReader(text.splitlines())
    return row["gross"], str(row["fees"]), row["given_back"], row["net"]
