"""API keys as they come in: checked once, remembered until something happens to them, and counted.

A key that is known costs a look into a dictionary. That it was revoked is heard by whoever knows how its owner stands
(`application.standing.api_keys`); that it was rotated, and so has an end, is heard here.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from hmac import compare_digest
from typing import Any
from uuid import UUID, uuid5

from adapters.tokens import BadToken
from api.http.call import Call
from application.api_key_texts import BEGINNING, digest, whose
from application.ledger import Entry, Recorded, TenantId
from application.ports import Vault
from application.standing import Who
from application.tally import Counted, Tally
from domain.kernel import Stream, Value
from domain.keys.api_key import API_KEY, Good, State
from domain.keys.events import ApiKeyRevoked, ApiKeyRotated

REMEMBERED_MAX = 50_000
REFUSED = 400
"""From this status on, a call did not do what was asked for."""

_SCHEME = b"bearer "
_BEGINNING = BEGINNING.encode()
_Key = tuple[UUID, str]

Look = Callable[[TenantId, Stream[Any, Any, Any]], Awaitable[Any]]


def is_key(authorization: bytes) -> bool:
    """Whether this `Authorization` header has an API key, good or not."""
    return authorization[: len(_SCHEME)].lower() == _SCHEME and authorization[len(_SCHEME) :].lstrip().startswith(
        _BEGINNING
    )


class ApiKeys:
    """Knows whose keys are, as `Tokens` knows whose tokens are. While facts are not heard, nothing is relied on."""

    types: Sequence[type[Value]] = (ApiKeyRotated, ApiKeyRevoked)
    """The facts to be told to `hear`."""

    def __init__(
        self,
        look: Look,
        vault: Vault,
        tally: Tally,
        attentive: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._look = look
        self._vault = vault
        self._tally = tally
        self._attentive = attentive
        self._clock = clock
        self._known: OrderedDict[bytes, Who] = OrderedDict()
        self._headers: dict[_Key, set[bytes]] = {}
        self._reading: dict[_Key, int] = {}
        self._moved: set[_Key] = set()

    def known(self, authorization: bytes) -> Who | None:
        """Whose header this is, if it was believed before and still is."""
        known = self._known.get(authorization)
        return known if known is not None and known.expires_at > self._clock() and self._attentive() else None

    async def bearer(self, authorization: bytes) -> Who:
        """Whose `Authorization` header this is, or `BadToken`."""
        known = self.known(authorization)
        if known is not None:
            return known
        text = authorization[len(_SCHEME) :].strip().decode("latin-1")
        said = whose(text)
        if said is None:
            raise BadToken("the key is not one of ours")
        self._reading[said] = self._reading.get(said, 0) + 1
        try:
            who = await self._read(*said, text)
            if said not in self._moved and self._attentive():
                self._remember(said, authorization, who)
        finally:
            self._reading[said] -= 1
            if not self._reading[said]:
                del self._reading[said]
                self._moved.discard(said)
        return who

    def note(self, call: Call, who: Who) -> None:
        """Have this call counted once it is answered, and have its commands say with which key they came."""
        if who.api_key is not None and who.person is not None:
            call.api_key = who.api_key
            call.after = partial(self._count, Counted(TenantId(who.tenant), who.person, who.api_key))

    def hear(self, facts: Iterable[Recorded[Any]]) -> None:
        """Forget the keys that these facts are about."""
        for fact in facts:
            self._forget(fact.tenant, fact.stream)

    def kept(self, entry: Entry) -> None:
        """Forget what our own command has moved, at once."""
        for fact in entry.facts:
            self._forget(entry.caller.tenant, fact.stream)

    def _count(self, counted: Counted, call: Call) -> None:
        endpoint = f"{call.method} {call.template}"
        self._tally.count(counted, endpoint, failed=not call.status or call.status >= REFUSED)

    async def _read(self, tenant: TenantId, id_: str, text: str) -> Who:
        state: State = await self._look(tenant, API_KEY.at(id_))
        if not isinstance(state, Good):
            raise BadToken("the key is not one of ours, or was revoked")
        kept = await self._vault.look(tenant, UUID(state.secret))
        if kept is None or not compare_digest(kept, digest(text)):
            raise BadToken("the key is not one of ours, or was revoked")
        expires_at = math.inf if state.ends_at is None else state.ends_at.timestamp()
        if expires_at <= self._clock():
            raise BadToken("the key has ended")
        account = f"{tenant}/{state.person}"
        return Who(
            tenant=tenant,
            name=state.person,
            token=uuid5(tenant, f"api-key:{id_}"),
            expires_at=expires_at,
            account=account,
            key=f"{account}/api-key/{id_}",
            person=state.person,
            can=frozenset(state.scopes),
            api_key=id_,
        )

    def _remember(self, key: _Key, authorization: bytes, who: Who) -> None:
        self._known[authorization] = who
        self._headers.setdefault(key, set()).add(authorization)
        if len(self._known) > REMEMBERED_MAX:
            oldest, whose_ = self._known.popitem(last=False)
            self._part((whose_.tenant, whose_.api_key or ""), oldest)

    def _forget(self, tenant: UUID, stream: str) -> None:
        kind, _, id_ = stream.partition(":")
        key = (tenant, id_)
        if kind != API_KEY.name:
            return
        if key in self._reading:
            self._moved.add(key)
        for authorization in self._headers.pop(key, ()):
            self._known.pop(authorization, None)

    def _part(self, key: _Key, authorization: bytes) -> None:
        headers = self._headers.get(key)
        if headers is not None:
            headers.discard(authorization)
            if not headers:
                del self._headers[key]
