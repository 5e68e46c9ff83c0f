"""Requests to servers that others name reach nothing of ours."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.web import ANSWER_BYTES_MAX, Web, is_public
from application.providers import Unreachable
from tests.proves import proves
from tests.sso.saml_provider import key_and_certificate
from tests.sso.wire import Answer, served, told

INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://0.0.0.0/",
    "https://0/",
    "https://10.0.0.1/",
    "https://172.16.5.5/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xA9FEA9FE/",
    "https://2852039166/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
]


@pytest.mark.parametrize("url", INSIDE)
@proves("auth.sso_oauth")
async def test_an_address_of_ours_however_it_is_written_is_not_asked(url: str) -> None:
    with pytest.raises(Unreachable, match=r"not a public one|not known"):
        await Web().get(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.test/",
        "ftp://idp.test/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "data:application/json,{}",
        "//idp.test/",
        "idp.test",
        "",
        "https://",
        "https:///path",
        "https://me:secret@idp.test/",
        "https://idp.test@127.0.0.1/",
        "https://idp.test/#fragment",
        "https://idp.test:99999/",
        "https://[::1/",
        "https://idp.test/ with a space",
        "https://idp.test/\r\nHost: other",
        "https://\u0131dp.test/",
        f"https://idp.test/{'x' * 3000}",
    ],
)
@proves("auth.sso_oauth")
async def test_a_url_that_should_not_be_asked(url: str) -> None:
    with pytest.raises(Unreachable):
        await Web().get(url)


class Names:
    """A resolver whose answers are given, one after the other; the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str, port: int) -> list[str]:
        assert port
        self.asked.append(name)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "fe80::1%2"], ["169.254.169.254"]],
)
@proves("auth.sso_oauth")
async def test_a_name_that_resolves_to_an_address_of_ours_is_not_asked(addresses: list[str]) -> None:
    names = Names(addresses)
    with pytest.raises(Unreachable, match="not a public one"):
        await Web(resolve=names).get("https://idp.test/")
    assert names.asked == ["idp.test"]


@proves("auth.sso_oauth")
async def test_a_name_is_resolved_once_and_that_address_is_connected_to() -> None:
    """A name that is public when it is looked at and ours when it is connected to is of no use."""
    with served(lambda asked: told(asked.headers["host"])) as url:
        port = url.rpartition(":")[2]
        names = Names(["127.0.0.1"], ["192.0.2.1"])
        assert await Web([f"idp.test:{port}"], resolve=names).get(f"http://idp.test:{port}/") == f"idp.test:{port}"
        assert names.asked == ["idp.test"]


@proves("auth.sso_oauth")
async def test_the_certificate_must_be_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key, certificate = key_and_certificate("idp.test")
    (tmp_path / "certificate.pem").write_text(certificate)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with served(lambda _: told("found"), tls=tmp_path) as url:
        port = url.rpartition(":")[2]
        names = Names(["127.0.0.1"])
        stranger = Web([f"idp.test:{port}"], resolve=names)
        with pytest.raises(Unreachable, match="cannot be reached"):
            await stranger.get(f"https://idp.test:{port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        web = Web([f"idp.test:{port}", f"other.test:{port}"], resolve=names)
        assert await web.get(f"https://idp.test:{port}/") == "found"
        with pytest.raises(Unreachable, match="cannot be reached"):
            await web.get(f"https://other.test:{port}/")


@proves("auth.sso_oauth")
async def test_a_redirection_is_an_answer_and_not_followed() -> None:
    targets = ["http://169.254.169.254/latest/meta-data/", "https://localhost/", "/elsewhere"]
    with served(lambda _: Answer(302, headers={"Location": targets[0]})) as url:
        web = Web([url.removeprefix("http://")])
        while targets:
            with pytest.raises(Unreachable, match="answers 302"):
                await web.get(f"{url}/")
            targets.pop(0)


async def test_only_the_host_that_is_named_and_only_on_its_port() -> None:
    with served(lambda _: told({"it": "is"})) as url, served(lambda _: told({"it": "is"})) as other:
        web = Web([url.removeprefix("http://")])
        assert await web.get(f"{url}/") == {"it": "is"}
        assert await Web(["localhost"]).get(f"{other}/") == {"it": "is"}
        for refused in (f"{other}/", url.replace("localhost", "127.0.0.1"), url.replace("http", "ftp")):
            with pytest.raises(Unreachable):
                await web.get(refused)
        await web.close()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(204),
        Answer(200, b"<html>"),
        Answer(200, b""),
        Answer(200, b"[" * 100_000),
        Answer(200, b'"' + b"x" * (ANSWER_BYTES_MAX + 1) + b'"'),
    ],
)
async def test_an_answer_that_helps_nobody(answer: Answer) -> None:
    with served(lambda _: answer) as url, pytest.raises(Unreachable):
        await Web([url.removeprefix("http://")]).get(f"{url}/")


@contextmanager
def mute() -> Generator[int]:
    """The port of a server that takes connections and says nothing, until we stop listening for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = threading.Event()

        def accept() -> None:
            with listening.accept()[0]:
                done.wait(30)

        thread = threading.Thread(target=accept)
        thread.start()
        yield int(listening.getsockname()[1])
        done.set()
        thread.join()


async def test_who_says_nothing_is_not_waited_for_long() -> None:
    with mute() as port, pytest.raises(Unreachable, match="in time"):
        await Web([f"localhost:{port}"], wait_s_max=0.2).get(f"http://localhost:{port}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))
