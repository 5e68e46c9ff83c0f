"""The port `Links`: the pages that letters lead to are the tenant's own, where it has a hostname."""

from __future__ import annotations

from urllib.parse import urlsplit

from api.schools import Schools
from application.ledger import TenantId


class PublicLinks:
    """`url` is where everyone's pages are; a tenant's own are under its hostname, reached in the same way."""

    def __init__(self, schools: Schools, url: str) -> None:
        self._schools = schools
        self._url = url.rstrip("/")

    def link(self, tenant: TenantId, page: str, token: str) -> str:
        hostname = self._schools.hostname(tenant)
        everyones = urlsplit(self._url)
        port = "" if everyones.port is None else f":{everyones.port}"
        base = self._url if hostname is None else f"{everyones.scheme}://{hostname}{port}"
        # What comes after # stays with whoever follows the link: it is in no server's log.
        return f"{base}/{page}#{token}"
