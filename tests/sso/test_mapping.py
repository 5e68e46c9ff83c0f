"""What becomes of what a provider says."""

from __future__ import annotations

import pytest

from domain.sso.mapping import mapped, may_return_to, roles_of, speaks_for
from domain.sso.terms import AttributeRule, RoleRule
from tests.proves import proves

ORIGINS = ("https://school.test", "http://localhost:3000")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/courses",
        "/courses/algebra?page=2&sort=-done",
        "/a%20b",
        "https://school.test",
        "https://school.test/",
        "https://school.test/welcome?new=1",
        "http://localhost:3000/callback",
    ],
)
def test_one_may_return_to(target: str) -> None:
    assert may_return_to(target, ORIGINS)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "courses",
        "//stranger.test",
        "///stranger.test",
        "/\\stranger.test",
        "\\\\stranger.test",
        "/\t/stranger.test",
        "/\n//stranger.test",
        "\t//stranger.test",
        " //stranger.test",
        "/ /stranger.test",
        "https://stranger.test",
        "https:stranger.test",
        "https:/stranger.test",
        "https:///stranger.test",
        "https://school.test.stranger.test",
        "https://school.test@stranger.test",
        "https://school.test:443@stranger.test/",
        "https://stranger.test/https://school.test",
        "https://stranger.test#https://school.test",
        "https://stranger.test?https://school.test",
        "https://stranger.test\\@school.test",
        "https://school.test\\.stranger.test",
        "https://school.test%2f@stranger.test",
        "https://school.test//stranger.test",
        "https://school.test:8443/",
        "http://school.test/",
        "HTTPS://SCHOOL.TEST/",
        "https://sch\u00f6ol.test/",
        "https://school\u3002test/",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "/courses#fragment",
        "/courses\r\nSet-Cookie: a=b",
        "/" + "x" * 600,
        "http://localhost:3001/",
        "http://[::1]/",
    ],
)
@proves("auth.social_login", "auth.sso_oauth")
def test_one_may_not_return_to(target: str) -> None:
    assert not may_return_to(target, ORIGINS)


@proves("auth.sso_oauth", "auth.sso_saml")
def test_roles_follow_from_values_that_are_wholly_the_same() -> None:
    rules = (
        RoleRule("groups", "staff", "staff"),
        RoleRule("groups", "cs-staff", "instructor"),
        RoleRule("x", "y", "z"),
    )
    assert roles_of(rules, {"groups": ("cs-staff", "staff", "others")}) == ("instructor", "staff")
    assert roles_of(rules, {"groups": ("Staff", "staff ", "st")}) == ()
    assert roles_of(rules, {"x": ("y",), "groups": ()}) == ("z",)


def test_what_a_provider_calls_otherwise_is_found() -> None:
    rules = (AttributeRule("address", "contact"), AttributeRule("name", "cn"), AttributeRule("subject", "uid"))
    assert mapped(rules, {"contact": ("", " ada@school.test "), "cn": ()}) == {"address": "ada@school.test"}


@pytest.mark.parametrize("address", ["ada@school.test", "ADA@SCHOOL.TEST", '"a@stranger.test"@school.test'])
def test_a_provider_speaks_for_its_domains(address: str) -> None:
    assert speaks_for(("School.test",), address)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "school.test",
        "@school.test",
        "ada@school.test.stranger.test",
        "ada@my-school.test",
        "ada@a.school.test",
    ],
)
def test_a_provider_speaks_for_no_others(address: str | None) -> None:
    assert not speaks_for(("school.test",), address)
    assert not speaks_for((), "ada@school.test")
