"""Everything that can be refused, with its stable code and its status, said as RFC 9457 wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from litestar.exceptions import HTTPException

from api.http.reply import Headers, Reply
from domain.kernel import Rejected, Value

MEDIA_TYPE = b"application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: the status it is answered with, and what it is called."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "request.malformed": Kind(400, "The request cannot be read"),
    "request.invalid": Kind(400, "The request is not what this route takes"),
    "request.incomplete": Kind(400, "The request ended too early"),
    "idempotency.key_missing": Kind(400, "A command needs an Idempotency-Key"),
    "cursor.malformed": Kind(400, "This cursor was not given by this question"),
    "limit.out_of_range": Kind(400, "A page has from 1 to 200 rows"),
    "position.unknown": Kind(400, "The ledger has not come so far"),
    "text.not_storable": Kind(400, "It holds characters that cannot be kept"),
    "return.refused": Kind(400, "A browser is not sent back there"),
    "provider.incomplete": Kind(400, "Something is missing of this provider"),
    "provider.url_refused": Kind(400, "A provider is not reached by this URL"),
    "proof.no_such_size": Kind(400, "The tree never had so many leaves, or not this one"),
    "notice.malformed": Kind(400, "This notice cannot be read"),
    "notice.forged": Kind(400, "This notice was not written by the gateway"),
    "notice.too_old": Kind(400, "This notice was not written just now"),
    "id.malformed": Kind(400, "This cannot be an id"),
    "token.missing": Kind(401, "A token is needed"),
    "token.refused": Kind(401, "The token is not believed"),
    "login.refused": Kind(401, "This name and this password do not belong together"),
    "challenge.refused": Kind(401, "The challenge is not believed, or too old"),
    "second_step.refused": Kind(401, "This is not the code"),
    "two_factor.code_used": Kind(401, "This code was used before"),
    "passkey.refused": Kind(401, "This passkey is not believed"),
    "passkey.counter_fell": Kind(401, "This passkey may be a copy"),
    "passkey.not_believed": Kind(422, "This passkey cannot be taken"),
    "refresh.refused": Kind(401, "The session is over"),
    "address.unverified": Kind(403, "This waits until the address is verified"),
    "account.closed": Kind(403, "This account is closed"),
    "sign_in.refused": Kind(403, "This was not begun here"),
    "sign_in.expired": Kind(403, "This took too long"),
    "sign_in.not_proven": Kind(403, "The identity provider has proven nothing"),
    "login.unwelcome": Kind(403, "Nobody comes in by this login"),
    "password.expired": Kind(403, "The password is too old"),
    "password.wrong": Kind(403, "This is not the password there is"),
    "person.needed": Kind(403, "This is for people"),
    "permission.missing": Kind(403, "This caller may not do this"),
    "permission.not_held": Kind(403, "Nobody grants what they lack"),
    "recording.not_agreed": Kind(403, "This is done only with who agrees"),
    "enrollment.needed": Kind(403, "This is for those who are on the course"),
    "item.not_released": Kind(403, "This is shown later"),
    "item.prerequisites_missing": Kind(403, "Something else comes first"),
    "course.not_open": Kind(403, "This is for those whom the course is open to"),
    "erasure.not_confirmed": Kind(400, "This needs to be confirmed in words"),
    "erasure.not_authenticated": Kind(400, "This needs a proof of who asks"),
    "download.refused": Kind(403, "This link is not believed, or too old"),
    "permission.unknown": Kind(400, "There is no such permission"),
    "token.other_tenant": Kind(403, "The token is of another tenant than the hostname"),
    "report.unknown": Kind(400, "There is no such kind of report"),
    "report.no_period": Kind(400, "A period ends after it begins"),
    "report.period_not_over": Kind(409, "The period is not over"),
    "report.other": Kind(409, "There is another report of this name"),
    "report.not_found": Kind(404, "There is no such report"),
    "report.not_compiled": Kind(409, "The report is not compiled yet"),
    "report.not_kept": Kind(410, "The report is there no more"),
    "tenant.suspended": Kind(403, "This tenant is suspended"),
    "feature.disabled": Kind(403, "This feature is switched off"),
    "origin.refused": Kind(403, "Pages of this origin may not call"),
    "host.unknown": Kind(404, "Nobody is reached under this hostname"),
    "not_found": Kind(404, "There is no such thing"),
    "route.not_found": Kind(404, "There is nothing here"),
    "method.not_allowed": Kind(405, "This cannot be asked in this way"),
    "answer.not_acceptable": Kind(406, "It is not answered in this form"),
    "conflict.stream_moved": Kind(409, "Others kept changing the same thing"),
    "recording.purged": Kind(410, "This recording is there no more"),
    "certificate.not_kept": Kind(410, "What was made of this certificate is there no more"),
    "stream.version_moved": Kind(412, "It has changed since it was seen"),
    "body.too_large": Kind(413, "The body is too large"),
    "body.not_json": Kind(415, "The body must be JSON"),
    "body.not_form": Kind(415, "The body must be a form"),
    "range.not_satisfiable": Kind(416, "It is shorter than that"),
    "idempotency.key_reused": Kind(422, "This Idempotency-Key belongs to another request"),
    "password.refused": Kind(422, "This password is not taken"),
    "aside.too_much": Kind(422, "This is more than is built for one who asks"),
    "code.too_soon": Kind(429, "A code was sent just now"),
    "link.too_soon": Kind(429, "A link was sent just now"),
    "two_factor.locked": Kind(429, "Too many wrong codes"),
    "login.locked": Kind(429, "Too many wrong guesses"),
    "rate.exceeded": Kind(429, "Too many requests"),
    "unexpected": Kind(500, "Something went wrong here"),
    "gateway.unreachable": Kind(503, "The gateway cannot be asked"),
    "provider.unreachable": Kind(502, "The identity provider cannot be asked"),
    "service.unavailable": Kind(503, "Not now"),
    "position.not_reached": Kind(503, "Not shown yet"),
    "proof.incomplete": Kind(503, "Part of the tree is missing"),
    "feed.full": Kind(503, "Too many are listening"),
    "aside.busy": Kind(503, "One is served at a time"),
}

ALWAYS = ("request.malformed", "request.invalid", "rate.exceeded", "service.unavailable", "unexpected")
"""What any route may answer."""

RETRY_AFTER_S: Mapping[str, int] = {
    "code.too_soon": 60,
    "link.too_soon": 60,
    "login.locked": 900,
    "two_factor.locked": 900,
}
"""When it is worth asking again, where that is not soon, and nobody knows better."""
SOON_S = 1
_NOT_NOW = frozenset({429, 503})
_ASK_FOR_TOKEN = (b"www-authenticate", b'Bearer realm="annals"')


class Refused(Exception):  # noqa: N818 — as `Rejected` says no to a command, this says no to a request
    """No to a request, before it reached what it asked for."""

    def __init__(self, code: str, detail: str, *, path: str | None = None, headers: Headers = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.path = path
        self.headers = headers


class Problem(Value, omit_defaults=True):
    """What a client is told. `code` is for programs and stays; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request: str
    path: str | None = None


_TELL: dict[type[BaseException], tuple[str, str | None]] = {}
_encode = msgspec.json.Encoder().encode


def tell(error: type[Exception], code: str, detail: str | None = None) -> None:
    """Say which kind of problem an exception is. Without a detail its own text is told, so it must be fit to be."""
    _TELL[error] = (code, detail)


def kind_of(code: str) -> Kind:
    """The kind of a code: a known one, or a refusal of the domain, which is a conflict unless it says otherwise."""
    known = KINDS.get(code)
    if known is not None:
        return known
    said = code.partition(".")[2] or code
    title = said.replace("_", " ").capitalize()
    if code.endswith(".not_found"):
        return Kind(404, title)
    return Kind(400 if code.endswith(".malformed") else 409, title)


def reply(code: str, detail: str, request: str, *, path: str | None = None, headers: Headers = ()) -> Reply:
    """The answer that says so."""
    kind = kind_of(code)
    body = _encode(Problem(f"urn:annals:problem:{code}", kind.title, kind.status, code, detail, request, path))
    more: Headers = headers
    said = {name for name, _ in headers}
    if kind.status in _NOT_NOW and b"retry-after" not in said:
        more = (*more, (b"retry-after", b"%d" % RETRY_AFTER_S.get(code, SOON_S)))
    if kind.status == 401 and b"www-authenticate" not in said:  # noqa: PLR2004 — as HTTP says it
        more = (*more, _ASK_FOR_TOKEN)
    return Reply(kind.status, body, more, MEDIA_TYPE)


def refusal(error: Exception, request: str) -> Reply | None:
    """What an exception is answered with; None when nobody foresaw it."""
    match error:
        case Refused():
            return reply(error.code, error.detail, request, path=error.path, headers=error.headers)
        case Rejected():
            return reply(error.code, error.detail, request)
        case HTTPException():
            return _of_the_server(error, request)
        case _:
            for known in type(error).__mro__:
                if known in _TELL:
                    code, detail = _TELL[known]
                    return reply(code, detail or str(error) or kind_of(code).title, request)
            return None


def code_of(error: Exception) -> str | None:
    """The code that an exception is answered with; None where it has none of ours."""
    if isinstance(error, Refused | Rejected):
        return error.code
    return next((_TELL[known][0] for known in type(error).__mro__ if known in _TELL), None)


def _of_the_server(error: HTTPException, request: str) -> Reply | None:
    """What Litestar refuses before a route is reached."""
    match error.status_code:
        case 404:
            return reply("route.not_found", "no route has this path", request)
        case 405:
            allowed = (error.headers or {}).get("allow", "")
            headers = ((b"allow", allowed.encode()),)
            return reply("method.not_allowed", f"allowed here: {allowed}", request, headers=headers)
        case status if status < 500:  # noqa: PLR2004 — as HTTP counts them
            return reply("request.malformed", "the request cannot be read", request)
        case _:
            return None


_PLACE = re.compile(r" - at `([^`]*)`$")


def invalid(error: msgspec.ValidationError, whole: str = "") -> Refused:
    """A value that is not what was declared: what is wrong, and with which field."""
    said = str(error)
    place = _PLACE.search(said)
    found = place.group(1) if place else "$"
    what = _PLACE.sub("", said)
    unknown = re.search(r"unknown field `([^`]*)`", what)
    if unknown:
        found = f"{found}.{unknown.group(1)}"
    return Refused("request.invalid", what, path=found.removeprefix(whole))


def described(codes: Sequence[str]) -> dict[int, list[str]]:
    """Codes by the status they come with."""
    found: dict[int, list[str]] = {}
    for code in codes:
        found.setdefault(kind_of(code).status, []).append(code)
    return found


def schema() -> dict[str, Any]:
    """What a problem looks like, as JSON Schema."""
    return {
        "type": "object",
        "description": "What was refused and why (RFC 9457).",
        "required": ["type", "title", "status", "code", "detail", "request"],
        "properties": {
            "type": {"type": "string", "description": "urn:annals:problem: and the code"},
            "title": {"type": "string", "description": "The kind of problem, for people."},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "The kind of problem, for programs: it never changes."},
            "detail": {"type": "string", "description": "What was wrong this time."},
            "request": {"type": "string", "description": "The id of the request, to be named when asking for help."},
            "path": {"type": "string", "description": "The field that was wrong: `$.lessons[0]`, `?limit`."},
        },
    }
