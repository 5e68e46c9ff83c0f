"""A provider that somebody else has written lets people in here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator

import httpx
import pytest

from adapters.identity_providers import IdentityProviders
from application.providers import Registration
from tests.api.serving import free_port, until_answered
from tests.proves import proves
from tests.sso.school import School
from tests.sso.wire import Brought

ADA = '{"sub": "ada-0815", "email": "ada@school.test", "email_verified": true, "name": "Ada", "groups": ["teachers"]}'


@pytest.fixture
def stranger() -> Generator[str]:
    """The URL of oidc-provider-mock, in a process of its own."""
    port = free_port()
    program = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603
        [*program, "--require-registration", "true", "--require-nonce", "true", "--user-claims", ADA],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_answered(f"http://localhost:{port}/.well-known/openid-configuration")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@proves("auth.sso_oauth")
def test_an_independent_openid_provider_lets_people_in(school: School, stranger: str) -> None:
    with school.browser() as browser:
        callback = f"{str(browser.base_url).rstrip('/')}/api/login/college/callback?tenant={school.tenant}"
        known = httpx.post(f"{stranger}/oauth2/clients", json={"redirect_uris": [callback]}).json()
        roles = [{"attribute": "groups", "value": "teachers", "role": "instructor"}]
        registration = Registration("oidc", stranger, known["client_id"], known["client_secret"])
        school.configure(registration, roles=roles)

        def there() -> Brought:
            way = browser.set_out().headers["Location"]
            let_in = httpx.post(way, data={"sub": "ada-0815"})
            url = httpx.URL(let_in.headers["Location"])
            return Brought("GET", str(url), dict(url.params))

        answer = browser.take(browser.bring(there()))
        assert answer.status_code == 200, answer.text
        assert browser.roles() == ["instructor"]
        first = browser.person
        browser.take(browser.bring(there()))
        assert browser.person == first


async def test_what_is_not_open_is_closed_without_ado() -> None:
    await IdentityProviders().close()
