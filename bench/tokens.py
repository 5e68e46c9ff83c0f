"""The token of the measured tenant."""

from __future__ import annotations

from functools import cache

from adapters.tokens import issue
from api.settings_agree import DEVELOPMENT_KEY
from bench.facts import TENANT


@cache
def token() -> str:
    return issue(DEVELOPMENT_KEY, TENANT, "ada", ("*",), 3600)
