"""The token of the measured tenant."""

from __future__ import annotations

from functools import cache

from adapters.tokens import issue
from api.settings import DEVELOPMENT_KEY
from bench.facts import TENANT


@cache
def token() -> str:
    return issue(DEVELOPMENT_KEY, tenant=TENANT, subject="ada", permissions=("*",), lifetime_s=3600)
