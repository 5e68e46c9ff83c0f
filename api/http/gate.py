"""Who passes: whose token it is, how often they came, and whether they may."""

from __future__ import annotations

from typing import Any

from adapters.tokens import BadToken, Tokens
from api.http.call import Call
from api.http.keys import ApiKeys, is_key
from api.http.problems import Refused, kind_of
from api.http.rates import Rate, Rates
from api.http.routes import Needs
from application.standing import Principal
from application.standing.memory import Standings

_ASK_FOR_TOKEN = ((b"www-authenticate", b'Bearer realm="annals"'),)
_REFUSE_TOKEN = ((b"www-authenticate", b'Bearer realm="annals", error="invalid_token"'),)
_WHO_IS_IT = 401


class Gate:
    """Stands before every route."""

    def __init__(self, tokens: Tokens, api_keys: ApiKeys, rates: Rates, standings: Standings) -> None:
        self._tokens = tokens
        self._api_keys = api_keys
        self._rates = rates
        self._standings = standings

    async def open_to_all(self, call: Call, rate: Rate) -> None:
        """Let anyone pass, at the rate of their address."""
        await self._rates.admit(call, rate, call.address)

    def admit_now(self, call: Call, needs: Needs) -> Principal | None:
        """As `admit`, if all that it takes is remembered; otherwise None, and nothing is done."""
        authorization = call.headers.get(b"authorization")
        if authorization is None:
            return None
        who = self._tokens.known(authorization) or self._api_keys.known(authorization)
        principal = None if who is None else self._standings.now(who)
        if principal is not None:
            call.who, call.tenant = principal.name, principal.tenant
            self._api_keys.note(call, principal)
        if principal is None or not self._rates.admit_now(call, needs.rate, principal.account):
            return None
        permit(principal, needs, call)
        return principal

    async def admit(self, call: Call, needs: Needs) -> Principal:
        """Let the bearer of a token pass who has the permission, at their own rate."""
        authorization = call.headers.get(b"authorization")
        if authorization is None:
            await self._rates.admit(call, "public", call.address)
            raise Refused("token.missing", "send Authorization: Bearer and a token", headers=_ASK_FOR_TOKEN)
        try:
            who = (
                await self._api_keys.bearer(authorization)
                if is_key(authorization)
                else self._tokens.bearer(authorization)
            )
        except BadToken as bad:
            await self._rates.admit(call, "public", call.address)
            raise Refused("token.refused", str(bad), headers=_REFUSE_TOKEN) from None
        call.who, call.tenant = who.name, who.tenant
        self._api_keys.note(call, who)
        await self._rates.admit(call, needs.rate, who.account)
        principal = await self._standings.look(who)
        permit(principal, needs, call)
        return principal


def permit(principal: Principal, needs: Needs, call: Call) -> None:
    """Refuse whoever may not. Where the body says what it is about, whoever may so anywhere is let on to say it."""
    standing = principal.standing
    permission = needs.permission
    if standing.lapse is not None and permission not in standing.lapse.spares:
        lapse = standing.lapse
        raise Refused(
            lapse.code, lapse.detail, headers=_REFUSE_TOKEN if kind_of(lapse.code).status == _WHO_IS_IT else ()
        )
    if permission in standing.everywhere:
        return
    if needs.places and standing.within:
        said = call.scope["path_params"]
        for kind, name, in_body in needs.places:
            if in_body:
                if any(scope.startswith(kind) and permission in some for scope, some in standing.within.items()):
                    return
            elif permission in standing.within.get(kind + said[name], ()):
                return
    raise _missing(needs)


def permit_body(principal: Principal, needs: Needs, call: Call, body: Any) -> None:
    """Refuse whoever may not do so within what the path and the body say that this is about."""
    standing = principal.standing
    if needs.permission in standing.everywhere:
        return
    for kind, name, in_body in needs.places:
        which = getattr(body, name) if in_body else call.scope["path_params"][name]
        if needs.permission in standing.within.get(f"{kind}{which}", ()):
            return
    raise _missing(needs)


def _missing(needs: Needs) -> Refused:
    return Refused("permission.missing", f"this needs the permission {needs.permission}")
