"""Every route says who may call it, how often, and what it refuses."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import get_args

import pytest

from api.app import routes
from api.http.problems import KINDS
from api.http.rates import Rate
from api.http.routes import Route
from application.catalogue import contexts
from application.ledger import Receipt
from application.permissions import permissions
from tests.documents import ROOT
from tests.house.reading import python
from tests.proves import proves

ROUTES = routes()
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)


def undeclared(route: Route) -> list[str]:
    """What a route leaves open."""
    found: list[str] = []
    if route.section in {"Commands", "Queries"} and not route.requires:
        found.append("who may call it")
    if route.rate not in get_args(Rate):
        found.append("how often")
    if route.section == "Entrances" and not route.requires and route.rate not in {"entrance", "notice"}:
        found.append("that it is open at the rate of entrances")
    if not route.refuses:
        found.append("what it refuses")
    if route.section == "Commands" and not issubclass(route.answer, Receipt):
        found.append("that it answers a Receipt")
    if not route.summary:
        found.append("what it is for")
    return found


@every_route
@proves("es.cqrs_split")
def test_a_route_declares_all_it_promises(route: Route) -> None:
    assert not undeclared(route)


def test_a_route_that_leaves_something_open_is_noticed() -> None:
    route = next(route for route in ROUTES if route.section == "Commands")

    def silent() -> None: ...

    for left_open in (
        {"requires": None},
        {"rate": "whenever"},
        {"refuses": ()},
        {"answer": dict},
        {"function": silent},
    ):
        assert undeclared(replace(route, **left_open)), left_open


@every_route
def test_a_permission_is_of_the_context_whose_route_it_is(route: Route) -> None:
    if route.section != "Service" and route.requires is not None:
        package, _, module = route.function.__module__.rpartition(".")
        module = "facts" if package == "api.service" else module
        assert route.requires.partition(".")[0] == module
        assert module in {*contexts(), "facts", "proofs"}


@every_route
@proves("access.rbac")
def test_a_permission_that_a_route_requires_is_declared(route: Route) -> None:
    assert route.requires is None or route.requires in permissions(), (
        f"{route.template} requires {route.requires}: say what that is, and who holds it, in PERMISSIONS of "
        f"application/{route.requires.partition('.')[0]}.py"
    )


OF_POLICIES = {
    "entry.empty": "an entry follows from the fact that it is about",
    "entry.exists_already": "an entry follows from the fact that it is about",
    "entry.not_found": "an entry is reversed because of what it was recorded for",
    "entry.unbalanced": "an entry follows from the fact that it is about",
    "payment.other_refund": "a refund is called as the command that asks for it",
    "payout.exists_already": "a payout is called as the command that asks for it",
    "payout.of_nothing": "no request is of nothing, and nothing is not paid out when it is time",
    "payout_account.anothers": "the gateway names the account that it opened",
    "payout_account.not_found": "the gateway names the account that it opened",
    "refund.not_found": "the gateway tells of a refund that it was asked for",
    "share.not_possible": "a share follows from what was paid",
    "subscription.nothing_to_pay": "what is captured and not owed is given back",
}
"""What no request comes to, only what follows from a fact; and why."""


def test_every_refusal_of_the_domain_is_declared_by_a_route_or_met_by_policies_alone() -> None:
    said = {
        node.args[0].value
        for context in contexts()
        for source in python(ROOT, f"domain/{context}")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Rejected"
        and isinstance(node.args[0], ast.Constant)
    }
    declared = {code for route in ROUTES for code in route.refuses} | set(KINDS)
    assert said
    assert said <= declared | OF_POLICIES.keys()
    assert OF_POLICIES.keys() <= said
    assert not declared & OF_POLICIES.keys()
