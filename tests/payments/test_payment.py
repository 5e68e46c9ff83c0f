"""Every row of the table that decides about a payment."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.kernel import CourseId, LearnerId, PersonId
from domain.money import Money
from domain.payments.events import (
    CaptureAsked,
    DisputeLost,
    DisputeWon,
    ForCourse,
    GatewayAskedAgain,
    PaymentActionNeeded,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentInitiated,
    PaymentRefunded,
    PaymentVoided,
    RefundAsked,
    RefundFailed,
    RefundId,
    VoidAsked,
)
from domain.payments.payment import (
    PAYMENT,
    AskAgain,
    AskRefund,
    Capture,
    Initiate,
    Tell,
    TellDispute,
    TellRefund,
    TimeOut,
    TimeOutCapture,
    Void,
)
from tests.given import about
from tests.proves import proves

given = about(PAYMENT)

DUE = datetime(2027, 6, 30, tzinfo=UTC)
ADA, STARS = PersonId("ada"), ForCourse(CourseId("stars"), LearnerId("ada"))
PRICE, PART, REST = Money(4900, "EUR"), Money(900, "EUR"), Money(4000, "EUR")
ONE, TWO = RefundId("one"), RefundId("two")

initiate = Initiate(ADA, STARS, PRICE, "sandbox", "token", DUE)
initiated = PaymentInitiated(ADA, STARS, PRICE, "sandbox", "token", DUE)
only_authorised = (
    PaymentInitiated(ADA, STARS, PRICE, "sandbox", "token", DUE, capture=False),
    PaymentAuthorised("r", PRICE),
)
captured = PaymentCaptured("r", PRICE, STARS, "sandbox")
paid = (initiated, captured)
refund_of_part = (RefundAsked(ONE, PART, "rain"), PaymentRefunded(ONE, "f", PART, STARS, "sandbox", whole=False))
disputed = PaymentDisputed("d", PRICE, "fraud", STARS, "sandbox")


@proves("pay.process")
def test_a_payment_goes_from_asking_to_taking() -> None:
    given().when(initiate).then(initiated)
    given(initiated).when(initiate).then()
    given(initiated).when(Tell("r", "needs_action", PRICE, action="https://bank")).then(
        PaymentActionNeeded("r", "https://bank")
    )
    given(initiated).when(Tell("r", "authorised", PRICE)).then(PaymentAuthorised("r", PRICE))
    given(initiated).when(Tell("r", "pending", PRICE)).then()
    given(*only_authorised).when(Capture(PART, "me")).then(CaptureAsked(PART, "me"))
    given(*only_authorised, CaptureAsked(PART, "me")).when(Tell("r", "captured", PART)).then(
        PaymentCaptured("r", PART, STARS, "sandbox")
    )
    given(initiated).when(Tell("r", "failed", PRICE, reason="card_declined")).then(PaymentFailed("card_declined", "r"))


@proves("pay.webhooks", "pay.process")
def test_whatever_comes_late_or_twice_ends_the_same() -> None:
    told = (Tell("r", "needs_action", PRICE), Tell("r", "authorised", PRICE), Tell("r", "failed", PRICE))
    for stale in told:
        given(*paid).when(stale).then()
    given(*paid).when(Tell("r", "captured", PRICE)).then()
    given(initiated, PaymentFailed("timed_out")).when(Tell("r", "captured", PRICE)).then(captured)
    given(initiated, PaymentFailed("card_declined", "r")).when(Tell("r", "failed", PRICE)).then()
    given(initiated, PaymentAuthorised("r", PRICE)).when(Tell("r", "needs_action", PRICE)).then()


@proves("pay.process")
def test_bad_input_is_refused_and_nothing_is_recorded() -> None:
    for amount in (0, -1):
        given().when(Initiate(ADA, STARS, Money(amount, "EUR"), "sandbox", "token", DUE)).refused(
            "payment.nothing_to_pay"
        )
    other = Initiate(ADA, STARS, PART, "sandbox", "token", DUE)
    given(initiated).when(other).refused("payment.exists_already")
    given().when(Capture(PRICE, "me")).refused("payment.not_found")
    given(initiated).when(Tell("r", "captured", Money(4900, "SEK"))).refused("payment.other_currency")
    given(initiated).when(Tell("r", "captured", Money(5000, "EUR"))).refused("payment.more_than_asked")
    given(*only_authorised).when(Capture(Money(5000, "EUR"), "me")).refused("payment.more_than_authorised")
    given(*only_authorised, CaptureAsked(PART, "me")).when(Capture(PART, "me")).then()
    given(*only_authorised, CaptureAsked(PART, "me")).when(Capture(PART, "you")).refused("payment.captured_already")
    given(*paid).when(Capture(PRICE, "me")).refused("payment.captured_already")
    given(*paid).when(Void("no")).refused("payment.captured_already")
    given(initiated, PaymentFailed("card_declined")).when(AskRefund(ONE, PART, "rain")).refused("payment.not_captured")
    given(initiated).when(Capture(PRICE, "me")).refused("payment.not_authorised")


@proves("pay.refund")
def test_no_more_is_given_back_than_was_taken() -> None:
    given(*paid).when(AskRefund(ONE, None, "rain")).then(RefundAsked(ONE, PRICE, "rain"))
    given(*paid).when(AskRefund(ONE, PART, "rain")).then(RefundAsked(ONE, PART, "rain"))
    asked = (*paid, RefundAsked(ONE, PART, "rain"))
    given(*asked).when(AskRefund(ONE, PART, "rain")).then()
    given(*asked).when(AskRefund(ONE, REST, "rain")).refused("payment.other_refund")
    given(*asked).when(AskRefund(TWO, PRICE, "rain")).refused("payment.refund_too_large")
    given(*asked).when(AskRefund(TWO, Money(0, "EUR"), "rain")).refused("payment.nothing_to_pay")
    given(*asked).when(AskRefund(TWO, Money(1, "SEK"), "rain")).refused("payment.other_currency")
    given(*asked).when(AskRefund(TWO, None, "rain")).then(RefundAsked(TWO, REST, "rain"))
    given(*asked).when(TellRefund(ONE, "f", "done")).then(refund_of_part[1])
    given(*asked).when(TellRefund(ONE, "f", "pending")).then()
    given(*asked).when(TellRefund(TWO, "f", "done")).refused("refund.not_found")
    given(*asked).when(TellRefund(ONE, "f", "failed", "closed")).then(RefundFailed(ONE, "closed"))
    given(*asked, RefundFailed(ONE, "closed")).when(AskRefund(TWO, PRICE, "rain")).then(RefundAsked(TWO, PRICE, "rain"))
    given(*paid, *refund_of_part, RefundAsked(TWO, REST, "rain")).when(TellRefund(TWO, "g", "done")).then(
        PaymentRefunded(TWO, "g", REST, STARS, "sandbox", whole=True)
    )


@proves("pay.webhooks")
def test_what_was_given_back_at_the_gateway_is_found() -> None:
    elsewhere = RefundId("gateway-900")
    given(*paid).when(Tell("r", "captured", PRICE, 900)).then(
        RefundAsked(elsewhere, PART, "given back at the gateway"),
        PaymentRefunded(elsewhere, "r", PART, STARS, "sandbox", whole=False),
    )
    given(*paid, *refund_of_part).when(Tell("r", "captured", PRICE, 900)).then()
    given(*paid, refund_of_part[0]).when(Tell("r", "captured", PRICE, 900)).then()


@proves("pay.process")
def test_a_dispute_is_won_or_lost() -> None:
    given(*paid).when(TellDispute("d", "open", PRICE, "fraud")).then(disputed)
    given(*paid, disputed).when(TellDispute("d", "open", PRICE, "fraud")).then()
    given(*paid, disputed).when(TellDispute("d", "won", PRICE)).then(DisputeWon("d"))
    given(*paid, disputed).when(TellDispute("d", "lost", PRICE)).then(
        DisputeLost("d", PRICE, STARS, "sandbox", whole=True)
    )
    given(*paid, disputed).when(AskRefund(ONE, PART, "rain")).refused("payment.refund_too_large")
    given(*paid, disputed, DisputeWon("d")).when(AskRefund(ONE, PART, "rain")).then(RefundAsked(ONE, PART, "rain"))


@proves("pay.process")
def test_what_is_not_paid_in_time_comes_to_nothing() -> None:
    given(initiated).when(TimeOut(DUE)).then(PaymentFailed("timed_out"))
    given(*only_authorised).when(TimeOut(DUE)).then(VoidAsked("timed_out"))
    given(*only_authorised, VoidAsked("timed_out")).when(Tell("r", "void", PRICE)).then(PaymentVoided("r"))
    given(*only_authorised, VoidAsked("timed_out")).when(Tell("r", "captured", PRICE)).then(captured)
    given(*paid).when(TimeOut(DUE)).then()
    given(*only_authorised).when(Void("no")).then(VoidAsked("no"))


@proves("pay.process")
def test_what_was_asked_to_be_taken_and_is_not_in_time_is_let_go_or_was_taken() -> None:
    asked = (*only_authorised, CaptureAsked(PART, "me"))
    late = VoidAsked("capture_timed_out")
    given(*asked).when(TimeOutCapture("me")).then(late)
    given(*asked).when(TimeOutCapture("you")).then()
    given(*only_authorised).when(TimeOutCapture("me")).then()
    given(*asked, late).when(TimeOutCapture("me")).then()
    given(*asked, late).when(Tell("r", "void", PRICE)).then(PaymentVoided("r"))
    taken = PaymentCaptured("r", PART, STARS, "sandbox")
    given(*asked, late).when(Tell("r", "captured", PART)).then(taken)
    given(*asked, taken).when(TimeOutCapture("me")).then()
    given(*asked).when(TimeOut(DUE)).then()


@proves("pay.process")
def test_the_gateway_is_asked_again_only_for_what_is_open() -> None:
    given(initiated).when(AskAgain(1)).then(GatewayAskedAgain(1))
    given(initiated, GatewayAskedAgain(1)).when(AskAgain(1)).then()
    given(*paid).when(AskAgain(1)).then()
    given(*only_authorised).when(AskAgain(1)).then()
    given(*paid, RefundAsked(ONE, PART, "rain")).when(AskAgain(1)).then(GatewayAskedAgain(1))
