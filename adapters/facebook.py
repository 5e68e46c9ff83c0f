"""Facebook: OAuth 2 without an id token. Who came is asked of the Graph, with a proof that it is us who ask."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from adapters.oidc.relying_party import challenge, exchanged, the_code, with_query
from adapters.web import Web
from application.providers import NotProven, Proof, Registration, Trip
from domain.kernel import Value

VERSION = "v21.0"
ISSUER = "https://www.facebook.com"
GRAPH = "https://graph.facebook.com"


class _Me(Value):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9]+$(?!\n)")]
    name: str | None = None
    email: str | None = None


class Facebook:
    """Logs people in through Facebook."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def way_to(self, provider: Registration, trip: Trip) -> str:
        """Where to send the browser."""
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": trip.callback,
            "scope": "email,public_profile",
            "state": trip.state,
            **challenge(trip),
        }
        url = f"{provider.issuer}/{VERSION}/dialog/oauth"
        self._web.checked(url)
        return with_query(url, asked)

    async def who_came(self, provider: Registration, trip: Trip, said: Mapping[str, str], now: datetime) -> Proof:  # noqa: ARG002 — nothing here has a time
        """Who it is that came back."""
        graph = GRAPH if provider.issuer == ISSUER else provider.issuer
        form = {
            "client_id": provider.client_id,
            "client_secret": provider.secret,
            "redirect_uri": trip.callback,
            "code": the_code(said),
            "code_verifier": trip.verifier,
        }
        token = (await exchanged(self._web, f"{graph}/{VERSION}/oauth/access_token", form)).access_token
        proof = hmac.new(provider.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        query = urlencode({"fields": "id,name,email", "appsecret_proof": proof})
        answer = await self._web.get(f"{graph}/{VERSION}/me?{query}", {"Authorization": f"Bearer {token}"})
        try:
            me = msgspec.convert(answer, _Me)
        except msgspec.ValidationError:
            raise NotProven("Facebook does not say who it is") from None
        attributes = {
            name: (value,) for name, value in (("id", me.id), ("name", me.name), ("email", me.email)) if value
        }
        # Facebook does not say whether the address is the person's, so it is not taken for it.
        return Proof(me.id, me.email or None, address_is_verified=False, name=me.name or None, attributes=attributes)
