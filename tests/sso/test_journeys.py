"""Coming in by a provider, through the API as it runs, and each provider as it speaks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from domain.identity.claim import CLAIM, Release
from domain.identity.person import PERSON, Deactivate, Remove
from domain.kernel import PersonId
from tests.api.waiting import within
from tests.proves import proves
from tests.sso.openid import OpenId
from tests.sso.saml_provider import SamlProvider
from tests.sso.school import School, refused, ticket_of
from tests.sso.trips import KINDS, StandIn, standing_in

ROLES = [
    {"attribute": "groups", "value": "teachers", "role": "instructor"},
    {"attribute": "eduPersonAffiliation", "value": "staff", "role": "staff"},
]


@pytest.mark.parametrize("kind", KINDS)
@proves("auth.social_login", "auth.sso_oauth", "auth.sso_saml")
def test_who_is_new_is_welcomed_and_is_the_same_person_ever_after(school: School, kind: str) -> None:
    with standing_in(kind) as provider:
        school.configure(provider.registration)
        with school.browser() as first, school.browser() as second:
            answer = first.come_in()
            assert answer.status_code == 200, answer.text
            assert answer.headers["Cache-Control"] == "no-store"
            sessions = first.get("/api/me/sessions")
            assert sessions.status_code == 200, sessions.text
            assert second.come_in().status_code == 200
            assert second.person == first.person
    facts = school.facts()
    assert "sso.LoginLinked" in facts
    for said in ("ada@school.test", "subject-1", "1234567890", "Ada", provider.registration.secret[:30] or "Ada"):
        assert said not in facts


@pytest.mark.parametrize("kind", KINDS)
@proves("auth.social_login", "auth.sso_saml")
def test_a_state_that_is_forged_missing_replayed_or_anothers_is_refused(school: School, kind: str) -> None:
    with standing_in(kind) as provider, school.browser() as browser, school.browser() as other:
        school.configure(provider.registration)
        word = "RelayState" if kind == "saml" else "state"
        brought = browser.there()
        state = brought.said[word]
        theirs = other.there().said[word]
        for forged in (None, "", "x", state[:-1] + ("A" if state[-1] != "A" else "B"), state.partition(".")[0], theirs):
            refused(browser.bring(brought, **{word: forged}), 403, "sign_in.refused")
        refused(other.bring(brought), 403, "sign_in.refused")
        with school.browser() as nobody:
            refused(nobody.bring(brought), 403, "sign_in.refused")
        cookies = dict(browser.cookies)
        assert browser.bring(brought).status_code == 200
        assert "annals-sign-in" not in browser.cookies
        refused(browser.bring(brought), 403, "sign_in.refused")
        browser.cookies.update(cookies)
        refused(browser.bring(brought), 409, "sign_in.used")


@pytest.mark.parametrize("kind", KINDS)
@proves("auth.social_login", "auth.sso_saml")
def test_who_comes_back_many_times_at_once_comes_in_once(school: School, kind: str) -> None:
    with standing_in(kind) as provider, school.browser() as browser, ThreadPoolExecutor(8) as pool:
        school.configure(provider.registration)
        brought = browser.there()
        cookie = browser.cookies["annals-sign-in"]

        def bring(_: int) -> int:
            with school.browser() as one:
                one.cookies.set("annals-sign-in", cookie)
                return one.bring(brought).status_code

        statuses = sorted(pool.map(bring, range(8)))
        assert statuses[0] == 200, statuses
        assert set(statuses[1:]) <= {403, 409}, statuses


@proves("auth.sso_oauth")
def test_a_provider_is_its_tenants_alone(school: School, school_of: Callable[[UUID], School], college: OpenId) -> None:
    other = school_of(uuid4())
    school.configure(college.registration)
    with school.browser() as ours, other.browser() as theirs:
        refused(theirs.set_out(), 404, "not_found")
        brought = ours.there()
        cookie = ours.cookies["annals-sign-in"]
        theirs.cookies.set("annals-sign-in", cookie)
        moved = brought.url.replace(str(school.tenant), str(other.tenant))
        refused(theirs.get(moved), 409, "sign_in.used")
        other.configure(college.registration)
        refused(theirs.get(moved), 409, "sign_in.used")
        assert theirs.come_in().status_code == 200
        assert ours.bring(brought).status_code == 200
    with other.browser() as stranger:
        absent, foreign = stranger.set_out("absent"), stranger.set_out("also-absent")
        assert absent.json() | {"request": ""} == foreign.json() | {"request": ""}


@proves("auth.social_login")
def test_what_one_provider_began_another_does_not_end(school: School, college: OpenId) -> None:
    with standing_in("google") as google, school.browser() as browser:
        school.configure(college.registration)
        school.configure(google.registration, "google")
        brought = browser.there("google")
        mixed = browser.get(brought.url.replace("/login/google/", "/login/college/"))
        refused(mixed, 403, "sign_in.refused")
        assert browser.bring(brought).status_code == 200


@pytest.mark.parametrize("target", ["/courses?page=1", "https://app.school.test/in", "https://app.school.test"])
@proves("auth.social_login")
def test_one_is_sent_on_with_a_ticket_that_is_good_once(school: School, college: OpenId, target: str) -> None:
    school.configure(college.registration)
    with school.browser() as browser, school.browser() as elsewhere:
        answer = browser.bring(browser.there(return_to=target))
        ticket = ticket_of(answer)
        assert answer.headers["Location"] == f"{target}#ticket={ticket}"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert b"access" not in answer.content
        refused(browser.enter("/api/login/ticket", {"ticket": ticket[:-2] + "xx"}), 403, "sign_in.refused")
        assert browser.take(browser.enter("/api/login/ticket", {"ticket": ticket})).status_code == 200
        assert browser.get("/api/me/sessions").status_code == 200
        refused(elsewhere.enter("/api/login/ticket", {"ticket": ticket}), 409, "sign_in.used")


@pytest.mark.parametrize(
    "target",
    [
        "https://stranger.test",
        "//stranger.test",
        "/\\stranger.test",
        "https://app.school.test@stranger.test",
        "https://app.school.test.stranger.test/",
        "javascript:alert(1)",
        "/\tstranger",
        "courses",
    ],
)
@proves("auth.social_login")
def test_nobody_is_sent_on_to_strangers(school: School, college: OpenId, target: str) -> None:
    school.configure(college.registration)
    with school.browser() as browser:
        refused(browser.set_out(return_to=target), 400, "return.refused")
        assert not browser.cookies


@proves("auth.sso_oauth", "auth.sso_saml")
def test_roles_follow_what_the_provider_says_now(school: School) -> None:
    for kind, attribute, value, role in (
        ("oidc", "groups", "teachers", "instructor"),
        ("saml", "eduPersonAffiliation", "staff", "staff"),
    ):
        with standing_in(kind) as provider, school.browser() as browser:
            assert isinstance(provider, OpenId | SamlProvider)
            provider.person = {**provider.person, "mail": (f"{kind}@school.test",), attribute: (value, "others")}
            if isinstance(provider, OpenId):
                provider.person |= {"email": "oidc@school.test"}
            school.configure(provider.registration, kind, roles=ROLES)
            assert browser.come_in(kind).status_code == 200
            assert browser.roles() == [role]
            provider.person = {**provider.person, attribute: ("others",)}
            assert browser.come_in(kind).status_code == 200
            assert browser.roles() == []


def test_a_role_that_was_granted_otherwise_is_not_withdrawn(school: School, college: OpenId) -> None:
    college.person |= {"groups": ["others"]}
    school.configure(college.registration, roles=ROLES)
    with school.browser() as browser:
        browser.come_in()
        granted = school.command(f"/api/people/{browser.person}/roles/grant", {"role": "instructor"})
        assert granted.status_code == 200, granted.text
        for groups in (["teachers"], ["others"]):
            college.person |= {"groups": groups}
            assert browser.come_in().status_code == 200
        assert browser.roles() == ["instructor"]


def test_a_provider_speaks_for_its_domains_and_a_school_need_not_welcome_anyone(
    school: School, college: OpenId
) -> None:
    school.configure(college.registration, "elsewhere", domains=["other.test"])
    school.configure(college.registration, "closed", welcomes=False)
    with school.browser() as browser:
        refused(browser.come_in("elsewhere"), 403, "login.unwelcome")
        refused(browser.come_in("closed"), 403, "login.unwelcome")
        del college.person["email"]
        refused(browser.come_in("elsewhere"), 403, "login.unwelcome")
        school.configure(college.registration, "open")
        refused(browser.come_in("open"), 409, "login.no_address")
        college.person |= {"contact": "ada@other.test"}
        school.configure(college.registration, "told", attributes=[{"ours": "address", "theirs": "contact"}])
        assert browser.come_in("told").status_code == 200


def test_a_subject_is_the_same_only_if_every_letter_is(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as small, school.browser() as capital:
        small.come_in()
        college.person |= {"sub": "SUBJECT-1", "email": "other@school.test"}
        assert capital.come_in().status_code == 200
        assert capital.person != small.person


async def test_who_may_not_come_in_does_not_come_in_by_a_provider_either(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as browser:
        browser.come_in()
        ticket = ticket_of(browser.bring(browser.there(return_to="/")))
        await school.do(PERSON.at(browser.person), Deactivate(PersonId(browser.person), "gone"))
        refused(browser.come_in(), 403, "account.closed")
        refused(browser.bring(browser.there(return_to="/")), 403, "account.closed")
        refused(browser.enter("/api/login/ticket", {"ticket": ticket}), 403, "account.closed")


async def test_who_is_gone_may_begin_anew(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as browser, school.browser() as anew:
        browser.come_in()
        person = PersonId(browser.person)
        address = school.blind("address", "ada@school.test")
        await school.do(PERSON.at(person), Remove(person, "gone"))
        await school.do(CLAIM.at("address", address), Release(person))
        within(10, lambda: anew.come_in().status_code == 200)
        assert anew.person != person


@proves("auth.sso_saml")
def test_a_response_is_believed_once_and_only_to_what_was_asked(school: School) -> None:
    with standing_in("saml") as provider, school.browser() as browser:
        assert isinstance(provider, SamlProvider)
        school.configure(provider.registration)
        first, second = browser.there(), browser.there()
        crossed = browser.bring(second, SAMLResponse=first.said["SAMLResponse"])
        refused(crossed, 403, "sign_in.not_proven")
        assert browser.bring(second).status_code == 200
        provider.lets_in = False
        refused(browser.come_in(), 403, "sign_in.not_proven")


@proves("auth.sso_saml")
def test_metadata_of_ours_are_served(school: School) -> None:
    with standing_in("saml") as provider, standing_in("oidc") as other, school.browser() as browser:
        school.configure(provider.registration)
        school.configure(other.registration, "other")
        said = browser.get("/api/login/college/metadata", params={"tenant": str(school.tenant)})
        assert said.status_code == 200, said.text
        assert said.headers["Content-Type"] == "application/samlmetadata+xml"
        callback = f"{browser.base_url}/api/login/college/callback?tenant={school.tenant}".replace("//api", "/api")
        assert f'Location="{callback}"' in said.text
        refused(browser.get("/api/login/other/metadata", params={"tenant": str(school.tenant)}), 404, "not_found")


def test_a_provider_that_is_away_is_said_to_be_away(school: School) -> None:
    with standing_in("oidc") as provider:
        registration = provider.registration
    school.configure(registration)
    with school.browser() as browser:
        refused(browser.set_out(), 502, "provider.unreachable")


def test_what_comes_along_is_what_is_needed_and_no_more(school: School, college: OpenId) -> None:
    school.configure(college.registration)
    with school.browser() as browser:
        answer = browser.set_out()
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert set(asked) >= {"state", "nonce", "code_challenge", "redirect_uri", "client_id"}
        assert len(asked["state"][0]) <= 80
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "Path=/api/login" in cookie
        assert browser.get("/api/me/sessions").status_code == 401


def test_the_door_shows_by_which_providers_one_comes_in(school: School, college: StandIn) -> None:
    position = school.configure(college.registration)
    school.configure(college.registration, "second", name="The second")
    disabled = school.command("/api/identity-providers/second/disable").json()
    seen = school.get("/api/identity-providers", params={"min_position": disabled["position"]})
    assert disabled["position"] > position
    assert [row["enabled"] for row in seen.json()["rows"]] == [True, False]
    with school.browser() as browser:
        shown = browser.get("/api/login-providers", params={"tenant": str(school.tenant)})
        assert shown.json() == {"providers": [{"id": "college", "kind": "oidc", "name": "The provider"}]}
        refused(browser.set_out("second"), 404, "not_found")
