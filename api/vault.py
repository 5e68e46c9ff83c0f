"""The vault of a process that lives long: it remembers keys for a while."""

from __future__ import annotations

from typing import Any

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.vault import PostgresVault
from api.settings import Settings


def vault_of(settings: Settings, pool: AsyncConnectionPool[Any]) -> PostgresVault:
    """A vault that asks through this pool."""
    return PostgresVault(
        pool.connection, settings.vault_key, settings.vault_key_before, remember_s=settings.vault_remember_s
    )
