"""What a route declares, and how the values it is given are read."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, NamedTuple, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope

from api.http.call import Call, Tells, call_of
from api.http.front import failure
from api.http.problems import Refused, invalid
from api.http.rates import Rate
from api.http.values import in_utc
from application.permissions import permissions
from domain.tenancy.flags import Flag

Method = Literal["GET", "POST"]
Section = Literal["Commands", "Queries", "Entrances", "Service"]
Scoping = str | Mapping[str, str] | None
"""Within which kinds of scope a permission is enough, each with the name under which the path or the body says which:
`{"course": "course", "person": "learner"}`; `"course"` for short."""
Endpoint = Callable[[Call, Scope, Receive], Awaitable[ASGIApp]]

FIELDS_MAX = 30


class Place(NamedTuple):
    """Where a request says which scope it is about."""

    kind: str
    """With its colon: `course:`."""
    name: str
    """Of the field of the path, or of the body."""
    in_body: bool


class Needs(NamedTuple):
    """What a route needs of whoever asks."""

    permission: str
    rate: Rate
    places: tuple[Place, ...] = ()
    """The scopes within which the permission is enough."""

    @property
    def of_body(self) -> bool:
        """Whether the body has to be read first."""
        return any(place.in_body for place in self.places)


JSON_TYPES = re.compile(rb"application/(?:[a-z0-9.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What came in the query or as a form, whatever it is called: for routes that others call in their own words."""

    words: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Route:
    """One way to reach us. Who may, how often and what can go wrong is said of each."""

    section: Section
    method: Method
    path: str
    function: Callable[..., Any]
    requires: str | None
    """The permission that is needed; None is open to all."""
    places: tuple[Place, ...]
    """Where it says within which scopes that permission is enough."""
    rate: Rate
    refuses: tuple[str, ...]
    parameters: type[msgspec.Struct]
    """What comes in the path and in the query."""
    besides: Mapping[type, str]
    """What its function wants that is not in the request's own words, and under which name."""
    body: Any
    answer: Any
    media_type: str
    body_example: Any
    answer_example: Any
    needs_feature: Flag | None = None
    """What must be switched on in the tenant that asks."""
    status: int = 200
    """What it is answered with when all is well."""
    begins: bool = False
    """Whether it begins something with the tenant, and so waits while that is suspended."""
    takes: str | None = None
    """The media type of its body, where that is a file."""
    sealing: Callable[..., Any] | None = None
    """What says how such a body is sealed, or refuses it before it is read."""

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def summary(self) -> str:
        """The first line of what its function says of itself."""
        return inspect.cleandoc(self.function.__doc__ or "").partition("\n")[0]

    @property
    def description(self) -> str:
        return inspect.cleandoc(self.function.__doc__ or "").partition("\n")[2].strip()

    @property
    def in_path(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def needs(self) -> Needs:
        return Needs(self.requires or "", self.rate, self.places)

    @property
    def template(self) -> str:
        """As it is known to the ledger and the logs."""
        return f"{self.method} {self.path}"

    @property
    def tells(self) -> Tells:
        """Which of its refusals are noted in the trail."""
        match self.section:
            case "Commands":
                return "all"
            case "Entrances":
                return "nothing" if self.method == "GET" else "all"
            case "Queries":
                return "watched" if permissions()[self.requires or ""].watched else "forbidden"
            case "Service":
                return "nothing"

    def given(self, scope: Scope) -> dict[str, Any]:
        """The values of path and query, checked."""
        said: dict[str, Any] = scope["path_params"]
        query = scope["query_string"]
        if query and Said not in self.besides:
            said = {**fields_of(query, "the query of the URL"), **said}
        try:
            values = msgspec.convert(said, self.parameters, strict=False)
        except msgspec.ValidationError as error:
            raise invalid(error, "$.") from None
        return {field: in_utc(getattr(values, field)) for field in self.parameters.__struct_fields__}

    def served(self, endpoint: Endpoint) -> HTTPRouteHandler:
        """This route as Litestar takes it."""

        name, tells = self.name, self.tells

        async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
            call = call_of(request.scope)
            call.action, call.tells = name, tells
            try:
                return await endpoint(call, request.scope, request.receive)
            except Exception as error:  # noqa: BLE001 — here they all become answers
                return failure(call, error)

        path = re.sub(r"{(\w+)}", r"{\1:str}", self.path)
        return HTTPRouteHandler(path, http_method=self.method, name=self.name)(serve)


def declared(  # noqa: PLR0913 — a route says all of this
    section: Section,
    method: Method,
    path: str,
    function: Callable[..., Any],
    *,
    given_besides: Sequence[type],
    requires: str | None,
    scope: Scoping = None,
    rate: Rate,
    refuses: Sequence[str],
    answer: Any = None,
    media_type: str = "application/json",
    body_example: Any = None,
    answer_example: Any = None,
    needs_feature: Flag | None = None,
    status: int = 200,
    begins: bool = False,
    takes: str | None = None,
    sealing: Callable[..., Any] | None = None,
) -> Route:
    """A route from its function: `body` is the body, the rest is found in the path by its name, or in the query."""
    hints = get_type_hints(function, include_extras=True)
    fields: list[Any] = []
    besides: dict[type, str] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if hints[name] in given_besides:
            besides[hints[name]] = name
        elif name == "body":
            continue
        elif parameter.default is inspect.Parameter.empty:
            fields.append((name, hints[name]))
        else:
            fields.append((name, hints[name], parameter.default))
    parameters = msgspec.defstruct(f"{function.__name__}_parameters", fields, forbid_unknown_fields=True, kw_only=True)
    return Route(
        section=section,
        method=method,
        path=path,
        function=function,
        requires=requires,
        places=tuple(_places(path, hints.get("body"), scope)),
        rate=rate,
        refuses=(
            *refuses,
            *(("feature.disabled",) if needs_feature else ()),
        ),
        parameters=parameters,
        besides=besides,
        body=hints.get("body"),
        answer=hints["return"] if answer is None else answer,
        media_type=media_type,
        body_example=body_example,
        answer_example=answer_example,
        needs_feature=needs_feature,
        status=status,
        begins=begins,
        takes=takes,
        sealing=sealing,
    )


def _places(path: str, body: Any, scope: Scoping) -> Iterator[Place]:
    """Where a route says which scope it is about: in its path, or else in its body."""
    kinds = {scope: scope} if isinstance(scope, str) else scope or {}
    for kind, name in kinds.items():
        in_path = f"{{{name}}}" in path
        if not in_path and name not in getattr(body, "__struct_fields__", ()):
            raise TypeError(f"{path}: neither the path nor the body says which {kind} by {name}")
        yield Place(f"{kind}:", name, in_body=not in_path)


def found(package: ModuleType) -> Iterator[Route]:
    """The routes of all modules of a package, found by place."""
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        for thing in vars(importlib.import_module(f"{package.__name__}.{module.name}")).values():
            if isinstance(thing, Route):
                yield thing


def fields_of(said: bytes, where: str) -> Mapping[str, str]:
    """The fields of a query or a form, each of which comes once."""
    try:
        pairs = parse_qsl(
            said.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        raise Refused("request.malformed", f"{where} cannot be read") from None
    values = dict(pairs)
    if len(values) < len(pairs):
        raise Refused("request.invalid", f"the same name comes twice in {where}")
    return values


async def read_body(call: Call, receive: Receive, bytes_max: int) -> bytes:
    """The whole body, if it is not too large."""
    said = call.headers.get(b"content-length")
    if said is not None and (not said.isdigit() or int(said) > bytes_max):
        raise _too_large(bytes_max)
    if said == b"0" or (
        said is None and call.scope["http_version"][0] == "1" and b"transfer-encoding" not in call.headers
    ):
        return b""  # There is none; waiting to be told so is another turn of the loop.
    message = await receive()
    if message["type"] != "http.request":
        raise Refused("request.incomplete", "the connection ended before the body did")
    body = message["body"]
    # What was announced is all there is; waiting to be told so is another turn of the loop.
    if not message.get("more_body") or (said is not None and len(body) == int(said)):
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
        return body
    parts = [message["body"]]
    length = len(message["body"])
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("request.incomplete", "the connection ended before the body did")
        length += len(message["body"])
        if length > bytes_max:
            raise _too_large(bytes_max)
        parts.append(message["body"])
    return b"".join(parts)


def _too_large(bytes_max: int) -> Refused:
    return Refused("body.too_large", f"a body has at most {bytes_max} bytes", headers=((b"connection", b"close"),))


class BodyReader:
    """Reads bodies of one type."""

    def __init__(self, type_: Any) -> None:
        self._decoder = None if type_ is None else msgspec.json.Decoder(type_)

    def __call__(self, call: Call, raw: bytes) -> Any:
        """The body as a value. A route that takes none is content with an empty one or `{}`."""
        if self._decoder is None and not raw:
            return None
        if not JSON_TYPES.fullmatch(call.headers.get(b"content-type", b"")):
            raise Refused("body.not_json", "send Content-Type: application/json")
        try:
            if self._decoder is None:
                return _nothing.decode(raw)
            return self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise invalid(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise Refused("request.malformed", f"the body is not JSON in UTF-8: {why}") from None


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """`{}`."""


_nothing = msgspec.json.Decoder(_Nothing)
