"""The letters that are about money: each is written once, however often its job is done, and says what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from adapters.outbox import Outbox
from application.creators import PayoutConcluded, tell_of_payout
from application.jobs import Errand, Job
from application.ledger import TenantId
from application.mail import Invented, Mailer, People
from application.payments import RefundNotice, tell_of_refund
from application.receipting import ReceiptWanted, send_receipt
from application.subscriptions import (
    Asked,
    TrialEnds,
    Unpaid,
    tell_of_failed_renewal,
    tell_of_the_end_of_a_trial,
    tell_what_the_bank_wants,
)
from domain.creators.events import PayoutId
from domain.kernel import PaymentId, PersonId, Value
from tests.proves import proves

ADA, MONEY, LINK = PersonId("ada"), "49.00 EUR", "https://bank.example/answer"
AT = datetime(2027, 2, 14, 10, tzinfo=UTC)
ONE, PAYMENT = PayoutId("payout-1"), PaymentId("payment-1")


@proves("pay.refund", "pay.payouts", "pay.subscription_create", "pay.process")
@pytest.mark.parametrize(
    ("job", "order", "says"),
    [
        (send_receipt, ReceiptWanted(ADA, PAYMENT, MONEY, "stars"), ("payment-1", "stars")),
        (send_receipt, ReceiptWanted(ADA, PAYMENT, MONEY, None), ("payment-1", "that you gave")),
        (tell_of_refund, RefundNotice(ADA, MONEY), ("given back",)),
        (tell_of_payout, PayoutConcluded(ADA, ONE, MONEY, None), ("payout-1", "sent you")),
        (tell_of_payout, PayoutConcluded(ADA, ONE, MONEY, "bank_refuses"), ("payout-1", "bank_refuses")),
        (tell_of_failed_renewal, Unpaid(ADA, "Gold", MONEY, AT), ("Gold", "February 14")),
        (tell_of_failed_renewal, Unpaid(ADA, "Gold", MONEY, None), ("Gold",)),
        (tell_of_the_end_of_a_trial, TrialEnds(ADA, "Gold", MONEY, AT), ("Gold", "February 14")),
        (tell_what_the_bank_wants, Asked(ADA, "Gold", MONEY, LINK, AT), ("Gold", LINK, "February 14")),
    ],
)
def test_whom_money_concerns_is_written_one_letter(
    job: Job, order: Value, says: tuple[str, ...], tmp_path: Path
) -> None:
    errand = Errand(uuid4(), TenantId(uuid4()), uuid4(), uuid4(), AT, order)
    for _ in range(2):
        job.do(msgspec.json.encode(errand), {Mailer: Outbox(tmp_path), People: Invented()})
    (letter,) = tmp_path.glob("*.eml")
    read = message_from_bytes(letter.read_bytes(), policy=default)
    body = read.get_body(("plain",))
    assert body is not None
    text = " ".join(f"{read['subject']} {body.get_content()}".split())
    for said in (MONEY, *says):
        assert said in text
