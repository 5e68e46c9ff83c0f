"""What is wrong with a password, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tenancy.password_policy import PasswordPolicy
from domain.tenancy.passwords import Rule, broken
from tests.proves import proves

FLOOR = PasswordPolicy()
STRICT = PasswordPolicy(1, length=20, classes=3)
ADA = ("Ada Lovelace", "ada", "countess@example.org")


@proves("tenant.password_policy")
def test_the_same_password_is_taken_here_and_refused_there_with_every_rule_it_breaks() -> None:
    assert broken(FLOOR, "sextant and stars", ADA) == ()
    assert broken(STRICT, "sextant and stars", ADA) == ("length", "classes")


@pytest.mark.parametrize(
    ("password", "rules"),
    [
        ("correct horse battery staple", ()),
        ("пароль которого нет", ()),
        ("🐢 tortoises win slowly", ()),
        ("short", ("length",)),
        ("seven tall trees " * 20, ("length_max",)),
        ("aaaaaaaaaaaaaaaaaa", ("monotonous",)),
        ("abababababababab", ("monotonous",)),
        ("1234567890123456", ("monotonous",)),
        ("zyxwvutsrqponmlkj", ("monotonous",)),
        ("P@ssw0rd-Welcome-2026", ("common",)),
        ("MyPassword1234567", ("common",)),
        ("lovelace-tortoise", ("about_person",)),
        ("my COUNTESS and I 1", ("about_person",)),
        ("", ("length", "monotonous")),
    ],
)
def test_rules_have_stable_names(password: str, rules: tuple[Rule, ...]) -> None:
    assert broken(FLOOR, password, ADA) == rules


def test_classes_are_letters_small_and_capital_digits_and_all_else() -> None:
    four = PasswordPolicy(1, classes=4)
    assert broken(four, "Tortoises win 1 race") == ()
    assert broken(four, "Tortoises win slowly") == ("classes",)


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_a_tighter_policy_takes_nothing_that_a_looser_one_refuses(password: str, about: list[str]) -> None:
    assert set(broken(FLOOR, password, about)) <= set(broken(STRICT, password, about))
