"""Subscribing, and what follows, over HTTP with a real engine and the sandbox."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

from tests.api.people import appoint
from tests.payments.paying import COURSE, refused, soon
from tests.proves import proves
from tests.subscriptions.club import GOLD, METHOD, Club, allowed


@proves("pay.subscription_create", "pay.subscription_cancel", "pay.revenue_analytics")
def test_who_subscribes_once_is_let_in_and_who_cancels_is_let_out(club: Club) -> None:
    ada, key = club.learner(), str(uuid4())
    with ThreadPoolExecutor(20) as many:
        asked = [many.submit(club.subscribe, ada, key=key) for _ in range(20)]
        answers = [one.result() for one in asked]
    (subscription,) = {allowed(answer) for answer in answers}
    soon(lambda: club.access(ada.id), "learning")
    soon(lambda: club.stands(ada), ["active"])
    soon(club.balance, {"gateway_clearing": 1900, "revenue": -1900})
    refused(club.subscribe(ada), "subscription.exists_already")
    soon(club.due, [subscription])

    path = f"/api/subscriptions/{subscription}"
    allowed(ada.command(f"{path}/cancel", {"when": "period_end"}))
    soon(club.due, [])
    assert club.held(ada)[0]["ending"]
    assert club.access(ada.id) == "learning"
    allowed(ada.command(f"{path}/reactivate"))
    soon(club.due, [subscription])
    refused(ada.command(f"{path}/method", {**METHOD, "method": "4242 4242 4242 4242"}), "request.invalid", 400)
    refused(ada.command(f"{path}/method", {**METHOD, "method": "4242424242424242"}), "payment.card_number")
    allowed(ada.command(f"{path}/method", {**METHOD, "method": "sandbox:4242"}))
    # Cancelled on its first day, all of its days are unused.
    allowed(ada.command(f"{path}/cancel", {"when": "now"}))
    soon(lambda: club.stands(ada), ["ended"])
    soon(lambda: club.access(ada.id), "suspended")
    soon(club.balance, {"gateway_clearing": 0, "revenue": -1900, "refunds": 1900})
    refused(ada.command(f"{path}/reactivate"), "subscription.ended")
    assert club.due() == []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    told = club.admin.get("/api/revenue", params={"since": today, "until": today}).json()["rows"]
    assert [(one["currency"], one["gross"], one["refunds"], one["net"], one["joined"]) for one in told] == [
        ("EUR", 1900, 1900, 0, 1)
    ]


@proves("pay.subscription_create", "pay.process", "pay.status")
def test_whose_bank_asks_is_let_in_once_they_have_answered(club: Club) -> None:
    ada, ben = club.learner(), club.person()
    subscription = allowed(club.subscribe(ada, method="sandbox:secure_once"))
    soon(lambda: club.status(f"{subscription}.0.1")[0], "needs_action")
    (held,) = club.held(ada)
    assert (held["status"], club.access(ada.id)) == ("starting", "awaiting_payment")
    waits = ada.get(f"/api/payments/{held['payment']}").json()
    assert waits["status"] == "needs_action"
    refused(ben.get(f"/api/payments/{held['payment']}"), "payment.not_found", 404)
    # Nobody says who they are at the gateway: we do.
    refused(club.subscribe(ben, customer="sandbox_customer_1"), "request.invalid", 400)
    reference = str(waits["action"]).rpartition("/")[2]
    assert ada.post(f"/api/sandbox/actions/{reference}/agree").status_code == 200
    for event in ("one", "two", "one"):
        assert club.notice(f"{subscription}-{event}", "charge", reference, held["payment"]).status_code == 200
    soon(lambda: club.stands(ada), ["active"])
    soon(lambda: club.access(ada.id), "learning")
    soon(club.balance, {"gateway_clearing": 1900, "revenue": -1900})
    assert club.held(ada)[0]["payment"] is None
    assert club.facts().count("payments.CustomerOpened") == 1


@proves("pay.subscription_create")
def test_one_sees_and_ends_ones_own_subscriptions_and_nobody_elses(club: Club) -> None:
    ada, ben, clerk = club.person(), club.person(), club.person()
    appoint(club.api, clerk, "staff")
    subscription = allowed(club.subscribe(ada))
    soon(lambda: club.stands(ada), ["active"])
    path = f"/api/subscriptions/{subscription}"
    assert club.held(ben) == []
    refused(ben.get(path), "subscription.not_found", 404)
    for action, body in (("cancel", {"when": "now"}), ("reactivate", {}), ("method", METHOD)):
        refused(ben.command(f"{path}/{action}", body), "subscription.not_found", 404)
    refused(ben.command(f"{path}/switch", {"plan": "gold", "version": 1}), "subscription.not_found", 404)
    due, revenue = "due-subscriptions?until=2030-01-01T00:00:00Z", "revenue?since=2026-01-01&until=2026-02-01"
    for hidden in ("admin/plans", f"admin/{due}", "plans/gold/subscriptions", revenue):
        refused(ben.get(f"/api/{hidden}"), "permission.missing", 403)
    assert clerk.get(path).json()["subscriber"] == ada.id
    assert [row["subscription"] for row in clerk.get("/api/plans/gold/subscriptions").json()["rows"]] == [subscription]
    allowed(clerk.command(f"{path}/cancel", {"when": "now"}))
    soon(lambda: club.stands(ada), ["ended"])


@proves("pay.subscription_create")
def test_plans_are_managed_and_what_is_wrong_is_a_clear_problem(club: Club) -> None:
    ada, admin = club.person(), club.admin
    refused(ada.command("/api/plans", {**GOLD, "plan": "mine"}), "permission.missing", 403)
    refused(admin.command("/api/plans", {**GOLD, "amount": 2000}), "plan.exists_already")
    for wrong in ({"amount": 0}, {"amount": -1}, {"amount": 19.5}, {"currency": "XYZ"}, {"interval": "day"}):
        refused(admin.command("/api/plans", {**GOLD, "plan": "wrong", **wrong}), "request.invalid", 400)
    refused(club.subscribe(ada, "nothing"), "plan.not_found", 404)
    refused(club.subscribe(ada, version=2), "plan.other_version")
    refused(club.subscribe(ada, method="4242424242424242"), "payment.card_number")
    dearer = {"amount": 2500, "currency": "EUR", "interval": "month", "trial_days": 14}
    refused(admin.command("/api/plans/gold/price", {**dearer, "currency": "SEK"}), "plan.other_currency")
    for path, body in (
        ("price", dearer),
        ("name", {"name": "Golden"}),
        ("courses", {"courses": None}),
        ("move-subscribers", {}),
    ):
        allowed(admin.command(f"/api/plans/gold/{path}", body))
    soon(lambda: [(row["name"], row["version"]) for row in ada.get("/api/plans").json()["rows"]], [("Golden", 2)])
    refused(club.subscribe(ada), "plan.other_version")
    subscription = allowed(club.subscribe(ada, version=2))
    soon(lambda: club.stands(ada), ["trial"])
    # What is open when one subscribes is open to whoever waits, and to whoever comes later.
    admin.enroll(COURSE, ada.id)
    soon(lambda: club.access(ada.id), "learning")
    allowed(admin.command("/api/plans", {**GOLD, "plan": "silver", "amount": 900}))
    path = f"/api/subscriptions/{subscription}"
    refused(ada.command(f"{path}/switch", {"plan": "silver", "version": 1}), "plan.not_published")
    allowed(admin.command("/api/plans/silver/publish"))
    allowed(ada.command(f"{path}/switch", {"plan": "silver", "version": 1}))
    soon(lambda: [(row["plan"], row["status"]) for row in club.held(ada)], [("silver", "trial")])
    allowed(admin.command("/api/plans/gold/retire"))
    refused(club.subscribe(club.person(), version=2), "plan.not_published")
    soon(lambda: [row["plan"] for row in ada.get("/api/plans").json()["rows"]], ["silver"])
    refused(admin.get("/api/revenue", params={"since": "2026-02-01", "until": "2026-01-01"}), "revenue.malformed", 400)


@proves("pay.subscription_create")
def test_who_waits_joins_with_a_plan_for_every_course(club: Club) -> None:
    ada = club.learner()
    allowed(club.admin.command("/api/plans", {**GOLD, "plan": "all", "courses": None}))
    allowed(club.admin.command("/api/plans/all/publish"))
    join = f"/api/courses/{COURSE}/learners/{ada.id}/join"
    refused(ada.command(join), "membership.not_open")
    subscription = allowed(club.subscribe(ada, "all"))
    soon(lambda: club.stands(ada), ["active"])
    soon(lambda: ada.command(join).status_code, 200)
    soon(lambda: club.access(ada.id), "learning")
    refused(ada.command(join), "membership.nothing_waits")
    refused(club.person().command(join), "permission.missing", 403)
    allowed(ada.command(f"/api/subscriptions/{subscription}/cancel", {"when": "now"}))
    soon(lambda: club.access(ada.id), "suspended")
    # Who subscribes again goes on from where they were, and one payment that fails opens nothing.
    failed = allowed(club.subscribe(ada, "all", method="sandbox:declined"))
    soon(lambda: club.stands(ada), ["ended", "ended"])
    assert club.admin.get(f"/api/subscriptions/{failed}").json()["reason"] == "unpaid"
    assert club.access(ada.id) == "suspended"
    soon(lambda: club.subscribe(ada, "all").status_code, 200)
    soon(lambda: club.access(ada.id), "learning")
