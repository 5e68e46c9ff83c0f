"""What security is watched by: facts, refusals and reads that say something of it, each with its severity.

A context says in `application.security.<context>` which of its facts do: `SIGNS = (Sign(LoginFailed, "login", ...),)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from application.catalogue import type_name
from domain.kernel import Value

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Event = Literal[
    "login", "two_factor", "key", "role", "lockout", "export", "deletion", "password", "account", "provider", "refusal"
]


WHOLE = ".whole"
"""What the action of a read ends with, where its answer was taken away whole."""


class Sign(Value):
    """What something is to those who watch over security: a fact by its type, a refusal by its code, a read by its
    action."""

    of: type[Value] | str
    event: Event
    severity: Severity = "info"

    @property
    def key(self) -> str:
        return self.of if isinstance(self.of, str) else type_name(self.of)


SIGNS = (
    Sign("permission.missing", "refusal", "warning"),
    Sign("token.refused", "refusal", "warning"),
    Sign("token.other_tenant", "refusal", "critical"),
    Sign("rate.exceeded", "refusal", "warning"),
    Sign("login.locked", "lockout", "warning"),
    Sign("replay_lines", "export"),
    Sign("replay_arrow", "export"),
    Sign(WHOLE, "export"),
)


@cache
def signs() -> Mapping[str, Sign]:
    """Every sign, by what it is of."""
    found = list(SIGNS)
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        declared: Iterable[Sign] = importlib.import_module(f"{__name__}.{module.name}").SIGNS
        found += declared
    return MappingProxyType({sign.key: sign for sign in found})


def gravest(keys: Iterable[str]) -> Sign | None:
    """Of what has happened, by types, codes and actions, what matters most; None where none of it does."""
    found = [sign for key in keys if (sign := signs().get(WHOLE if key.endswith(WHOLE) else key)) is not None]
    return max(found, key=lambda sign: SEVERITIES.index(sign.severity), default=None)
