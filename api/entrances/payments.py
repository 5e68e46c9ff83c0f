"""Where gateways tell us by themselves. They have no token: what they write is signed, and nothing else is believed."""

from __future__ import annotations

from html import escape
from typing import Annotated, Literal, Protocol, runtime_checkable

import msgspec

from api.http.call import Call
from api.http.entrances import Raw, entrance
from api.http.problems import Refused
from api.http.reply import Reply
from application.entering import Visitor
from application.gateways import Account, Charged, Forged, Gateway, Gateways, Notice, TooOld, Unreachable
from application.gateways import Refused as NotDone
from application.hearing import hear
from application.ledger import TenantId
from domain.kernel import ID, Value

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{1,20}$(?!\n)", description="A gateway: stripe, paypal.")]
Reference = Annotated[str, ID]

PAGE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
NO_SUCH = "no such gateway is set up here"


class Heard(Value):
    """It is kept, and the work follows. Told again, it is answered the same."""

    event: str


@entrance(
    "/api/gateways/{gateway}/notices",
    refuses=["gateway.not_found", "gateway.unreachable", "notice.forged", "notice.too_old"],
    limit="notice",
    answer_example={"event": "evt_1PqVb2"},
)
async def hear_notice(gateway: Name, visitor: Visitor, call: Call, raw: Raw, gateways: Gateways) -> Heard:
    """A gateway tells what has happened there: word for word, signed by it, and within minutes.

    What it tells is kept and acknowledged, of whatever kind it is, and once however often it comes. What is done about
    it is done after that.
    """
    teller = _named(gateways, gateway)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers.items()}
    try:
        notice = await teller.heard(raw.content, headers)
        whose = await _whose(teller, notice)
    except Forged as forged:
        raise Refused("notice.forged", str(forged)) from None
    except TooOld as old:
        raise Refused("notice.too_old", str(old)) from None
    except Unreachable as away:
        raise Refused("gateway.unreachable", str(away)) from None
    await hear(visitor, gateway, msgspec.structs.replace(notice, tenant=whose))
    return Heard(notice.event)


async def _whose(gateway: Gateway, notice: Notice) -> TenantId | None:
    """Whose it is. Few notices do not say so; then the gateway knows by the payment."""
    if notice.tenant is not None or notice.reference is None or notice.kind in {"account", "transfer", "unknown"}:
        return notice.tenant
    try:
        return await gateway.whose(notice.reference)
    except NotDone:
        return None


def _named(gateways: Gateways, name: str) -> Gateway:
    try:
        return gateways.named(name)
    except NotDone:
        raise Refused("gateway.not_found", NO_SUCH) from None


@runtime_checkable
class Played(Protocol):
    """A gateway that plays the payer's bank as well."""

    def act(self, reference: str, *, agrees: bool) -> Charged: ...

    def onboard(self, reference: str) -> Account: ...


@entrance(
    "/api/sandbox/actions/{reference}",
    method="GET",
    refuses=["gateway.not_found"],
    answer=str,
    media_type="text/html",
    answer_example="<!doctype html><h1>Sandbox: no money is moved</h1>…",
)
async def see_action(
    reference: Reference,
    visitor: Visitor,  # noqa: ARG001 — as every entrance has one
    raw: Raw,  # noqa: ARG001 — whoever comes need not say to which tenant
    gateways: Gateways,
) -> Reply:
    """The sandbox plays the page of a bank, where a payer says yes or no."""
    _played(gateways)
    said = escape(reference)
    choices = "".join(
        f'<form method="post" action="{said}/{word}"><button>{label}</button></form>'
        for word, label in (("agree", "Agree"), ("refuse", "Refuse"))
    )
    page = f"<!doctype html><title>Sandbox</title><h1>Sandbox: no money is moved</h1><p>{said}</p>{choices}"
    headers = ((b"content-security-policy", PAGE_POLICY), (b"cache-control", b"no-store"))
    return Reply(200, page.encode(), headers, b"text/html; charset=utf-8")


class Acted(Value):
    """What came of it, in the sandbox."""

    reference: str
    state: str
    sandbox: bool = True


@entrance(
    "/api/sandbox/actions/{reference}/{answer}",
    refuses=["gateway.not_found"],
    answer_example={"reference": "sandbox_pay_5b0f", "state": "captured", "sandbox": True},
)
async def act(
    reference: Reference,
    answer: Literal["agree", "refuse"],
    visitor: Visitor,  # noqa: ARG001 — as every entrance has one
    raw: Raw,  # noqa: ARG001 — a browser sends a form that is empty
    gateways: Gateways,
) -> Acted:
    """A payer says yes or no to their bank, or a creator says who they are: in the sandbox, where nobody is asked."""
    played = _played(gateways)
    try:
        if reference.startswith("sandbox_account_"):
            account = played.onboard(reference)
            return Acted(account.reference, "enabled" if account.enabled else "wanting")
        charged = played.act(reference, agrees=answer == "agree")
    except NotDone:
        raise Refused("gateway.not_found", "the sandbox has no such thing") from None
    return Acted(charged.reference, charged.state)


def _played(gateways: Gateways) -> Played:
    found = _named(gateways, "sandbox")
    if not isinstance(found, Played):
        raise Refused("gateway.not_found", NO_SUCH)
    return found
