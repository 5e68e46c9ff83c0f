"""Every row of the table that decides about features."""

from __future__ import annotations

from typing import get_args

from domain.tenancy.events import FeatureSwitchedOff, FeatureSwitchedOn
from domain.tenancy.features import FEATURES_OF_TENANT, SwitchOff, SwitchOn
from domain.tenancy.flags import FEATURES, Flag
from tests.given import about
from tests.proves import proves

given = about(FEATURES_OF_TENANT)

on, off = FeatureSwitchedOn("ai.generation"), FeatureSwitchedOff("ai.generation")


@proves("tenant.feature_flags")
def test_a_feature_is_switched_on_and_off() -> None:
    given().when(SwitchOn("ai.generation")).then(on)
    given(on).when(SwitchOn("ai.generation")).then()
    given(on).when(SwitchOff("ai.generation")).then(off)
    given(on, off).when(SwitchOff("ai.generation")).then()


def test_what_nobody_switched_is_as_the_registry_says() -> None:
    assert set(FEATURES) == set(get_args(Flag))
    for flag, feature in FEATURES.items():
        assert given().state.has(flag) == feature.default
    given().when(SwitchOn("enrollments.withdrawal")).then()
    given().when(SwitchOff("enrollments.withdrawal")).then(FeatureSwitchedOff("enrollments.withdrawal"))


def test_a_flag_that_is_no_longer_known_is_left_alone() -> None:
    assert not given(FeatureSwitchedOn("fax")).state.has("ads")
