"""What we need of whoever moves money for us. Each gateway is an adapter; all of them pass one contract suite.

Whatever moves money takes a key, and asked again under the same key does the same once. So who is killed between asking
and hearing simply asks again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Literal, Protocol

from application.ledger import TenantId
from domain.kernel import Moment, Value
from domain.money import Money


class Charge(Value):
    """What is to be paid. `method` is a token the gateway gave out, never the number of a card.

    Without `capture` it is only authorised. For a `customer` the method is kept, so that it may be charged while they
    are `away`: then nobody is asked for anything. What is kept for one customer pays for no other.
    """

    key: str
    payment: str
    money: Money
    method: str
    capture: bool = True
    customer: str | None = None
    away: bool = False
    description: str = ""


class Charged(Value):
    """A payment as the gateway has it. `reason` is a code of ours: card_declined, insufficient_funds.

    `action` is where the payer is to go: for 3-D Secure, say. Of one that is `disputed`, or was, there is more to ask.
    `kept` is what the method is called that is kept for the customer.
    """

    reference: str
    state: Literal["authorised", "captured", "failed", "needs_action", "pending", "void"]
    money: Money
    refunded: int = 0
    reason: str | None = None
    action: str | None = None
    payment: str | None = None
    disputed: bool = False
    kept: str | None = None


class Refunded(Value):
    reference: str
    state: Literal["done", "pending", "failed"]
    money: Money
    reason: str | None = None


class Account(Value):
    """Where somebody is paid out to. `wanting` is what they still have to say, `link` where they say it."""

    reference: str
    enabled: bool
    wanting: tuple[str, ...] = ()
    link: str | None = None


class Transferred(Value):
    reference: str
    state: Literal["done", "pending", "failed"]
    reason: str | None = None


class Dispute(Value):
    """The payer's bank takes money back. It is decided, or not yet."""

    reference: str
    state: Literal["open", "won", "lost"]
    money: Money
    reason: str | None = None


NoticeKind = Literal["charge", "refund", "dispute", "account", "transfer", "unknown"]


class Notice(Value):
    """What a gateway tells us by itself. `event` is its own name for it, by which it is known when it comes again.

    `reference` is that of the payment, of whatever kind the notice is; of an account or a transfer it is its own.
    `tenant` is whose it is, where the notice itself says so: it carries what was said when we asked.
    """

    event: str
    kind: NoticeKind
    reference: str | None
    payment: str | None
    made: Moment
    raw: bytes
    tenant: TenantId | None = None


class Forged(Exception):  # noqa: N818 — said of a notice
    """This notice was not written by the gateway."""


class TooOld(Exception):  # noqa: N818 — said of a notice
    """This notice was written too long ago, or is yet to be written, by our clock."""


class Unreachable(Exception):  # noqa: N818 — said of a gateway
    """The gateway did not answer, or not now: ask again under the same key."""


class Refused(Exception):  # noqa: N818 — said of what was asked
    """The gateway says no, and will say it again: `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Gateway(Protocol):
    """Raises `Unreachable` where asking again helps, and `Refused` where it does not."""

    name: str

    async def open_customer(self, person: str, key: str) -> str:
        """Whom the gateway keeps methods for: what it calls this person of ours."""
        ...

    async def charge(self, charge: Charge) -> Charged:
        """Charge. A payer without money is an answer: the state is failed."""
        ...

    async def capture(self, reference: str, money: Money, key: str) -> Charged: ...

    async def void(self, reference: str, key: str) -> Charged:
        """Let go of what was authorised and not captured."""
        ...

    async def refund(self, reference: str, money: Money, key: str) -> Refunded: ...

    async def look(self, reference: str) -> Charged:
        """What it is now: how a notice that is out of date is put right."""
        ...

    async def disputes(self, reference: str) -> Dispute | None:
        """The dispute over a payment, if there is one."""
        ...

    async def open_account(self, creator: str, country: str, key: str) -> Account: ...

    async def account(self, reference: str) -> Account: ...

    async def transfer(self, account: str, money: Money, key: str) -> Transferred: ...

    async def transfer_of(self, key: str) -> Transferred | None:
        """What became of a transfer; None where it never arrived."""
        ...

    def since(self, moment: Moment) -> AsyncIterator[Charged]:
        """The payments that something happened to since then, each with whose `payment` it is."""
        ...

    async def healthy(self) -> None:
        """Nothing, if we are who we say we are and it is reachable; else raise."""
        ...

    async def whose(self, reference: str) -> TenantId | None:
        """Whose payment this is, where a notice of it does not say so itself; None where it is not one of ours."""
        ...

    async def heard(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """Read a notice. Raises `Forged` or `TooOld`."""
        ...


class Gateways(Protocol):
    def of(self, tenant: TenantId) -> Gateway:
        """The gateway that a tenant has chosen."""
        ...

    def named(self, name: str, tenant: TenantId | None = None) -> Gateway:
        """A gateway by its name: what was paid through one is refunded through it, whatever is chosen since.

        With a tenant, what is asked of it carries whose it is, and payments of others are not seen. Raises `Refused`
        with "gateway.unknown" where there is none.
        """
        ...
