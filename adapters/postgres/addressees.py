"""The port `People`: who letters are written to, as the read model of addressees has them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.mail import Addressee, People, Unheard

_LOOK = "select address, name, language, time_zone from identity_addressees.addressee(%s, %s)"


class PostgresPeople:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any], others: People) -> None:
        """`others` knows those who have no account: their ids are not those of people."""
        self._pool = pool
        self._others = others

    def person(self, tenant: TenantId, person: str) -> Addressee | None:
        if not _is_a_persons(person):
            return self._others.person(tenant, person)
        with self._pool.connection() as connection:
            found = connection.execute(_LOOK, (tenant, person)).fetchone()
        if found is None:
            raise Unheard(f"nothing is known of person {person} yet")
        address, name, language, time_zone = found
        return None if address is None else Addressee(address, name, language or "en", time_zone or "UTC")


def _is_a_persons(id_: str) -> bool:
    try:
        return str(UUID(id_)) == id_
    except ValueError:
        return False
