# pyright: reportUnknownVariableType=false, reportUntypedFunctionDecorator=false
"""The description of the API is whole, is what runs, and what runs is as it is described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app, routes
from api.http import openapi
from api.http.problems import KINDS, kind_of
from api.settings import Settings
from tests.api.serving import Client, Served, token
from tests.api.visiting import Visitor
from tests.proves import proves

KEPT = Path(__file__).parent.parent.parent / "docs/openapi.json"
EXAMPLES_MAX = 8
IDS = {"course": "celestial-navigation", "learner": "ada", "lesson": "stars", "role": "course-assistant"}


@cache
def operations() -> tuple[tuple[str, str, dict[str, Any]], ...]:
    return tuple(
        (method.upper(), path, operation)
        for path, methods in openapi.document(routes())["paths"].items()
        for method, operation in methods.items()
    )


@proves("docs.openapi")
def test_it_is_valid_and_kept_in_step(api: Served) -> None:
    served = httpx.get(f"{api.url}/openapi.json")
    assert served.content == openapi.text(routes())
    validate(served.json())
    there = KEPT.read_bytes() if KEPT.exists() else b""
    assert there == served.content, "docs/openapi.json is behind; write it with: make docs"


@proves("docs.openapi")
def test_it_describes_every_route_that_is_served() -> None:
    app = create_app(Settings(database_url="postgresql://nobody@localhost/none"))
    served = {
        (method, route.path_format)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"
    }
    assert served == {(method, path) for method, path, _ in operations()}


@proves("docs.openapi")
@pytest.mark.parametrize("named", [f"{method} {path}" for method, path, _ in operations()])
def test_every_route_is_told_whole(named: str) -> None:
    operation = next(one for method, path, one in operations() if f"{method} {path}" == named)
    assert operation["summary"].endswith((".", "?"))
    assert len(operation["tags"]) == 1
    is_open = operation["tags"] == ["Service"] or (
        operation["tags"] == ["Entrances"] and "x-permission" not in operation
    )
    assert operation["security"] == ([] if is_open else [{"token": []}])
    problems = [
        (int(status), code)
        for status, answer in operation["responses"].items()
        for code in answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    ]
    assert problems
    assert all(kind_of(code).status == status for status, code in problems)
    if "requestBody" in operation:
        assert all(body["example"] for body in operation["requestBody"]["content"].values())
    if operation["tags"] != ["Service"]:
        (done,) = (answer for status, answer in operation["responses"].items() if status in {"200", "202", "303"})
        assert all(answer["example"] for answer in done["content"].values())


@proves("res.errors")
def test_codes_are_told_apart_and_statuses_are_errors() -> None:
    assert all(400 <= kind.status < 600 for kind in KINDS.values())
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)
    assert kind_of("course.not_found").status == 404
    assert kind_of("cursor.malformed").status == 400
    assert kind_of("enrollment.not_possible").status == 409


ENROLLMENT = "/api/enrollments/{course}/{learner}"
LIFE = (
    "/api/enrollments",
    f"{ENROLLMENT}/lessons/{{lesson}}/complete",
    f"{ENROLLMENT}/suspend",
    f"{ENROLLMENT}/reinstate",
    f"{ENROLLMENT}/withdraw",
)
"""What may become of one enrolment, in order."""


@proves("docs.openapi")
def test_examples_do_what_they_say(client: Client) -> None:
    position = 0
    told = {path: operation for method, path, operation in operations() if method == "POST"}
    for path in LIFE:
        operation = told[path]
        where = re.sub(r"{(\w+)}", lambda name: IDS.get(name[1], "example"), path)
        body = operation.get("requestBody", {"content": {"application/json": {"example": {}}}})
        answer = client.command(where, body["content"]["application/json"]["example"])
        assert answer.status_code == 200, f"{where}: {answer.text}"
        example = operation["responses"]["200"]["content"]["application/json"]["example"]
        assert set(answer.json()) == set(example)
        position = answer.json()["position"]
    for path in ("/api/courses/celestial-navigation/roster", "/api/learners/ada/courses", "/api/facts"):
        template = path.replace("celestial-navigation", "{course}").replace("ada", "{learner}")
        shown = next(one for _, described, one in operations() if described == template)
        example = shown["responses"]["200"]["content"]["application/json"]["example"]
        params = {} if path == "/api/facts" else {"min_position": position}
        answer = client.get(path, params=params)
        assert set(answer.json()) == set(example)
        (name,) = (name for name, value in example.items() if isinstance(value, list))
        assert set(answer.json()[name][0]) == set(example[name][0])


@proves("docs.openapi")
def test_examples_of_entrances_let_somebody_in(api: Served) -> None:
    told = {path: operation for _, path, operation in operations()}
    with Visitor(api) as visitor:
        for path in ("/api/register", "/api/login", "/api/refresh", "/api/password/change", "/api/logout"):
            asked = told[path].get("requestBody", {"content": {"application/json": {"example": None}}})
            body = asked["content"]["application/json"]["example"]
            answer = visitor.refresh() if path == "/api/refresh" else visitor.take(visitor.enter(path, body))
            assert answer.status_code == 200, answer.text
            example = told[path]["responses"]["200"]["content"]["application/json"]["example"]
            assert set(answer.json()) == set(example)


@proves("docs.openapi")
def test_the_page_needs_nothing_from_elsewhere(api: Served) -> None:
    page = httpx.get(f"{api.url}/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for path in ("/docs/docs.js", "/docs/docs.css"):
        assert path in page.text
        part = httpx.get(api.url + path)
        assert part.status_code == 200
        assert "://" not in part.text
    assert "://" not in page.text
    assert "<script>" not in page.text


def test_the_catalogue_has_every_fact(api: Served) -> None:
    facts = httpx.get(f"{api.url}/api/catalogue").json()["facts"]
    assert "enrollments.LearnerEnrolled" in json.dumps(facts)


@pytest.fixture(scope="module")
def connection() -> Iterator[requests.Session]:
    """One connection for all that is made up."""
    with requests.Session() as session:
        yield session


# Live feeds do not end.
described = schemathesis.openapi.from_dict(openapi.document(routes())).exclude(path_regex="/live$")
# A method that no route has is refused before any route is asked: once is enough (tests/api/test_bad_input.py).
described.config.phases.coverage.unexpected_methods = set()


@proves("sec.input_validation", "docs.openapi")
@described.parametrize()
@settings(
    max_examples=EXAMPLES_MAX,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
    database=None,
)
def test_whatever_is_made_up_is_answered_as_described(
    case: schemathesis.Case[Any], api: Served, connection: requests.Session
) -> None:
    headers = {"Authorization": f"Bearer {token(uuid4())}"}
    if str((case.query or {}).get("min_position")).isdecimal():
        # Else it is waited for, for two seconds, as tests/api/test_commands_and_queries.py has it.
        case.query["min_position"] = 0
    answer = case.call(base_url=api.url, headers=headers, timeout=20, session=connection)
    case.validate_response(
        answer,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
