"""Every template, and the values it is given: all of them, and no other.

`text`    a word or a sentence, in one line
`number`  a whole number
`moment`  a time, which is shown in the person's zone and language
`link`    an http or https address
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["text", "number", "moment", "link"]

TEMPLATES: Mapping[str, Mapping[str, Kind]] = {
    "creators/paid_out": {"name": "text", "money": "text", "payout": "text"},
    "creators/payout_failed": {"name": "text", "money": "text", "payout": "text", "reason": "text"},
    "payments/given": {"name": "text", "money": "text", "payment": "text"},
    "payments/receipt": {"name": "text", "money": "text", "payment": "text", "what": "text"},
    "payments/refunded": {"name": "text", "money": "text"},
    "enrollments/congratulation": {"name": "text", "course": "text"},
    "enrollments/welcome": {"name": "text", "course": "text", "lessons": "number"},
    "enrollments/withdrawal": {"name": "text", "course": "text"},
    "identity/account_was_deactivated": {"name": "text", "at": "moment"},
    "identity/account_was_locked": {"name": "text", "at": "moment", "until": "moment"},
    "identity/new_device": {"name": "text", "at": "moment", "device": "text"},
    "identity/password_was_changed": {"name": "text", "at": "moment"},
    "identity/reset_password": {"name": "text", "link": "link", "until": "moment"},
    "identity/two_factor_was_disabled": {"name": "text", "at": "moment"},
    "identity/two_factor_was_enabled": {"name": "text", "at": "moment"},
    "identity/verify_address": {"name": "text", "link": "link", "until": "moment"},
    "identity/welcome_invitation": {"name": "text", "school": "text", "link": "link", "until": "moment"},
    "progress/milestone": {"name": "text", "milestone": "text"},
    "subscriptions/bank_asks": {
        "name": "text",
        "plan": "text",
        "money": "text",
        "link": "link",
        "until": "moment",
    },
    "subscriptions/past_due": {"name": "text", "plan": "text", "money": "text", "at": "moment"},
    "subscriptions/trial_ends": {"name": "text", "plan": "text", "money": "text", "at": "moment"},
    "subscriptions/unpaid": {"name": "text", "plan": "text", "money": "text"},
}

LANGUAGES = ("en", "de")
"""The languages every template is written in. The first one is for everyone who reads none of them."""
