"""The ports `Files`, `Folders` and `LargeFiles`, as every place where files are kept has to fill them."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import docx
import httpx
import pytest
from moto.server import ThreadedMotoServer

from adapters.object_store import ObjectStoreFiles, bucket, files_in
from application.ledger import TenantId
from application.ports import FileTooLarge

MINE, THEIRS = TenantId(uuid4()), TenantId(uuid4())
BYTES_MAX = 100_000
LARGE_BYTES_MAX = 20 * 2**20
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module")
def s3() -> Generator[str]:
    """A server that speaks S3, and a bucket in it."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"  # noqa: S104 — it is what the server calls itself
    with pytest.MonkeyPatch.context() as given:
        given.setenv("AWS_ACCESS_KEY_ID", "someone")
        given.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        httpx.put(f"{endpoint}/files").raise_for_status()
        yield f"s3://files/annals?endpoint={endpoint}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStoreFiles:
    url = "" if request.param == "folder" else request.getfixturevalue("s3")
    return files_in(tmp_path / "files", url, BYTES_MAX)


@pytest.fixture(params=["folder", "s3"])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStoreFiles:
    """The port `LargeFiles`, which the same places fill."""
    url = "" if request.param == "folder" else request.getfixturevalue("s3")
    return files_in(tmp_path / "files", url, LARGE_BYTES_MAX)


def docx_file() -> bytes:
    document = docx.Document()
    document.add_paragraph("a paragraph")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zip_file() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", os.urandom(100))
    return out.getvalue()


def test_what_is_kept_is_read_again(files: ObjectStoreFiles) -> None:
    name = f"papers/{uuid4()}.pdf"
    content = b"%PDF-1.7\n" + os.urandom(5_000)
    kept = files.keep(MINE, name, content)
    assert kept.content == content
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert files.read(MINE, name) == kept
    assert files.read(THEIRS, name) is None
    assert files.read(MINE, f"papers/{uuid4()}.pdf") is None


def test_what_a_name_holds_is_never_written_over(files: ObjectStoreFiles) -> None:
    name = str(uuid4())
    first = files.keep(MINE, name, b"first")
    assert files.keep(MINE, name, b"second") == first
    assert files.keep(THEIRS, name, b"theirs").content == b"theirs"
    assert files.read(MINE, name) == first


def test_of_many_who_write_a_name_at_once_one_does(files: ObjectStoreFiles) -> None:
    name = str(uuid4())
    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(files.keep, MINE, name, b"%d" % number * 1_000) for number in range(8)]
        kept = [one.result() for one in writing]
    assert len({one.sha256 for one in kept}) == 1
    assert files.read(MINE, name) == kept[0]


def test_what_is_forgotten_is_gone(files: ObjectStoreFiles) -> None:
    name = str(uuid4())
    files.keep(MINE, name, b"first")
    files.forget(THEIRS, name)
    assert files.read(MINE, name) is not None
    files.forget(MINE, name)
    files.forget(MINE, name)
    assert files.read(MINE, name) is None
    assert files.keep(MINE, name, b"second").content == b"second"


def test_of_a_folder_that_is_forgotten_nothing_is_left_and_of_others_all(files: ObjectStoreFiles) -> None:
    folder = f"recordings/{uuid4()}"
    gone = [f"{folder}/{number}" for number in range(3)] + [f"{folder}/deeper/one"]
    stays = [f"{folder}-more/one", f"recordings/{uuid4()}/one"]
    for name in (*gone, *stays):
        files.keep(MINE, name, b"mine")
        files.keep(THEIRS, name, b"theirs")
    for _ in range(2):
        files.forget_folder(MINE, folder)
        assert [files.read(MINE, name) for name in gone] == [None] * len(gone)
    assert all(files.read(MINE, name) for name in stays)
    assert all(files.read(THEIRS, name) for name in (*gone, *stays))


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "application/pdf"),
        (docx_file(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (zip_file(), "application/zip"),
        ("Zeilen für alle.\nNoch eine.\n".encode(), "text/plain"),
        (b"", "text/plain"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"PK\x03\x04 no archive", "application/octet-stream"),
        (b"\xff\xfe\x00\x01\x93\x07\x00", "application/octet-stream"),
    ],
    ids=["pdf", "docx", "zip", "text", "empty", "picture", "torn", "noise"],
)
def test_a_file_is_what_its_content_says(files: ObjectStoreFiles, content: bytes, type_: str) -> None:
    assert files.keep(MINE, f"{uuid4()}.png", content).type == type_


@pytest.mark.parametrize("size", [0, 1, 5 * 2**20, 12 * 2**20 + 1])
async def test_a_large_file_is_taken_in_by_parts_and_given_in_any_part(large: ObjectStoreFiles, size: int) -> None:
    name, content = f"files/{uuid4()}", (b"%PDF-" + os.urandom(1_000_000) * 13)[:size]
    intake = large.intake(MINE, name)
    for at in range(0, size, 700_001):
        await intake.take(content[at : at + 700_001])
    measured = await intake.end()
    assert (measured.bytes, measured.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert measured.type == ("application/pdf" if size > 5 else "text/plain")
    assert b"".join(large.read_parts(MINE, name)) == content
    for first, end in ((0, size), (size // 2, min(size // 2 + 10, size)), (max(size - 3, 0), size), (0, 0)):
        parts = await large.parts(MINE, name, first, end)
        assert parts is not None
        assert b"".join([part async for part in parts]) == content[first:end]
    assert await large.parts(THEIRS, name, 0, size) is None
    large.forget(MINE, name)
    assert await large.parts(MINE, name, 0, size) is None
    with pytest.raises(FileNotFoundError):
        tuple(large.read_parts(MINE, name))


@pytest.mark.parametrize("sent", [10, 6 * 2**20])
async def test_of_what_is_dropped_or_too_large_nothing_is_left(large: ObjectStoreFiles, sent: int) -> None:
    name = f"files/{uuid4()}"
    intake = large.intake(MINE, name)
    await intake.take(bytes(sent))
    with pytest.raises(FileTooLarge):
        await intake.take(bytes(LARGE_BYTES_MAX))
    await intake.drop()
    await intake.drop()
    assert large.read(MINE, name) is None
    ended = large.intake(MINE, name)
    await ended.take(b"x")
    await ended.end()
    await ended.drop()
    assert large.read(MINE, name) is None


@pytest.mark.parametrize("step", [1, 7, 64, 1_000])
async def test_what_a_file_is_does_not_depend_on_how_it_comes_in(large: ObjectStoreFiles, step: int) -> None:
    for content, type_ in (
        (docx_file(), DOCX),
        (zip_file(), "application/zip"),
        ("Zeilen für alle.\n".encode() * 9, "text/plain"),
        (b"half a letter \xc3", "application/octet-stream"),
    ):
        intake = large.intake(MINE, f"files/{uuid4()}")
        for at in range(0, len(content), step):
            await intake.take(content[at : at + step])
        assert (await intake.end()).type == type_


def test_what_is_too_large_is_not_kept(files: ObjectStoreFiles) -> None:
    name = str(uuid4())
    files.keep(MINE, name, bytes(BYTES_MAX))
    with pytest.raises(FileTooLarge, match="at most 100000 bytes, not 100001"):
        files.keep(MINE, f"{name}-larger", bytes(BYTES_MAX + 1))
    assert files.read(MINE, f"{name}-larger") is None


@pytest.mark.parametrize("name", ["", "../other", "a/../../b", "/etc/passwd", "a//b", "a\\b", "ä", ".hidden", "a\n"])
def test_a_name_leads_nowhere_else(files: ObjectStoreFiles, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        files.keep(MINE, name, b"x")
    with pytest.raises(ValueError, match="cannot be the name"):
        files.read(MINE, name)


@pytest.mark.parametrize("url", ["https://bucket.example", "s3://", "bucket"])
def test_the_url_of_a_bucket_is_one(url: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket"):
        bucket(url)
