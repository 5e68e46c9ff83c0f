"""A login is linked by who is logged in, and never because of an address alone."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from tests.proves import proves
from tests.sso.openid import OpenId
from tests.sso.school import Browser, School, only, refused, ticket_of
from tests.sso.trips import KINDS, standing_in
from tests.sso.wire import browse

ADA, BEN = "ada@school.test", "ben@school.test"


def link_ticket(browser: Browser, provider: str = "college") -> str:
    """Set out from one's settings to link a login, and come back with a ticket."""
    begun = browser.post("/api/me/logins/begin", json={"provider": provider, "return_to": "/settings"})
    assert begun.status_code == 200, begun.text
    way = browser.get(f"{begun.json()['url']}&tenant={browser.tenant}")
    assert way.status_code == 303, way.text
    return ticket_of(browser.bring(browse(way.headers["Location"], str(browser.base_url))), "link")


def link(browser: Browser, provider: str = "college") -> None:
    linked = browser.post("/api/me/logins", json={"ticket": link_ticket(browser, provider)})
    assert linked.status_code == 200, linked.text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "facebook"])
@proves("auth.social_login")
def test_a_verified_address_links_to_an_account_only_after_its_owner_logged_in(school: School, kind: str) -> None:
    with standing_in(kind) as provider, school.browser() as ada, school.browser() as ben, school.browser() as new:
        school.configure(provider.registration, domains=["school.test"])
        person = ada.register(ADA)
        ben.register(BEN)
        answer = new.come_in()
        assert answer.status_code == 200
        assert answer.json()["entered"] is None
        assert answer.json()["links"] is True
        ticket = answer.json()["ticket"]
        refused(new.post("/api/me/logins", json={"ticket": ticket}), 401, "token.missing")
        refused(new.enter("/api/login/ticket", {"ticket": ticket}), 403, "sign_in.refused")
        refused(ben.post("/api/me/logins", json={"ticket": ticket}), 403, "sign_in.refused")
        linked = ada.post("/api/me/logins", json={"ticket": ticket})
        assert linked.status_code == 200, linked.text
        refused(ada.post("/api/me/logins", json={"ticket": ticket}), 409, "sign_in.used")
        assert new.come_in().json()["entered"]["person"] == person


@proves("auth.social_login")
def test_an_address_that_nobody_vouches_for_links_to_nothing(school: School) -> None:
    with standing_in("facebook") as facebook, school.browser() as ada, school.browser() as new:
        school.configure(facebook.registration)
        ada.register(ADA)
        refused(new.come_in(), 409, "address.taken")
        link(ada)
        new.come_in()
        assert new.person == ada.person


@proves("auth.social_login")
def test_logins_are_linked_listed_and_unlinked_but_not_the_last_way_in(school: School, college: OpenId) -> None:
    with standing_in("google") as google, school.browser() as ada:
        school.configure(college.registration)
        school.configure(google.registration, "google")
        person = ada.register("someone@else.test")
        link(ada)
        link(ada, "google")
        listed = ada.get("/api/me/logins", params={"min_position": school.served.head()}).json()
        assert {row["provider"] for row in listed["rows"]} == {"college", "google"}
        for row in listed["rows"]:
            assert ada.unlink(row["login"]).status_code == 200
        listed = ada.get("/api/me/logins", params={"min_position": school.served.head()}).json()
        assert listed["rows"] == []
        refused(ada.unlink("nothing"), 404, "not_found")
        link(ada)
        with school.browser() as elsewhere:
            elsewhere.come_in()
            assert elsewhere.person == person


@proves("auth.social_login")
def test_who_has_no_password_keeps_a_login(school: School, college: OpenId) -> None:
    with standing_in("google") as google, school.browser() as ada, school.browser() as other:
        school.configure(college.registration)
        school.configure(google.registration, "google")
        ada.come_in()
        login = only(ada.get("/api/me/logins", params={"min_position": school.served.head()}).json())["login"]
        refused(ada.unlink(login), 409, "login.last")
        link(ada, "google")
        refused(other.unlink(login), 401, "token.missing")
        assert ada.unlink(login).status_code == 200
        assert other.come_in("google").status_code == 200
        assert other.person == ada.person
        back = other.come_in()
        assert (back.json()["entered"], back.json()["links"]) == (None, True)


@proves("auth.social_login")
def test_a_ticket_links_only_to_who_asked_for_it(school: School, college: OpenId) -> None:
    """Neither by sending somebody on a way that one began oneself, nor by giving them what one came back with."""
    school.configure(college.registration)
    with school.browser() as mallory, school.browser() as ada:
        mallory.register("mallory@school.test")
        ada.register("ada@home.test")
        ticket = link_ticket(mallory)
        refused(ada.post("/api/me/logins", json={"ticket": ticket}), 403, "sign_in.refused")
        begun = mallory.post("/api/me/logins/begin", json={"provider": "college"}).json()["url"]
        way = ada.get(f"{begun}&tenant={ada.tenant}")
        came = ada.bring(browse(way.headers["Location"], str(ada.base_url)))
        assert came.json()["links"] is True
        refused(ada.post("/api/me/logins", json={"ticket": came.json()["ticket"]}), 403, "sign_in.refused")


def test_a_login_is_one_persons(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as ada, school.browser() as ben:
        ada.register("ada@home.test")
        ben.register("ben@home.test")
        link(ada)
        ticket = link_ticket(ben)
        refused(ben.post("/api/me/logins", json={"ticket": ticket}), 409, "login.taken")


def test_what_lets_one_link_is_ones_tenants_and_no_forgery(
    school: School, school_of: Callable[[UUID], School], college: OpenId
) -> None:
    other = school_of(uuid4())
    school.configure(college.registration)
    other.configure(college.registration)
    with school.browser() as ada, other.browser() as ben:
        ada.register("ada@home.test")
        url = ada.post("/api/me/logins/begin", json={"provider": "college"}).json()["url"]
        (linking,) = parse_qs(urlsplit(str(url)).query)["linking"]
        refused(ben.set_out(linking=linking), 403, "sign_in.refused")
        refused(ada.set_out(linking=f"{linking}x"), 403, "sign_in.refused")
        refused(ada.set_out(linking="x"), 403, "sign_in.refused")
