"""The keys that checkpoints are signed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from adapters.blind import derived, key_bytes
from api.settings import Settings
from application.checkpoints import SIGNS, Key, Signer, origin


def proof_keys(settings: Settings) -> tuple[bytes, tuple[bytes, ...]]:
    """The key to sign with, and those that were used before: what was signed with any of them is ours.

    One that follows from the vault's is made of the oldest, as names are: a new vault key does not change it.
    """
    own = derived(key_bytes((settings.vault_key, *settings.vault_key_before)[-1]), "proofs")
    keys = (*map(key_bytes, settings.proof_key), own)
    return keys[0], keys[1:]


def public_keys(settings: Settings) -> Sequence[bytes]:
    """What those who verify are told, the present one first."""
    key, before = proof_keys(settings)
    return [Signer(one).public for one in (key, *before)]


def log_keys(settings: Settings) -> Callable[[UUID], Sequence[Key]]:
    """The same, under the name of a tenant's tree."""
    publics = public_keys(settings)
    return lambda tenant: [Key(origin(settings.proof_name, tenant), SIGNS, public) for public in publics]
