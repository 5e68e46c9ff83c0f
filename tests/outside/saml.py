"""An identity provider that others have written, pysaml2 with xmlsec1, lets people in here. Needs Debian's xmlsec1."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from application.providers import Registration
from tests.api.serving import serving
from tests.api.visiting import RATES
from tests.servers import Database
from tests.sso.saml_provider import ISSUER, OURS, key_and_certificate
from tests.sso.school import School, refused

SHA256 = {
    "sign_alg": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "digest_alg": "http://www.w3.org/2001/04/xmlenc#sha256",
}
SHA1 = {
    "sign_alg": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "digest_alg": "http://www.w3.org/2000/09/xmldsig#sha1",
}
START_S_MAX = 20
SETTINGS: dict[str, Any] = {"PROVIDER_HOSTS": "localhost", **RATES}


@contextmanager
def college(folder: Path) -> Generator[Registration]:
    """The provider, running."""
    key, certificate = key_and_certificate()
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "certificate.pem").write_text(certificate)
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "tests.sso.college", str(folder)])  # noqa: S603
    try:
        deadline = time.monotonic() + START_S_MAX
        while not (folder / "url").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield Registration("saml", ISSUER, OURS, "", f"{(folder / 'url').read_text()}/sso", (certificate,))
    finally:
        process.terminate()
        process.wait(10)


def test_staff_come_in_by_a_provider_that_others_have_written(database: Database, tmp_path: Path) -> None:
    def signs(**how: Any) -> None:
        (tmp_path / "how.json").write_text(json.dumps(how))

    with (
        serving(database, engine=True, **SETTINGS) as api,
        School(api[0], uuid4()) as school,
        college(tmp_path) as registration,
        school.browser() as browser,
    ):
        rule = {"attribute": "eduPersonAffiliation", "value": "staff", "role": "staff"}
        school.configure(registration, roles=[rule])
        about_us = browser.get("/api/login/college/metadata", params={"tenant": str(school.tenant)})
        (tmp_path / "annals.xml").write_text(about_us.text)
        signs(sign_assertion=True, **SHA256)
        assert browser.come_in().status_code == 200
        assert browser.roles() == ["staff"]
        first = browser.person
        signs(sign_assertion=True, sign_response=True, **SHA256)
        assert browser.come_in().status_code == 200
        assert browser.person == first
        for worse in ({"sign_assertion": False}, {"sign_assertion": False, "sign_response": True, **SHA256}):
            signs(**worse)
            refused(browser.come_in(), 403, "sign_in.not_proven")
        signs(sign_assertion=True, **SHA1)
        refused(browser.come_in(), 403, "sign_in.not_proven")
