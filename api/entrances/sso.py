"""Coming in by an identity provider, and linking one's login there."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec

from api.entrances.identity import PAIR
from api.http import problems
from api.http.call import Call
from api.http.commands import RECEIPT
from api.http.entrances import entrance, named_tenant
from api.http.queries import Reading
from api.http.reply import Headers, Reply
from api.http.routes import Said
from application import arriving
from application.arriving import GOING_LASTS, Arrival
from application.entering import Entered, Visitor
from application.ledger import Receipt
from application.providers import NotProven, Unreachable
from application.what_else import Challenged
from domain.kernel import ID, Value
from domain.sso.events import ProviderId
from projections.sso import providers as offered

problems.tell(NotProven, "sign_in.not_proven")
problems.tell(Unreachable, "provider.unreachable")

Provider = Annotated[ProviderId, ID]
ReturnTo = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, description="A path of ours, or a URL of an origin that may call.")
]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]

COOKIE = "annals-sign-in"
METADATA_TYPE = "application/samlmetadata+xml"
REFUSES_LATE = [
    "sign_in.refused",
    "sign_in.expired",
    "sign_in.used",
    "sign_in.not_proven",
    "provider.unreachable",
    "login.unwelcome",
    "login.no_address",
    "login.taken",
    "address.taken",
    "account.closed",
    "login.refused",
    "person.erased",
    "person.not_possible",
    "not_found",
]


TICKET = "WyJ0aWNrZXQiXQ.bWFj"
IN = {"entered": PAIR, "ticket": None, "links": False}


class Way(Value):
    """Where the browser goes now."""

    url: str


class Came(Value):
    """Somebody came back: in, with tokens, or with what the second step needs; or with a ticket for what is left to do.

    A ticket comes in at `/api/login/ticket`; one with `links` is for who is logged in, at `/api/me/logins`.
    """

    entered: Entered | Challenged | None = None
    ticket: str | None = None
    links: bool = False


class TicketBody(Value, forbid_unknown_fields=True):
    """What one came back with."""

    ticket: Token


class LinkingBody(Value, forbid_unknown_fields=True):
    """By which provider, and where to be sent in the end."""

    provider: Provider
    return_to: ReturnTo | None = None


class Offered(Value):
    """The providers one may come in by."""

    providers: tuple[offered.Choice, ...]


@entrance(
    "/api/login-providers",
    method="GET",
    refuses=["position.not_reached"],
    answer_example={"providers": [{"id": "college", "kind": "oidc", "name": "The college"}]},
)
async def login_providers(visitor: Visitor, reading: Reading, tenant: UUID | None = None) -> Offered:  # noqa: ARG001 — it names the tenant
    """By which identity providers may one come in?"""
    return Offered(await offered.choices(reading.ask, visitor.tenant))


@entrance(
    "/api/login/{provider}",
    method="GET",
    status=303,
    refuses=["not_found", "return.refused", "sign_in.refused", "provider.unreachable"],
    answer_example={"url": "https://idp.college.example/authorize?client_id=annals"},
)
async def set_out(  # noqa: PLR0913, PLR0917 — all that a browser may bring
    provider: Provider,
    visitor: Visitor,
    call: Call,
    return_to: ReturnTo | None = None,
    linking: Token | None = None,
    tenant: UUID | None = None,  # noqa: ARG001 — it names the tenant
) -> Way:
    """Go to an identity provider to be let in there.

    A browser is sent to it, and back to us in the end. With `return_to` it is then sent on, with a ticket after the #.
    """
    away = await arriving.depart(
        visitor, provider, _callback(visitor, call, provider), return_to=return_to, linking=linking
    )
    cookie = f"{COOKIE}={away.cookie}; {_kept(visitor, call)}; Max-Age={int(GOING_LASTS.total_seconds())}"
    headers: Headers = (
        (b"location", away.url.encode()),
        (b"set-cookie", cookie.encode()),
        (b"referrer-policy", b"no-referrer"),
    )
    reply: Way | Reply = Reply(303, msgspec.json.encode(Way(away.url)), headers)
    return reply  # type: ignore[return-value]


@entrance("/api/login/{provider}/callback", method="GET", refuses=REFUSES_LATE, answer=Came, answer_example=IN)
async def come_back(provider: Provider, visitor: Visitor, call: Call, said: Said) -> Reply:
    """Come back from an identity provider.

    Where `return_to` was asked for, the answer is a redirection (303) there.
    """
    return await _come_back(provider, visitor, call, said)


@entrance("/api/login/{provider}/callback", refuses=[*REFUSES_LATE, "body.not_form"], answer=Came, answer_example=IN)
async def come_back_by_form(provider: Provider, visitor: Visitor, call: Call, said: Said) -> Reply:
    """Come back from an identity provider that lets the browser post a form, as Apple and SAML do."""
    return await _come_back(provider, visitor, call, said)


@entrance(
    "/api/login/{provider}/metadata",
    method="GET",
    refuses=["not_found"],
    answer=str,
    media_type=METADATA_TYPE,
    answer_example="<md:EntityDescriptor/>",
)
async def metadata(
    provider: Provider,
    visitor: Visitor,
    call: Call,
    tenant: UUID | None = None,  # noqa: ARG001 — it names the tenant
) -> Reply:
    """What a SAML identity provider wants to read of us."""
    said = await arriving.description(visitor, provider, _callback(visitor, call, provider))
    return Reply(200, said, (), METADATA_TYPE.encode())


@entrance("/api/login/ticket", refuses=REFUSES_LATE, example={"ticket": TICKET}, answer_example=PAIR)
async def use_ticket(body: TicketBody, visitor: Visitor) -> Entered | Challenged:
    """Come in with the ticket that one came back with.

    Where a second factor is on, the answer is a challenge for `/api/login/second-step`.
    """
    return await arriving.finish(visitor, body.ticket)


@entrance(
    "/api/me/logins/begin",
    requires="sso.own",
    refuses=["person.needed", "return.refused", "not_found"],
    example={"provider": "college", "return_to": "/settings"},
    answer_example={"url": "https://school.example/api/login/college?linking=WyJsaW5rIl0.bWFj"},
)
async def begin_linking(body: LinkingBody, visitor: Visitor, call: Call) -> Way:
    """Ask where a browser goes to link a login to oneself."""
    url = f"{_base(visitor, call)}/api/login/{body.provider}?linking={quote(arriving.may_link(visitor))}"
    if body.return_to is not None:
        url += f"&return_to={quote(body.return_to, safe='')}"
    return Way(f"{url}&tenant={visitor.tenant}" if _is_named(call) else url)


@entrance(
    "/api/me/logins",
    requires="sso.own",
    refuses=["person.needed", *REFUSES_LATE],
    example={"ticket": TICKET},
    answer_example=msgspec.to_builtins(RECEIPT),
)
async def link_login(body: TicketBody, visitor: Visitor) -> Receipt:
    """Link the login that one came back with to oneself."""
    return await arriving.link(visitor, body.ticket)


async def _come_back(provider: ProviderId, visitor: Visitor, call: Call, said: Said) -> Reply:
    arrival = await arriving.arrive(visitor, provider, _callback(visitor, call, provider), said.words, _cookie(call))
    gone = f"{COOKIE}=; {_kept(visitor, call)}; Max-Age=0"
    headers: Headers = ((b"set-cookie", gone.encode()), (b"referrer-policy", b"no-referrer"))
    if arrival.return_to is None:
        return Reply(200, msgspec.json.encode(_came(arrival)), headers)
    # After the #, so that it is in nobody's log, and no server is told.
    target = f"{arrival.return_to}#{'link' if arrival.links else 'ticket'}={arrival.ticket}"
    return Reply(303, b"", (*headers, (b"location", target.encode())))


def _came(arrival: Arrival) -> Came:
    if arrival.entered is not None:
        return Came(entered=arrival.entered)
    return Came(ticket=arrival.ticket, links=arrival.links)


def _cookie(call: Call) -> str:
    for part in call.headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _kept(visitor: Visitor, call: Call) -> str:
    """How the browser keeps the cookie. Who posts a form to us from elsewhere sends it along only where we have TLS."""
    secure = _base(visitor, call).startswith("https:")
    return f"Path=/api/login; HttpOnly; {'Secure; SameSite=None' if secure else 'SameSite=Lax'}"


def _callback(visitor: Visitor, call: Call, provider: ProviderId) -> str:
    """Where a provider sends the browser back to: the same, to the letter, however often one asks."""
    url = f"{_base(visitor, call)}/api/login/{provider}/callback"
    return f"{url}?tenant={visitor.tenant}" if _is_named(call) else url


def _base(visitor: Visitor, call: Call) -> str:
    """Where a browser finds us: where it has found us now."""
    scheme = "https" if visitor.means.abroad.is_secure else str(call.scope["scheme"])
    return f"{scheme}://{call.headers.get(b'host', b'').decode('latin-1')}"


def _is_named(call: Call) -> bool:
    return bool(named_tenant(call))
