"""The one registry of settings: each with its kind, its default and what it means."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from domain.kernel import Value
from domain.tenancy.events import Setting

SettingName = Literal[
    "donation_least",
    "donation_most",
    "monetization_second_factor",
    "page_size",
    "payment_gateway",
    "platform_fee",
    "recordings_kept_days",
    "returning_resumes",
    "time_zone",
    "verified_only",
    "welcome_notice",
]
"""What settings are called; the fields of `Configuration`."""


class Configuration(Value):
    """How a school is set up. A field is a setting: its type says what it can be."""

    donation_least: Annotated[
        int,
        msgspec.Meta(
            ge=1, le=10**6, description="The smallest donation, in whole units of any currency: euros, or yen."
        ),
    ] = 1
    donation_most: Annotated[
        int, msgspec.Meta(ge=1, le=10**9, description="The largest donation, in whole units of any currency.")
    ] = 1_000
    monetization_second_factor: Annotated[
        bool, msgspec.Meta(description="Whether a creator needs a second factor to turn monetization on.")
    ] = False
    page_size: Annotated[
        int, msgspec.Meta(ge=1, le=200, description="How many rows a list has where the asker does not say.")
    ] = 50
    payment_gateway: Annotated[
        Literal["", "paypal", "sandbox", "stripe"],
        msgspec.Meta(description="Through whom one pays here; when empty, through whom one usually does."),
    ] = ""
    platform_fee: Annotated[
        int,
        msgspec.Meta(
            ge=0, le=10_000, description="What the school has of what creators earn, in hundredths of a percent."
        ),
    ] = 1_000
    recordings_kept_days: Annotated[
        int,
        msgspec.Meta(ge=1, le=3_650, description="For how many days a recording is kept from when it was opened."),
    ] = 30
    returning_resumes: Annotated[
        bool, msgspec.Meta(description="Whether who enrols again keeps the lessons they had done before.")
    ] = False
    time_zone: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$(?!\n)",
            max_length=64,
            description="Where the school is, as the IANA calls it: the years of its books begin there.",
        ),
    ] = "UTC"
    verified_only: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[a-z_. ]*$(?!\n)",
            max_length=2_000,
            description="The permissions, with blanks between, of the commands that wait until an address is verified.",
        ),
    ] = ""
    welcome_notice: Annotated[bool, msgspec.Meta(description="Whether who enrols is written a word of welcome.")] = True


def settings() -> tuple[str, ...]:
    """The names of all settings, in order."""
    return Configuration.__struct_fields__


@cache
def kind(setting: str) -> Any:
    """What a setting can be."""
    return get_type_hints(Configuration, include_extras=True)[setting]


def schema() -> dict[str, Any]:
    """What settings can be, as JSON Schema by their names."""
    _, components = msgspec.json.schema_components([Configuration])
    properties: dict[str, Any] = components["Configuration"]["properties"]
    return properties


def wrong(setting: str, value: Setting) -> str | None:
    """Why a setting cannot be so; None when it can."""
    try:
        msgspec.convert(value, kind(setting), strict=True)
    except msgspec.ValidationError as error:
        return str(error)
    return None
