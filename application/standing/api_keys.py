"""Who asks with an API key may do so as long as it was not revoked."""

from __future__ import annotations

from application.ledger import TenantId
from application.standing import Ground, Lapse, Who, hears
from domain.keys.api_key import API_KEY, Good, State
from domain.keys.events import ApiKeyRevoked


@hears(ApiKeyRevoked)
def the_key_is_good(who: Who) -> Ground | None:
    if who.api_key is None:
        return None
    return Ground(TenantId(who.tenant), API_KEY.at(who.api_key), _lapse)


def _lapse(state: State) -> Lapse | None:
    return None if isinstance(state, Good) else Lapse("token.refused", "the key was revoked")
