"""What a telephone number may look like where it comes in."""

from __future__ import annotations

import phonenumbers

from domain.kernel import Rejected


def e164(said: str) -> str:
    """A number as E.164 has it, if it is one: with its country, and of a length and beginning that exist there."""
    try:
        number = phonenumbers.parse(said)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_valid_number(number):
        plain: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if plain == said:
            return plain
    raise Rejected("phone.malformed", "a telephone number is + and its country, as E.164 has it: +493012345678")
