"""The port `Gateway` without a gateway: it moves no money, and says so in every name it gives.

Whoever asks under the same key is answered as the first time. What a method of payment does is in its name:
`sandbox:success` pays, `sandbox:declined` does not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, Self, TypeVar

import msgspec
from msgspec.structs import replace

from adapters.gateways.sandbox_notices import HEADER, Notices, Told
from adapters.gateways.sandbox_store import Store
from adapters.gateways.sandbox_things import (
    BANK_REFUSES,
    METHODS,
    WANTED,
    Behaviour,
    Customer,
    Method,
    Opened,
    Payment,
    first_state,
)
from adapters.gateways.signed import NOTICE_AGE_S_MAX, check_age, check_signed
from application.gateways import (
    Account,
    Charge,
    Charged,
    Dispute,
    Forged,
    Notice,
    NoticeKind,
    Refunded,
    Refused,
    Transferred,
)
from application.ledger import TenantId
from application.ports import Clock
from domain.kernel import Value
from domain.money import Money

Answer = TypeVar("Answer", bound=Value)
KEPT = "sandbox_method_"


class Sandbox:
    """The sandbox of one machine: whoever opens the same file with the same secret has the same."""

    name = "sandbox"

    def __init__(  # noqa: PLR0913 — all it stands on
        self,
        store: Store,
        notices: Notices,
        *,
        secret: str,
        clock: Clock,
        public_url: str,
        age_s_max: int = NOTICE_AGE_S_MAX,
        tenant: TenantId | None = None,
    ) -> None:
        self._store = store
        self._notices = notices
        self._secret = secret
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._age_s_max = age_s_max
        self._tenant = tenant

    def within(self, tenant: TenantId) -> Self:
        """The same, seen by one tenant."""
        return type(self)(
            self._store,
            self._notices,
            secret=self._secret,
            clock=self._clock,
            public_url=self._public_url,
            age_s_max=self._age_s_max,
            tenant=tenant,
        )

    async def close(self) -> None:
        await self._notices.close()
        self._store.close()

    async def open_customer(self, person: str, key: str) -> str:
        def open_one() -> Customer:
            customer = Customer(self._named("customer", key), person, self._tenant)
            self._store.keep("customer", customer.reference, self._now(), customer)
            return customer

        return self._once(key, person, Customer, open_one).reference

    async def charge(self, charge: Charge) -> Charged:
        if charge.money.amount <= 0:
            raise Refused("gateway.amount_refused", "nothing is no amount to charge")

        def pay() -> Charged:
            does, kept = self._does(charge)
            state, reason = first_state(does, capture=charge.capture, away=charge.away, kept=kept is not None)
            payment = Payment(
                reference=self._named("pay", charge.key),
                tenant=self._tenant,
                payment=charge.payment,
                asked=charge.money,
                money=charge.money,
                capture=charge.capture,
                method=does,
                state=state,
                reason=reason,
                customer=charge.customer,
                kept=kept,
            )
            return self._kept(self._disputed(payment), "charge")

        return self._once(charge.key, charge, Charged, pay)

    async def capture(self, reference: str, money: Money, key: str) -> Charged:
        def take() -> Charged:
            payment = self._payment(reference)
            if payment.state != "authorised":
                raise Refused("gateway.not_possible", f"a payment that is {payment.state} is not captured")
            _check(money, payment.asked, payment.asked.amount, "gateway.capture_exceeds")
            taken = replace(payment, state="captured", money=money)
            return self._kept(self._disputed(taken), "charge")

        return self._once(key, (reference, money), Charged, take)

    async def void(self, reference: str, key: str) -> Charged:
        def let_go() -> Charged:
            payment = self._payment(reference)
            if payment.state not in {"authorised", "needs_action"}:
                raise Refused("gateway.not_possible", f"a payment that is {payment.state} is not let go of")
            return self._kept(replace(payment, state="void"), "charge")

        return self._once(key, (reference, "void"), Charged, let_go)

    async def refund(self, reference: str, money: Money, key: str) -> Refunded:
        def give_back() -> Refunded:
            payment = self._payment(reference)
            if payment.state != "captured":
                raise Refused("gateway.not_possible", f"a payment that is {payment.state} is not refunded")
            left = payment.money.amount - payment.refunded
            _check(money, payment.money, left, "gateway.refund_exceeds")
            self._kept(replace(payment, refunded=payment.refunded + money.amount), "refund")
            return Refunded(self._named("refund", key), "done", money)

        return self._once(key, (reference, money), Refunded, give_back)

    async def look(self, reference: str) -> Charged:
        return self._charged(self._payment(reference))

    async def disputes(self, reference: str) -> Dispute | None:
        payment = self._payment(reference)
        if payment.dispute is None:
            return None
        return Dispute(f"{reference}_dispute", payment.dispute, payment.money, "fraudulent")

    async def open_account(self, creator: str, country: str, key: str) -> Account:
        def open_one() -> Account:
            opened = Opened(self._named("account", key), creator, country, self._tenant)
            self._store.keep("account", opened.reference, self._now(), opened)
            return self._account(opened)

        return self._once(key, (creator, country), Account, open_one)

    async def account(self, reference: str) -> Account:
        return self._account(self._opened(reference))

    async def transfer(self, account: str, money: Money, key: str) -> Transferred:
        def move() -> Transferred:
            opened = self._opened(account)
            if not opened.enabled:
                raise Refused("gateway.account_not_enabled", "this account cannot be paid out to yet")
            reference = self._named("transfer", key)
            if opened.country == BANK_REFUSES:
                moved = Transferred(reference, "failed", "bank_refuses")
            else:
                moved = Transferred(reference, "done")
            self._store.keep("transfer", reference, self._now(), moved)
            self._tell("transfer", reference, None, opened.tenant)
            return moved

        return self._once(key, (account, money), Transferred, move)

    async def transfer_of(self, key: str) -> Transferred | None:
        return self._store.look("transfer", self._named("transfer", key), Transferred)

    async def since(self, moment: datetime) -> AsyncIterator[Charged]:
        for payment in self._store.since("payment", moment.timestamp(), Payment):
            if self._is_ours(payment):
                yield self._charged(payment)

    async def healthy(self) -> None:
        self._store.look("payment", "", Payment)

    async def whose(self, reference: str) -> TenantId | None:
        payment = self._store.look("payment", reference, Payment)
        return None if payment is None else payment.tenant

    async def heard(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        made = check_signed(raw, headers.get(HEADER, ""), self._secret)
        check_age(made, self._clock.now(), self._age_s_max)
        try:
            told = msgspec.json.decode(raw, type=Told)
        except msgspec.MsgspecError:
            raise Forged("it is not what the sandbox writes") from None
        return Notice(told.event, kind_of(told.kind), told.reference, told.payment, told.made, raw, told.tenant)

    # What is done by those who are not us: the payer, the payer's bank, the creator.

    def act(self, reference: str, *, agrees: bool) -> Charged:
        """The payer says yes to their bank, or no. Said again, it stays as it was said first."""
        with self._store.changing():
            payment = self._payment(reference)
            if payment.state != "needs_action":
                return self._charged(payment)
            if not agrees:
                said = replace(payment, state="failed", reason="authentication_failed")
            else:
                said = replace(payment, state="captured" if payment.capture else "authorised")
            return self._kept(said, "charge")

    def onboard(self, reference: str) -> Account:
        """The creator says all that is wanted."""
        with self._store.changing():
            opened = replace(self._opened(reference), enabled=True)
            self._store.keep("account", reference, self._now(), opened)
            self._tell("account", reference, None, opened.tenant)
        return self._account(opened)

    def decide_dispute(self, reference: str, said: Literal["won", "lost"]) -> None:
        """The payer's bank decides."""
        with self._store.changing():
            payment = self._payment(reference)
            if payment.dispute == "open":
                self._kept(replace(payment, dispute=said), "dispute")

    def _once(self, key: str, asked: object, type_: type[Answer], do: Callable[[], Answer]) -> Answer:
        said = hashlib.sha256(msgspec.json.encode((type_.__name__, self._tenant, asked))).hexdigest()
        with self._store.changing():
            kept = self._store.answer(key)
            if kept is None:
                done = do()
                self._store.keep_answer(key, said, msgspec.json.encode(done))
                return done
            if kept[0] != said:
                raise Refused("gateway.key_reused", "this key belongs to something else that was asked")
        return msgspec.json.decode(kept[1], type=type_)

    def _does(self, charge: Charge) -> tuple[Behaviour, str | None]:
        """What a method does, and what it is called where it is kept. What is kept for one pays for no other."""
        if charge.customer is not None:
            customer = self._store.look("customer", charge.customer, Customer)
            if customer is None or not self._is_ours(customer):
                raise Refused("gateway.customer_unknown", "the sandbox has no such customer")
        kept = self._store.look("method", charge.method, Method) if charge.method.startswith(KEPT) else None
        if kept is not None and kept.customer == charge.customer and self._is_ours(kept):
            return kept.does, kept.reference
        if charge.method not in METHODS:
            raise Refused("gateway.method_unknown", f"the sandbox takes {', '.join(sorted(METHODS))}")
        return METHODS[charge.method], None

    def _with_method(self, payment: Payment) -> Payment:
        """What was agreed to is kept for whom it is to be kept."""
        if payment.customer is None or payment.kept is not None or payment.state not in {"captured", "authorised"}:
            return payment
        method = Method(self._named("method", payment.reference), payment.customer, payment.method, payment.tenant)
        self._store.keep("method", method.reference, self._now(), method)
        return replace(payment, kept=method.reference)

    def _kept(self, payment: Payment, kind: NoticeKind) -> Charged:
        payment = self._with_method(payment)
        self._store.keep("payment", payment.reference, self._now(), payment)
        self._tell(kind, payment.reference, payment.payment, payment.tenant)
        if payment.dispute == "open" and kind == "charge":
            self._tell("dispute", payment.reference, payment.payment, payment.tenant)
        return self._charged(payment)

    def _tell(self, kind: NoticeKind, reference: str, payment: str | None, tenant: TenantId | None) -> None:
        self._notices.tell(kind, reference, payment, tenant, self._clock.now().astimezone(UTC))

    def _disputed(self, payment: Payment) -> Payment:
        if payment.method == "disputed" and payment.state == "captured":
            return replace(payment, dispute="open")
        return payment

    def _payment(self, reference: str) -> Payment:
        found = self._store.look("payment", reference, Payment)
        if found is None or not self._is_ours(found):
            raise Refused("gateway.reference_unknown", "the sandbox has no such payment")
        return found

    def _opened(self, reference: str) -> Opened:
        found = self._store.look("account", reference, Opened)
        if found is None or not self._is_ours(found):
            raise Refused("gateway.reference_unknown", "the sandbox has no such account")
        return found

    def _is_ours(self, thing: Payment | Opened | Customer | Method) -> bool:
        return self._tenant is None or thing.tenant == self._tenant

    def _charged(self, payment: Payment) -> Charged:
        action = None
        if payment.state == "needs_action":
            action = f"{self._public_url}/api/sandbox/actions/{payment.reference}"
        return Charged(
            payment.reference,
            payment.state,
            payment.money,
            payment.refunded,
            payment.reason,
            action,
            payment.payment,
            payment.dispute is not None,
            payment.kept,
        )

    def _account(self, opened: Opened) -> Account:
        if opened.enabled:
            return Account(opened.reference, enabled=True)
        link = f"{self._public_url}/api/sandbox/actions/{opened.reference}"
        return Account(opened.reference, enabled=False, wanting=WANTED, link=link)

    def _named(self, kind: str, key: str) -> str:
        """A name nobody guesses, and that is the same whenever the same is asked."""
        return f"sandbox_{kind}_{hmac.new(self._secret.encode(), f'{kind} {key}'.encode(), 'sha256').hexdigest()[:32]}"

    def _now(self) -> float:
        return self._clock.now().timestamp()


def kind_of(said: str) -> NoticeKind:
    """Which kind of news this is. Of other things is told by a sandbox that is newer than this one."""
    try:
        kind: NoticeKind = msgspec.convert(said, NoticeKind)
    except msgspec.ValidationError:
        return "unknown"
    return kind


def _check(money: Money, among: Money, most: int, code: str) -> None:
    if money.currency != among.currency:
        raise Refused("gateway.currency_refused", f"this payment is in {among.currency}")
    if money.amount <= 0:
        raise Refused("gateway.amount_refused", "nothing is no amount")
    if money.amount > most:
        raise Refused(code, f"no more than {Money(most, among.currency).said()} is left of it")
