"""The OpenAPI document, made of what the routes declare."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any, get_type_hints

import msgspec

from api.http import problems
from api.http.routes import Route
from api.http.whole import CSV, JSON, LINES, columns_of
from application.tables import as_csv

VERSION = "1"
"""Of the API. A change that a client would notice gets a new one, and the old one stays beside it."""

_REFERENCE = "#/components/schemas/{name}"

_COMMAND_HEADERS = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "New for each new intent. The same key with the same request is answered as the first time.",
        "schema": {"type": "string", "pattern": "^[ -~]*[!-~][ -~]*$", "minLength": 1, "maxLength": 255},
        "example": "enroll-ada-1",
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The version of the stream that was seen, as ETag gave it; if it has moved on, nothing is done.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
        "example": '"3"',
    },
)

_ENTRANCE_HEADERS = (
    {
        **_COMMAND_HEADERS[0],
        "required": False,
        "description": "The same key with the same request is done once, however often it comes.",
        "example": "come-in-1",
    },
)
_TENANT_HEADER = {
    "name": "Annals-Tenant",
    "in": "header",
    "required": False,
    "description": "The tenant that is meant, where the hostname is nobody's.",
    "schema": {"type": "string", "format": "uuid"},
}

_RATE_HEADERS = {
    "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "How many are allowed a minute."},
    "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many are left."},
    "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "In how many seconds it starts anew."},
    "X-Request-Id": {"schema": {"type": "string"}, "description": "The id of this request."},
}
_POSITION = {"schema": {"type": "integer"}, "description": "The position in the ledger that this answer shows."}
_COMMAND_ANSWER_HEADERS = {
    "Annals-Position": {**_POSITION, "description": "Give it as `min_position` to see what was done."},
    "ETag": {"schema": {"type": "string"}, "description": "The version of the stream, for `If-Match`."},
    "Idempotency-Replayed": {"schema": {"type": "string"}, "description": "true when this was answered before."},
}

_SECTIONS = [
    {"name": "Commands", "description": "What changes something. Answered by a receipt, never by a state."},
    {"name": "Queries", "description": "What asks read models, or reads the facts. They change nothing."},
    {
        "name": "Entrances",
        "description": "Where one comes in: they answer tokens, which are shown once and never cached.",
    },
    {"name": "Service", "description": "About the service itself."},
]

_ABOUT = """Every decision is an immutable fact; every answer is a projection of those facts.

Send commands with `POST` and an `Idempotency-Key`. A receipt says at which `position` of the ledger the command was
written; any query with `min_position` of that position shows at least what the command did. What is refused is said as
RFC 9457 problems whose `code` is stable."""


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole description."""
    types = list(dict.fromkeys(one for route in routes for one in (route.body, route.answer) if one is not None))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    of_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, of_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Annals", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": _SECTIONS,
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**components, "Problem": problems.schema()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token signed with Ed25519; `annals token` issues them.",
                }
            },
        },
    }


@cache
def _text(routes: tuple[Route, ...]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document(routes)), indent=2) + b"\n"


def text(routes: Sequence[Route]) -> bytes:
    """The whole description, as it is served and kept in docs/openapi.json."""
    return _text(tuple(routes))


def _operation(route: Route, of_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "tags": [route.section],
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [*_parameters(route), *_headers(route)],
        "responses": _responses(route, of_type),
        "x-rate": route.rate,
    }
    if route.description:
        said["description"] = route.description
    if route.requires is not None:
        said["security"] = [{"token": []}]
        said["x-permission"] = route.requires
    else:
        said["security"] = []
    if route.body is not None:
        content: dict[str, Any] = {"schema": of_type[route.body]}
        if route.body_example is not None:
            content["example"] = route.body_example
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    if route.takes is not None:
        file = {"schema": {"format": "binary"}, "example": "%PDF-1.7 …"}
        said["requestBody"] = {"required": True, "content": {route.takes: file}}
    return said


def _headers(route: Route) -> tuple[dict[str, Any], ...]:
    match route.section:
        case "Commands":
            return _COMMAND_HEADERS
        case "Entrances":
            return _ENTRANCE_HEADERS if route.requires else (*_ENTRANCE_HEADERS, _TENANT_HEADER)
        case _:
            return ()


def _parameters(route: Route) -> list[dict[str, Any]]:
    hints = get_type_hints(route.parameters, include_extras=True)
    names = route.parameters.__struct_fields__
    schemas, _ = msgspec.json.schema_components([hints[name] for name in names], ref_template=_REFERENCE)
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(route.function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    found: list[dict[str, Any]] = []
    for name, schema in zip(names, schemas, strict=True):
        in_path = name in route.in_path
        shape = _without_null(schema)
        if defaults.get(name) is not None:
            shape["default"] = defaults[name]
        parameter = {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path or name not in defaults,
            "schema": shape,
        }
        if "description" in shape:
            parameter["description"] = shape.pop("description")
        found.append(parameter)
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is not one that may be null."""
    if "anyOf" in schema:
        rest = [one for one in schema["anyOf"] if one != {"type": "null"}]
        if len(rest) == 1:
            return {**{name: said for name, said in schema.items() if name not in {"anyOf", "default"}}, **rest[0]}
    if "enum" in schema:
        return {**schema, "enum": [one for one in schema["enum"] if one is not None]}
    return dict(schema)


def _responses(route: Route, of_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    headers = dict(_RATE_HEADERS)
    if route.section == "Commands":
        headers |= _COMMAND_ANSWER_HEADERS
    elif route.section == "Queries":
        headers |= {"Annals-Position": _POSITION, "ETag": {"schema": {"type": "string"}, "description": "For 304."}}
    content: dict[str, Any] = {"schema": of_type[route.answer]}
    if route.answer_example is not None:
        content["example"] = route.answer_example
    found: dict[str, Any] = {
        str(route.status): {
            "description": "Done." if route.section == "Commands" else "The answer.",
            "headers": headers,
        }
        | {"content": {route.media_type: content, **_whole(route)}}
    }
    if route.section == "Queries" and route.media_type == "application/json":
        found["304"] = {"description": "What the client has, named by If-None-Match, is still so."}
    codes = tuple(dict.fromkeys((*route.refuses, *problems.ALWAYS)))
    for status, of_status in sorted(problems.described(codes).items()):
        found[str(status)] = _problem(status, of_status)
        if route.path == "/health/ready" and status == 503:  # noqa: PLR2004 — as the route answers it
            found["503"]["content"][route.media_type] = content
    return found


def _whole(route: Route) -> dict[str, Any]:
    """The forms in which all rows of a question are taken away."""
    columns = columns_of(route.answer) if route.section == "Queries" and route.media_type == JSON else ()
    if not columns:
        return {}
    rows = route.answer_example["rows"]
    text = {"type": "string"}
    return {
        CSV: {
            "schema": text,
            "example": as_csv(columns, ([row.get(name) for name in columns] for row in rows)).decode(),
        },
        LINES: {"schema": text, "example": msgspec.json.Encoder().encode_lines(rows).decode()},
    }


def _problem(status: int, codes: Sequence[str]) -> dict[str, Any]:
    examples = {
        code: {
            "summary": problems.kind_of(code).title,
            "value": {
                "type": f"urn:annals:problem:{code}",
                "title": problems.kind_of(code).title,
                "status": status,
                "code": code,
                "detail": problems.kind_of(code).title,
                "request": "0198c0de-da7a-7000-8000-00000000c0de",
            },
        }
        for code in codes
    }
    return {
        "description": " ".join(f"`{code}`" for code in codes),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }
