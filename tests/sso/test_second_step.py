"""A second factor is asked for, whoever has said who somebody is."""

from __future__ import annotations

from tests.factors.codes import code_of
from tests.proves import proves
from tests.sso.openid import OpenId
from tests.sso.school import Browser, School, refused, ticket_of


def turn_on(browser: Browser) -> list[str]:
    """Turn the second factor on; the backup codes of it."""
    setup = browser.post("/api/security/2fa/setup", json={"account": "ada@school.test"})
    assert setup.status_code == 200, setup.text
    enabled = browser.post("/api/security/2fa/enable", json={"code": code_of(setup.json()["secret"])})
    assert enabled.status_code == 200, enabled.text
    codes: list[str] = enabled.json()["backup_codes"]
    return codes


@proves("auth.social_login", "auth.2fa_verify")
def test_a_provider_does_not_lead_around_the_second_factor(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as ada, school.browser() as other:
        ada.come_in()
        codes = turn_on(ada)
        came = other.bring(other.there()).json()["entered"]
        assert came["status"] == "second_step"
        assert "access" not in came
        step = {"challenge": came["challenge"], "backup_code": codes[0]}
        assert other.take(other.enter("/api/login/second-step", step)).status_code == 200
        assert other.person == ada.person
        sessions = other.get("/api/me/sessions", params={"min_position": school.served.head()}).json()["rows"]
        assert {row["method"] for row in sessions} == {"oidc", "oidc and backup code"}
        refused(other.enter("/api/login/second-step", {**step, "backup_code": codes[1]}), 409, "challenge.answered")


def test_nor_does_a_ticket(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as ada, school.browser() as other:
        ada.come_in()
        codes = turn_on(ada)
        ticket = ticket_of(other.bring(other.there(return_to="/")))
        came = other.enter("/api/login/ticket", {"ticket": ticket})
        assert (came.status_code, came.json()["status"]) == (200, "second_step"), came.text
        refused(other.enter("/api/login/ticket", {"ticket": ticket}), 409, "sign_in.used")
        step = {"challenge": came.json()["challenge"], "backup_code": codes[0]}
        assert other.take(other.enter("/api/login/second-step", step)).status_code == 200
        assert other.person == ada.person
