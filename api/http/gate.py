"""Who passes: whose token it is, how often they came, and whether they may."""

from __future__ import annotations

from adapters.tokens import BadToken, Principal, Tokens
from api.http.call import Call
from api.http.problems import Refused
from api.http.rates import Rate, Rates

_ASK_FOR_TOKEN = ((b"www-authenticate", b'Bearer realm="annals"'),)
_REFUSE_TOKEN = ((b"www-authenticate", b'Bearer realm="annals", error="invalid_token"'),)


class Gate:
    """Stands before every route."""

    def __init__(self, tokens: Tokens, rates: Rates) -> None:
        self._tokens = tokens
        self._rates = rates

    async def open_to_all(self, call: Call, rate: Rate) -> None:
        """Let anyone pass, at the rate of their address."""
        await self._rates.admit(call, rate, call.address)

    async def admit(self, call: Call, permission: str, rate: Rate) -> Principal:
        """Let the bearer of a token pass who has this permission, at their own rate."""
        authorization = call.headers.get(b"authorization")
        if authorization is None:
            await self._rates.admit(call, "public", call.address)
            raise Refused("token.missing", "send Authorization: Bearer and a token", headers=_ASK_FOR_TOKEN)
        try:
            principal = self._tokens.bearer(authorization)
        except BadToken as bad:
            await self._rates.admit(call, "public", call.address)
            raise Refused("token.refused", str(bad), headers=_REFUSE_TOKEN) from None
        call.who = principal.name
        await self._rates.admit(call, rate, principal.account)
        if not principal.may(permission):
            raise Refused("permission.missing", f"this needs the permission {permission}")
        return principal

    def holds(self, principal: Principal) -> bool:
        """Whether one who has passed would pass again."""
        return self._tokens.holds(principal)
