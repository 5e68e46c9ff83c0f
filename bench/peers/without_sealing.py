"""Our own API, to which nothing is personal: what it does not do is what sealing costs.

Served by `granian --interface asgi --factory bench.peers.without_sealing:create_app`.
"""

from __future__ import annotations

from api.app import create_app
from application.catalogue import CATALOGUE

__all__ = ["create_app"]

CATALOGUE.personal = frozenset()
for word in CATALOGUE.words.values():
    word.personal = ()
