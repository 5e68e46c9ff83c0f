"""Providers are configured by who may, on terms that give nobody more than they have, and the secret is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.api.people import Person, appoint
from tests.api.waiting import within
from tests.proves import proves
from tests.sso.openid import SECRET, OpenId
from tests.sso.school import School, refused, terms

OIDC: dict[str, Any] = {
    "id": "college",
    "kind": "oidc",
    "name": "The college",
    "issuer": "https://idp.school.test",
    "client_id": "annals",
    "secret": SECRET,
}


def shown(school: School, provider: str = "college") -> dict[str, Any]:
    answer = school.get(f"/api/identity-providers/{provider}", params={"min_position": school.served.head()})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()["provider"]
    return said


def revised(school: School, body: dict[str, Any], **headers: str) -> Any:
    terms = {name: said for name, said in body.items() if name not in {"id", "kind"}}
    return school.command("/api/identity-providers/college/revise", terms, **headers)


@proves("auth.sso_oauth")
def test_a_provider_is_configured_revised_disabled_enabled_and_removed(school: School) -> None:
    made = school.command("/api/identity-providers", OIDC)
    assert made.status_code == 200, made.text
    assert made.headers["ETag"] == '"1"'
    said = shown(school)
    assert (said["id"], said["kind"], said["enabled"], said["has_secret"], said["version"]) == (
        "college",
        "oidc",
        True,
        True,
        1,
    )
    other = {**OIDC, "name": "The faculty", "domains": ["faculty.test"]}
    del other["secret"]
    refused(revised(school, other, If_Match='"2"'), 412, "stream.version_moved")
    assert revised(school, other, If_Match='"1"').status_code == 200
    refused(revised(school, OIDC, If_Match='"1"'), 412, "stream.version_moved")
    said = shown(school)
    assert (said["terms"]["name"], said["terms"]["domains"], said["has_secret"], said["version"]) == (
        "The faculty",
        ["faculty.test"],
        True,
        2,
    )
    for verb, enabled in (("disable", False), ("enable", True)):
        assert school.command(f"/api/identity-providers/college/{verb}").status_code == 200
        assert shown(school)["enabled"] is enabled
    assert school.command("/api/identity-providers/college/remove").status_code == 200
    gone = school.get("/api/identity-providers/college", params={"min_position": school.served.head()})
    refused(gone, 404, "not_found")
    assert school.get("/api/identity-providers").json()["rows"] == []
    refused(school.command("/api/identity-providers/college/enable"), 404, "not_found")
    refused(school.command("/api/identity-providers", OIDC), 409, "provider.not_possible")


@proves("auth.sso_oauth")
def test_the_secret_is_in_the_vault_and_nowhere_else(school: School) -> None:
    school.command("/api/identity-providers", OIDC)
    assert SECRET not in school.facts()
    assert SECRET not in str(shown(school))
    with psycopg.connect(school.served.database.url) as connection:
        for question in (
            "select data::text from ledger.facts where tenant = %s",
            "select c::text from ledger.commands c where tenant = %s",
            "select s::text from vault.secrets s where tenant = %s",
            "select p::text from sso_providers.providers p where tenant = %s",
        ):
            rows = connection.execute(question, (school.tenant,)).fetchall()
            assert rows
            assert not [row for row in rows if SECRET in row[0] or SECRET.encode().hex() in row[0]]
    assert SECRET not in school.served.output.read_text()


@proves("auth.sso_oauth")
def test_an_absent_provider_and_anothers_are_answered_alike(
    school: School, school_of: Callable[[UUID], School]
) -> None:
    other = school_of(uuid4())
    position = school.command("/api/identity-providers", OIDC).json()["position"]
    path = "/api/identity-providers/college"
    foreign = other.get(path, params={"min_position": position}).json()
    absent = other.get("/api/identity-providers/absent", params={"min_position": position}).json()
    assert foreign | {"request": ""} == absent | {"request": ""}
    for verb in ("disable", "enable", "remove"):
        refused(other.command(f"{path}/{verb}"), 404, "not_found")
    refused(revised(other, OIDC), 404, "not_found")
    assert shown(school)["enabled"] is True


@proves("auth.sso_oauth")
def test_nobody_lets_roles_follow_that_they_could_not_grant(school: School) -> None:
    rule = {"attribute": "groups", "value": "all"}
    with Person(school.served, school.tenant) as admin, Person(school.served, school.tenant) as helper:
        appoint(school.served, admin, "tenant_admin")
        defined = school.command("/api/roles", {"name": "sso-keeper", "permissions": ["sso.configure", "sso.read"]})
        assert defined.status_code == 200, defined.text
        appoint(school.served, helper, "sso-keeper")
        for role in ("tenant_admin", "instructor"):
            body = {**OIDC, "roles": [{**rule, "role": role}]}
            refused(helper.command("/api/identity-providers", body), 403, "permission.not_held")
        mine = helper.command("/api/identity-providers", {**OIDC, "roles": [{**rule, "role": "sso-keeper"}]})
        assert mine.status_code == 200, mine.text
        more = {name: OIDC[name] for name in ("name", "issuer", "client_id")}
        more["roles"] = [{**rule, "role": "tenant_admin"}]
        refused(helper.command("/api/identity-providers/college/revise", more), 403, "permission.not_held")
        assert admin.command("/api/identity-providers/college/revise", more).status_code == 200
        for role, status, code in (
            ("platform_admin", 409, "grant.not_here"),
            ("guardian", 409, "grant.needs_person"),
            ("no-such-role", 404, "not_found"),
        ):
            body = {**more, "roles": [{**rule, "role": role}]}
            refused(admin.command("/api/identity-providers/college/revise", body), status, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": ""}, "provider.incomplete"),
        ({"kind": "google", "secret": None}, "provider.incomplete"),
        ({"kind": "saml"}, "provider.incomplete"),
        ({"kind": "saml", "sign_in_url": "https://idp.test/sso"}, "provider.incomplete"),
        ({"issuer": "javascript:alert(1)"}, "provider.url_refused"),
        ({"issuer": "file:///etc/passwd"}, "provider.url_refused"),
        ({"kind": "saml", "sign_in_url": "data:text/html,x"}, "provider.url_refused"),
        ({"kind": "github"}, "request.invalid"),
        ({"id": "a:b"}, "request.invalid"),
        ({"id": ""}, "request.invalid"),
        ({"name": "a\nb"}, "request.invalid"),
        ({"client_id": ""}, "request.invalid"),
        ({"issuer": "https://idp.test/ x"}, "request.invalid"),
        ({"certificates": ["x"]}, "request.invalid"),
        ({"domains": ["*"]}, "request.invalid"),
        ({"domains": ["school"]}, "request.invalid"),
        ({"attributes": [{"ours": "roles", "theirs": "x"}]}, "request.invalid"),
        ({"roles": [{"attribute": "x", "value": "y"}]}, "request.invalid"),
        ({"secret": "a\0b"}, "request.invalid"),
        ({"more": 1}, "request.invalid"),
    ],
)
def test_terms_that_cannot_be(school: School, changes: dict[str, Any], code: str) -> None:
    body = {name: said for name, said in {**OIDC, **changes}.items() if said is not None}
    refused(school.command("/api/identity-providers", body), 400, code)


@pytest.mark.parametrize(
    "issuer", ["https://127.0.0.1", "https://169.254.169.254", "https://2130706433", "https://[::1]"]
)
@proves("auth.sso_oauth")
def test_a_provider_in_our_own_network_is_not_reached(school: School, issuer: str) -> None:
    assert school.command("/api/identity-providers", {**OIDC, "issuer": issuer}).status_code == 200
    with school.browser() as browser:
        refused(browser.set_out(), 502, "provider.unreachable")


@proves("auth.social_login")
def test_google_apple_and_facebook_need_not_be_told_who_they_are(school: School) -> None:
    for kind in ("google", "apple", "facebook"):
        body = {**OIDC, "id": kind, "kind": kind, "issuer": ""}
        assert school.command("/api/identity-providers", body).status_code == 200
    assert [shown(school, kind)["terms"]["issuer"] for kind in ("google", "apple", "facebook")] == [
        "https://accounts.google.com",
        "https://appleid.apple.com",
        "https://www.facebook.com",
    ]


@proves("auth.sso_oauth")
def test_a_secret_is_replaced(school: School, college: OpenId) -> None:
    with school.browser() as browser:
        school.configure(college.registration, secret="wrong")  # noqa: S106
        refused(browser.come_in(), 403, "sign_in.not_proven")
        body = {name: said for name, said in terms(college.registration).items() if name != "kind"}
        assert school.command("/api/identity-providers/college/revise", body).status_code == 200
        assert browser.come_in().status_code == 200


@proves("auth.sso_oauth")
def test_a_secret_of_no_more_use_is_destroyed(school: School) -> None:
    def kept() -> int:
        with psycopg.connect(school.served.database.url) as connection:
            found = connection.execute(
                "select count(*) from vault.secrets where tenant = %s", (school.tenant,)
            ).fetchone()
        return 0 if found is None else int(found[0])

    school.command("/api/identity-providers", OIDC)
    assert kept() == 1
    assert revised(school, {**OIDC, "secret": "another"}).status_code == 200
    within(10, lambda: kept() == 1)
    assert school.command("/api/identity-providers/college/remove").status_code == 200
    within(10, lambda: kept() == 0)


@proves("auth.sso_oauth")
def test_only_who_may_configures(school: School) -> None:
    with Person(school.served, school.tenant) as staff:
        appoint(school.served, staff, "staff")
        refused(staff.command("/api/identity-providers", OIDC), 403, "permission.missing")
        refused(staff.get("/api/identity-providers"), 403, "permission.missing")
