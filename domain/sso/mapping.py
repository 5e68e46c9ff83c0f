"""What becomes of what a provider says: whose address it may speak for, which roles follow, where one returns to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from domain.sso.terms import AttributeRule, RoleRule

RETURN_LENGTH_MAX = 500

_PATH = re.compile(r"/(?![/\\])[\w\-.~!$&'()*+,;=:@/?%]*", re.ASCII)
_ORIGIN = re.compile(r"(https?://[a-z0-9.\-]+(?::[0-9]{1,5})?|https?://\[[0-9a-f:]+\](?::[0-9]{1,5})?)(.*)", re.DOTALL)


def mapped(rules: Sequence[AttributeRule], attributes: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """What a provider says under names of its own, under ours."""
    found: dict[str, str] = {}
    for rule in rules:
        value = next((one.strip() for one in attributes.get(rule.theirs, ()) if one.strip()), None)
        if value is not None:
            found[rule.ours] = value
    return found


def roles_of(rules: Sequence[RoleRule], attributes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The roles that follow, in order."""
    return tuple(sorted({rule.role for rule in rules if rule.value in attributes.get(rule.attribute, ())}))


def speaks_for(domains: Sequence[str], address: str | None) -> bool:
    """Whether an address is of one of these domains. Its last @ counts, and a part of a domain is not the domain."""
    name, _, domain = (address or "").rpartition("@")
    return bool(name) and domain.lower() in {one.lower() for one in domains}


def may_return_to(target: str, origins: Sequence[str]) -> bool:
    """Whether a browser may be sent there: to a path of ours, or to one of these origins. Anything unclear is not."""
    if len(target) > RETURN_LENGTH_MAX:
        return False
    if _PATH.fullmatch(target):
        return True
    found = _ORIGIN.fullmatch(target)
    if found is None or found[1] not in origins:
        return False
    return not found[2] or bool(_PATH.fullmatch(found[2]))
