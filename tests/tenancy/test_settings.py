"""Every row of the table that decides about settings."""

from __future__ import annotations

from typing import get_args

from domain.tenancy.configuration import Configuration, SettingName, schema, settings
from domain.tenancy.events import SettingAdjusted
from domain.tenancy.settings import SETTINGS, Adjust, Choice
from tests.given import about
from tests.proves import proves

given = about(SETTINGS)

fewer = SettingAdjusted("page_size", 50, 20)


@proves("tenant.system_config")
def test_each_setting_that_is_adjusted_is_a_fact_with_what_was() -> None:
    both = Adjust((Choice("page_size", 20), Choice("welcome_notice", False)))  # noqa: FBT003 — it is a value
    given().when(both).then(fewer, SettingAdjusted("welcome_notice", True, False))  # noqa: FBT003
    given(fewer).when(Adjust((Choice("page_size", 30),))).then(SettingAdjusted("page_size", 20, 30))
    given(fewer).when(Adjust((Choice("page_size", 20),))).then()
    given().when(Adjust((Choice("page_size", 50),))).then()
    given().when(Adjust(())).then()


@proves("tenant.system_config")
def test_what_a_setting_cannot_be_is_refused_and_none_is_adjusted() -> None:
    good = Choice("welcome_notice", value=False)
    for bad in (
        Choice("page_size", 0),
        Choice("page_size", 201),
        Choice("page_size", "50"),
        Choice("page_size", True),  # noqa: FBT003
        Choice("welcome_notice", 1),
    ):
        given().when(Adjust((good, bad))).refused("setting.malformed")


def test_every_setting_is_known_by_name_and_has_a_meaning() -> None:
    assert settings() == get_args(SettingName)
    assert all(schema()[name]["description"] for name in settings())


def test_what_was_adjusted_to_what_can_no_longer_be_has_its_default() -> None:
    assert given(SettingAdjusted("page_size", 50, 1_000)).state.configuration == Configuration()
    assert given(SettingAdjusted("fax", "", "on")).state.configuration == Configuration()
    assert given(fewer).state.configuration == Configuration(page_size=20)
