"""A passkey in a browser: Chromium, with the authenticator it simulates, on a small page of another origin."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.api.serving import free_port, serving
from tests.api.visiting import RATES, Visitor
from tests.servers import PostgresForTests, folder

START_S_MAX = 60.0
PAGE = b"""<!doctype html><title>Passkeys</title><script>
async function ask(api, path, headers, body) {
  const answer = await fetch(api + path, {
    method: "POST", headers: {"Content-Type": "application/json", ...headers}, body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(said));
  return said;
}
async function make(api, token) {
  const headers = {Authorization: "Bearer " + token};
  const {options} = await ask(api, "/api/security/passkeys/options", headers, {account: "ada@school.example"});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({publicKey});
  return await ask(api, "/api/security/passkeys", headers, {credential: credential.toJSON()});
}
async function come_in(api, tenant) {
  const headers = {"Annals-Tenant": tenant};
  const {options} = await ask(api, "/api/login/passkey/options", headers, {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({publicKey});
  return await ask(api, "/api/login/passkey", headers, {credential: credential.toJSON()});
}
</script>"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)


@contextmanager
def paged() -> Generator[str]:
    """The page, and its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Browser:
    """Chromium, spoken to in its own protocol."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._number = 0

    def do(self, method: str, **given: Any) -> Any:
        self._number += 1
        self._wire.send(json.dumps({"id": self._number, "method": method, "params": given}))
        while True:
            said = json.loads(self._wire.recv(timeout=START_S_MAX))
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def run(self, script: str) -> Any:
        """What a script of the page comes to."""
        said = self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in said, said
        return said["result"]["value"]

    def open(self, url: str) -> None:
        self.do("Page.navigate", url=url)
        deadline = time.monotonic() + START_S_MAX
        while self.run("document.title") != "Passkeys":
            assert time.monotonic() < deadline, "the page was not shown"
            time.sleep(0.05)

    def authenticator(self) -> str:
        """Plug in an authenticator whose owner always says yes."""
        self.do("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        plugged: str = self.do("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"]
        return plugged


@contextmanager
def browsing() -> Generator[Browser]:
    with folder() as path:
        port = free_port()
        asked = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        asked += [f"--user-data-dir={path / 'profile'}", f"--remote-debugging-port={port}", "about:blank"]
        output = Path(path / "chromium.log")
        with output.open("wb") as file, subprocess.Popen(asked, stdout=file, stderr=file) as process:  # noqa: S603
            try:
                with connect(_wire(f"http://127.0.0.1:{port}", output), max_size=None) as wire:
                    yield Browser(wire)
            finally:
                process.terminate()
                process.wait(20)


def _wire(url: str, output: Path) -> str:
    """Where the first tab is spoken to, once the browser has started."""
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline:
        try:
            tabs = [tab for tab in httpx.get(f"{url}/json/list").json() if tab["type"] == "page"]
        except httpx.TransportError:
            tabs = []
        if tabs:
            found: str = tabs[0]["webSocketDebuggerUrl"]
            return found
        time.sleep(0.1)
    raise TimeoutError(output.read_text(errors="replace"))


@pytest.mark.timeout(300)
def test_a_browser_makes_a_passkey_and_comes_in_with_it(postgres: PostgresForTests) -> None:
    with paged() as origin, postgres.database() as database:
        given = {"CORS_ORIGINS": origin, "PASSKEY_DOMAIN": "localhost", "PASSKEY_ORIGINS": origin, **RATES}
        with (
            serving(database, engine=True, worker=False, count=1, **given) as (served,),
            Visitor(served) as ada,
            browsing() as browser,
        ):
            assert ada.register().status_code == 200
            assert ada.log_in().status_code == 200
            api = json.dumps(served.url.replace("127.0.0.1", "localhost"))
            token = json.dumps(ada.headers["Authorization"].removeprefix("Bearer "))
            plugged = browser.authenticator()
            browser.open(origin)
            made = browser.run(f"make({api}, {token})")
            (held,) = browser.do("WebAuthn.getCredentials", authenticatorId=plugged)["credentials"]
            assert held["rpId"] == "localhost"
            come_in = f"come_in({api}, {json.dumps(str(ada.tenant))})"
            for came in (browser.run(come_in), browser.run(come_in)):
                assert (came["status"], came["person"]) == ("in", ada.person)
                ada.headers["Authorization"] = f"Bearer {came['access']}"
                assert ada.get("/api/me/sessions").status_code == 200
            (row,) = ada.get("/api/security/passkeys", params={"min_position": made["position"]}).json()["rows"]
            assert row["transports"] == ["internal"]
            browser.do("WebAuthn.setUserVerified", authenticatorId=plugged, isUserVerified=False)
            assert browser.run(f"{come_in}.catch(error => error.name)") == "NotAllowedError"
