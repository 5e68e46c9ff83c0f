"""From paying to being let in, and back, over HTTP with a real engine and the sandbox."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg

from tests.api.people import Person
from tests.certificates.reading import text_of
from tests.payments.paying import COURSE, PRICE, School, refused, soon
from tests.proves import proves


@proves("enroll.paid_activation", "pay.process", "pay.refund", "pay.status", "pay.ledger", "pay.history")
def test_what_is_captured_opens_the_course_and_what_is_given_back_closes_it(school: School) -> None:
    ada = school.learner()
    payment = school.paid(ada)
    soon(lambda: school.access(ada.id), "learning")
    soon(lambda: school.status(payment), ("captured", 0))
    soon(school.balance, {"gateway_clearing": 4900, "revenue": -4900})
    refund = f"/api/payments/{payment}/refund"
    assert school.admin.command(refund, {"reason": "rain", "amount": 900, "currency": "EUR"}).status_code == 200
    soon(lambda: school.status(payment), ("partly_refunded", 900))
    assert school.access(ada.id) == "learning"
    assert school.admin.command(refund, {"reason": "rain"}).status_code == 200
    soon(lambda: school.status(payment), ("refunded", 4900))
    soon(lambda: school.access(ada.id), "suspended")
    soon(school.balance, {"gateway_clearing": 0, "revenue": -4900, "refunds": 4900})
    refused(school.admin.command(refund, {"reason": "rain"}), "payment.refund_too_large")
    said = school.admin.get("/api/journal/hledger").text
    assert said.count("assets:gateway:sandbox  49.00 EUR") == said.count("assets:gateway:sandbox  -40.00 EUR") == 1
    assert len(school.admin.get("/api/journal/csv").text.splitlines()) == 1 + 3 * 2
    sums = ada.get("/api/payment-sums").json()["rows"]
    assert sums == [{"currency": "EUR", "payments": 1, "captured": 4900, "refunded": 4900, "lost": 0}]


@proves("pay.process", "enroll.paid_activation")
def test_twenty_posts_with_one_key_charge_once(school: School) -> None:
    ada, key = school.learner(), str(uuid4())
    with ThreadPoolExecutor(20) as many:
        asked = [many.submit(school.pay, ada, key=key) for _ in range(20)]
        answers = [one.result() for one in asked]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["stream"] for answer in answers}) == 1
    soon(lambda: school.access(ada.id), "learning")
    soon(school.balance, {"gateway_clearing": 4900, "revenue": -4900})
    assert len(ada.get("/api/payments").json()["rows"]) == 1


@proves("enroll.paid_activation", "pay.process")
def test_what_was_captured_for_nothing_is_given_back(school: School) -> None:
    ada, ben = school.learner(), school.learner()
    # Ada pays twice, and Ben gives up his seat while his bank asks him.
    payments = [school.paid(person, "sandbox:secure") for person in (ada, ada, ben)]
    references = [school.reference(payment) for payment in payments]
    school.admin.command(f"/api/enrollments/{COURSE}/{ben.id}/withdraw", {"reason": "rain"})
    for reference, payment in zip(references, payments, strict=True):
        assert school.admin.post(f"/api/sandbox/actions/{reference}/agree").status_code == 200
        assert school.notice(f"{payment}-paid", "charge", reference, payment).status_code == 200
    soon(lambda: sorted(school.status(one)[0] for one in payments), ["captured", "refunded", "refunded"])
    assert school.status(payments[2]) == ("refunded", 4900)
    assert (school.access(ada.id), school.access(ben.id)) == ("learning", "withdrew")
    soon(school.balance, {"gateway_clearing": 4900, "revenue": -14_700, "refunds": 9800})


@proves("pay.process", "enroll.paid_activation")
def test_what_fails_leaves_the_enrolment_waiting(school: School) -> None:
    ben = school.learner()
    payment = school.paid(ben, "sandbox:declined")
    soon(lambda: school.status(payment)[0], "failed")
    assert ben.get(f"/api/payments/{payment}").json()["reason"] == "card_declined"
    assert school.access(ben.id) == "awaiting_payment"
    refused(school.admin.command(f"/api/payments/{payment}/refund", {"reason": "rain"}), "payment.not_captured")
    school.paid(ben)
    soon(lambda: school.access(ben.id), "learning")


@proves("pay.process")
def test_what_was_only_authorised_is_taken_or_let_go(school: School) -> None:
    eva = school.learner()
    payment = school.paid(eva, capture=False)
    soon(lambda: school.status(payment)[0], "authorised")
    assert school.access(eva.id) == "awaiting_payment"
    path = f"/api/payments/{payment}"
    refused(school.admin.command(f"{path}/capture", {**PRICE, "currency": "SEK"}), "payment.other_currency")
    refused(school.admin.command(f"{path}/capture", {**PRICE, "amount": 5000}), "payment.more_than_authorised")
    assert school.admin.command(f"{path}/capture", PRICE).status_code == 200
    refused(school.admin.command(f"{path}/capture", PRICE), "payment.captured_already")
    soon(lambda: school.access(eva.id), "learning")
    kim = school.learner()
    other = school.paid(kim, capture=False)
    soon(lambda: school.status(other)[0], "authorised")
    assert school.admin.command(f"/api/payments/{other}/void", {"reason": "twice"}).status_code == 200
    soon(lambda: school.status(other)[0], "void")


ENTRIES = 450
TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
"""


@proves("pay.ledger")
def test_the_journal_is_exported_whole_however_long_it_is(school: School) -> None:
    with psycopg.connect(school.api.database.url) as connection:
        connection.execute(
            """
            insert into payments_journal.entries
            select %s, 'entry-' || n, 0, '2026-11-21T08:00:00Z'::timestamptz + n / 7 * interval '1 second', 'one',
              'captured',
              '[{"account":{"kind":"gateway_clearing","of":"sandbox"},"money":{"amount":4900,"currency":"EUR"}},
                {"account":{"kind":"revenue","of":"courses"},"money":{"amount":-4900,"currency":"EUR"}}]'::json
            from generate_series(1, %s) as n
            """,
            (school.tenant, ENTRIES),
        )
    rows = list(csv.DictReader(io.StringIO(school.admin.get("/api/journal/csv").text)))
    assert {row["entry"] for row in rows} == {f"entry-{number + 1}" for number in range(ENTRIES)}
    assert len(rows) == 2 * ENTRIES
    assert sum(Decimal(row["amount"]) for row in rows) == 0
    with school.admin.stream("GET", "/api/journal/hledger") as answer:
        assert "content-length" not in answer.headers
        said = b"".join(answer.iter_raw()).decode()
    assert said.count("income:revenue:courses  -49.00 EUR") == ENTRIES
    some = school.admin.get("/api/journal/csv", params={"since": "2026-11-21T08:01:00Z"}).text
    assert len(some.splitlines()) == 1 + 2 * (ENTRIES - 60 * 7 + 1)


@proves("pay.process", "pay.refund")
def test_bad_input_is_a_clear_problem_and_leaves_no_entry(school: School) -> None:
    ada = school.learner()
    before = school.admin.get("/api/journal/entries?limit=200").json()["rows"]
    wrong: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"amount": 0}, 400, "request.invalid"),
        ({"amount": -1}, 400, "request.invalid"),
        ({"amount": 49.0}, 400, "request.invalid"),
        ({"amount": 10**16}, 400, "request.invalid"),
        ({"currency": "ZZZ"}, 400, "request.invalid"),
        ({"currency": "SEK"}, 409, "payment.other_currency"),
        ({"amount": 1}, 409, "payment.other_amount"),
        ({"method": "4242 4242"}, 400, "request.invalid"),
        ({"method": "4242424242424242"}, 409, "payment.card_number"),
    )
    for body, status, code in wrong:
        answer = school.pay(ada, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    for what, body in (("refund", {"reason": "rain"}), ("capture", PRICE), ("void", {"reason": "rain"})):
        refused(school.admin.command(f"/api/payments/{uuid4()}/{what}", body), "payment.not_found", 404)
        assert ada.command(f"/api/payments/{uuid4()}/{what}", body).status_code == 403
    assert school.admin.get("/api/journal/entries?limit=200").json()["rows"] == before
    with psycopg.connect(school.api.database.url) as connection:
        tables = [str(row[0]) for row in connection.execute(TABLES)]
        assert {"ledger.facts", "ledger.commands", "jobs.queue", "payments_history.payments"} <= set(tables)
        for table in tables:
            found = f"select count(*) from {table} t where t::text like '%4242424242%'"  # noqa: S608 — our own names
            assert connection.execute(found.encode()).fetchone() == (0,), table


@proves("pay.refund")
def test_however_many_ask_at_once_no_more_is_given_back_than_was_taken(school: School) -> None:
    ada = school.learner()
    payment = school.paid(ada)
    soon(lambda: school.status(payment), ("captured", 0))
    body = {"reason": "rain", "amount": 900, "currency": "EUR"}
    with ThreadPoolExecutor(12) as many:
        asked = [many.submit(school.admin.command, f"/api/payments/{payment}/refund", body) for _ in range(12)]
        answers = [one.result() for one in asked]
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 7
    soon(lambda: school.status(payment), ("partly_refunded", 4500))
    soon(school.balance, {"gateway_clearing": 400, "revenue": -4900, "refunds": 4500})


@proves("pay.history", "pay.status")
def test_one_sees_what_one_paid_oneself_and_nobody_elses(school: School) -> None:
    ada, ben = school.learner(), school.learner()
    payment = school.paid(ada)
    soon(lambda: school.status(payment)[0], "captured")
    path = f"/api/payments/{payment}"
    assert ada.get(path).json()["status"] == "captured"
    for forbidden in (path, f"{path}/receipt"):
        answer = ben.get(forbidden)
        assert (answer.status_code, answer.json()["code"]) == (404, "payment.not_found")
    paper = ada.get(f"{path}/receipt")
    said = text_of(paper.content)
    for word in (payment, ada.id, COURSE, "49.00 EUR", "0.00 EUR"):
        assert word in said
    assert paper.content == ada.get(f"{path}/receipt").content
    assert ben.get("/api/payments").json()["rows"] == []
    assert [row["payment"] for row in ada.get("/api/payments?status=captured").json()["rows"]] == [payment]
    assert ada.get("/api/payments?status=failed").json()["rows"] == []
    assert ada.get("/api/payments", params={"until": "2020-01-01T00:00:00Z"}).json()["rows"] == []
    assert ada.get("/api/payments", params={"since": "2020-01-01T00:00:00Z"}).json()["rows"] != []
    rows = school.admin.get("/api/admin/payments", params={"payer": ada.id}).json()["rows"]
    assert [row["payment"] for row in rows] == [payment]
    assert ben.get("/api/admin/payments").status_code == 403
    assert ben.get("/api/journal/trial-balance").status_code == 403
    first = school.admin.get("/api/admin/payments?limit=1").json()
    assert len(first["rows"]) == 1
    stranger = school.person()
    answer = stranger.command(f"/api/courses/{COURSE}/learners/{ada.id}/pay", {**PRICE, "method": "sandbox:success"})
    assert answer.status_code == 403


@proves("pay.history", "pay.ledger")
def test_what_everyone_paid_adds_up_to_what_the_journal_says(school: School) -> None:
    ada, ben = school.learner(), school.learner()
    hers = [school.paid(ada, method) for method in ("sandbox:declined", "sandbox:success")]
    soon(lambda: school.access(ada.id), "learning")
    hers.append(school.paid(ben))
    soon(lambda: school.access(ben.id), "learning")
    for payment, part in ((hers[1], 900), (hers[2], 4900)):
        wish = {"reason": "rain", "amount": part, "currency": "EUR"}
        assert school.admin.command(f"/api/payments/{payment}/refund", wish).status_code == 200
    soon(lambda: [school.status(one) for one in hers[1:]], [("partly_refunded", 900), ("refunded", 4900)])
    sums = [_sums(person, "/api/payment-sums") for person in (ada, ben)]
    assert sums == [(2, 4900, 900), (1, 4900, 4900)]
    soon(school.balance, {"gateway_clearing": 4000, "revenue": -9800, "refunds": 5800})
    assert tuple(map(sum, zip(*sums, strict=True))) == (3, 9800, 5800)
    assert _sums(ada, "/api/payment-sums?status=partly_refunded") == (1, 4900, 900)
    # A page at a time, in the order of time, each once.
    found, asked = list[str](), {"limit": "1"}
    while True:
        page = ada.get("/api/payments", params=asked).json()
        found += [row["payment"] for row in page["rows"]]
        if page["cursor"] is None:
            break
        asked["cursor"] = page["cursor"]
    assert found == [hers[1], hers[0]]


def _sums(person: Person, path: str) -> tuple[int, ...]:
    (row,) = person.get(path).json()["rows"]
    return row["payments"], row["captured"], row["refunded"]


@proves("pay.webhooks", "pay.status", "pay.process", "enroll.paid_activation")
def test_what_no_notice_told_is_found_by_comparing(school: School) -> None:
    ada = school.learner()
    payment = school.paid(ada, "sandbox:secure")
    # The payer says yes at their bank, and the notice of it is lost: this sandbox tells nobody.
    reference = school.reference(payment)
    assert school.admin.post(f"/api/sandbox/actions/{reference}/agree").status_code == 200
    assert school.access(ada.id) == "awaiting_payment"
    soon(lambda: school.admin.command("/api/gateways/sandbox/reconcile").status_code, 200)
    soon(lambda: school.access(ada.id), "learning")
    soon(lambda: school.status(payment)[0], "captured")
    report = "/api/gateways/sandbox/reconciliations"
    soon(lambda: school.admin.get(report).json()["rows"][0]["outcome"], "found")
    assert school.admin.get(report).json()["rows"][0]["found"] == [payment]


@proves("pay.status", "pay.webhooks", "pay.ledger")
def test_a_dispute_that_no_notice_told_of_is_found_by_comparing(school: School) -> None:
    ada = school.learner()
    payment = school.paid(ada, "sandbox:disputed")
    soon(lambda: school.access(ada.id), "learning")

    def compared() -> str:
        assert school.admin.command("/api/gateways/sandbox/reconcile").status_code == 200
        return school.status(payment)[0]

    soon(compared, "disputed")
    soon(school.balance, {"disputed": 4900, "gateway_clearing": 0, "revenue": -4900})
    assert school.access(ada.id) == "learning"


@proves("pay.webhooks", "enroll.paid_activation")
def test_notices_that_come_thrice_and_in_any_order_end_the_same(school: School) -> None:
    ada = school.learner()
    payment = school.paid(ada, "sandbox:secure")
    reference = school.reference(payment)
    assert school.admin.post(f"/api/sandbox/actions/{reference}/agree").status_code == 200
    # The later event comes first, an old one last; each of them three times.
    for event in ("b", "a", "b", "a", "b", "a"):
        assert school.notice(f"{payment}-{event}", "charge", reference, payment).status_code == 200
    assert school.notice(f"{payment}-c", "unheard_of", reference, payment).status_code == 200
    soon(lambda: school.access(ada.id), "learning")
    soon(lambda: school.status(payment), ("captured", 0))
    soon(school.balance, {"gateway_clearing": 4900, "revenue": -4900})
    facts = school.facts()
    assert facts.count("payments.NoticeHeard") == 3
    assert facts.count("payments.PaymentCaptured") == facts.count("enrollments.EnrollmentPaid") == 1
