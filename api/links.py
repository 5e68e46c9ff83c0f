"""The port `Links`: the pages that letters lead to are the tenant's own, where it has a hostname."""

from __future__ import annotations

from urllib.parse import urlsplit

from api.schools import Schools
from application.ledger import TenantId


class PublicLinks:
    """`url` is where everyone's pages are; a tenant's own are under its hostname, reached in the same way."""

    def __init__(self, schools: Schools, url: str) -> None:
        self._schools = schools
        self._url = url

    def link(self, tenant: TenantId, page: str, token: str) -> str:
        # What comes after # stays with whoever follows the link: it is in no server's log.
        return f"{_base(self._url, self._schools.hostname(tenant))}/{page}#{token}"

    def public(self, tenant: TenantId, path: str) -> str:
        return address(self._url, self._schools.hostname(tenant), tenant, path)


def address(url: str, hostname: str | None, tenant: TenantId, path: str) -> str:
    """Where a page is that is for everyone. Without a hostname of its own it has to say whose it is."""
    whose = f"?tenant={tenant}" if hostname is None else ""
    return f"{_base(url, hostname)}/{path}{whose}"


def _base(url: str, hostname: str | None) -> str:
    if hostname is None:
        return url.rstrip("/")
    everyones = urlsplit(url)
    port = "" if everyones.port is None else f":{everyones.port}"
    return f"{everyones.scheme}://{hostname}{port}"
