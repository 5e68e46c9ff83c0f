"""Where files are kept: a folder of this machine, or a bucket that speaks S3. Both by obstore."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit
from zipfile import BadZipFile, ZipFile

from obstore import open_writer_async
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, S3Store

from application.ledger import TenantId
from application.ports import File, FileTooLarge, Measured

if TYPE_CHECKING:
    from obstore import AsyncWritableFile, GetOptions, GetResult

BYTES_MAX = 50 * 2**20
PART_BYTES = 5 * 2**20
"""So much of a file that comes in is in memory, once while it is gathered and once while it is sent on: S3 takes no
smaller parts."""
SHOWN_BYTES = 256 * 1024
"""So much of a file that goes out is one part."""
HEAD_BYTES = 64
TAIL_BYTES = 256 * 1024
"""Within so many bytes of its end an archive says what is in it. Of one that says more, nothing is known."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*(?:/[A-Za-z0-9][A-Za-z0-9._~-]*)*")
ZIP = "application/zip"
OFFICE = "application/vnd.openxmlformats-officedocument"
OFFICE_PARTS = {
    "word/document.xml": "wordprocessingml.document",
    "xl/workbook.xml": "spreadsheetml.sheet",
    "ppt/presentation.xml": "presentationml.presentation",
}
SIGNATURES = tuple(
    (re.compile(signature, re.DOTALL), type_)
    for signature, type_ in (
        (rb"%PDF-", "application/pdf"),
        (rb"PK\x03\x04|PK\x05\x06", ZIP),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF....WEBP", "image/webp"),
        (rb"RIFF....WAVE", "audio/wav"),
        (rb"....ftyp", "video/mp4"),
        (rb"\x1a\x45\xdf\xa3", "video/webm"),
        (rb"OggS", "audio/ogg"),
        (rb"ID3|\xff[\xfb\xf3\xf2]", "audio/mpeg"),
    )
)
"""How files of each type begin."""
UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"


class ObjectStoreFiles:
    """The ports `Files`, `Folders` and `LargeFiles`.

    What a name holds is never written over: of two who write it at once, one does.
    """

    def __init__(self, store: ObjectStore, bytes_max: int = BYTES_MAX) -> None:
        self._store = store
        self._bytes_max = bytes_max

    def keep(self, tenant: TenantId, name: str, content: bytes) -> File:
        if len(content) > self._bytes_max:
            raise FileTooLarge(f"a file has at most {self._bytes_max} bytes, not {len(content)}")
        try:
            self._store.put(_path(tenant, name), content, mode="create")
        except AlreadyExistsError:
            kept = self.read(tenant, name)
            if kept is not None:
                return kept
            raise
        return described(content)

    def read(self, tenant: TenantId, name: str) -> File | None:
        try:
            content = self._store.get(_path(tenant, name)).bytes().to_bytes()
        except FileNotFoundError:
            return None
        return described(content)

    def forget(self, tenant: TenantId, name: str) -> None:
        try:
            self._store.delete(_path(tenant, name))
        except FileNotFoundError:
            return

    # --- the port `Folders` ---------------------------------------------------------------------------

    def forget_folder(self, tenant: TenantId, folder: str) -> None:
        for some in self._store.list(_path(tenant, folder)):
            for one in some:
                with contextlib.suppress(FileNotFoundError):
                    self._store.delete(one["path"])

    # --- the port `LargeFiles` ------------------------------------------------------------------------

    def intake(self, tenant: TenantId, name: str) -> ObjectStoreIntake:
        return ObjectStoreIntake(self._store, _path(tenant, name), self._bytes_max)

    async def parts(self, tenant: TenantId, name: str, first: int, end: int) -> AsyncIterator[bytes] | None:
        asked: GetOptions = {"range": (first, end)} if end > first else {}
        try:
            found = await self._store.get_async(_path(tenant, name), options=asked)
        except FileNotFoundError:
            return None
        return _parts(found) if end > first else _nothing()

    def read_parts(self, tenant: TenantId, name: str) -> Iterator[bytes]:
        for part in self._store.get(_path(tenant, name)).stream(min_chunk_size=PART_BYTES):
            yield bytes(part)


class ObjectStoreIntake:
    """The port `Intake`. On S3 it is sent in parts, and in a folder it has another name until it is whole."""

    def __init__(self, store: ObjectStore, path: str, bytes_max: int) -> None:
        self._store = store
        self._path = path
        self._bytes_max = bytes_max
        self._measure = Measure()
        self._writer: AsyncWritableFile | None = open_writer_async(
            store, path, buffer_size=PART_BYTES, max_concurrency=1
        )

    async def take(self, part: bytes) -> None:
        self._measure.take(part)
        if self._measure.bytes > self._bytes_max:
            raise FileTooLarge(f"a file has at most {self._bytes_max} bytes")
        if part and self._writer is not None:
            await self._writer.write(part)

    async def end(self) -> Measured:
        await self._close()
        return self._measure.measured()

    async def drop(self) -> None:
        # What is not closed would be left in parts that nobody sees and everybody pays for.
        await self._close()
        with contextlib.suppress(FileNotFoundError):
            await self._store.delete_async(self._path)

    async def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()


class Measure:
    """What is to be known of a file while it passes by."""

    def __init__(self) -> None:
        self.bytes = 0
        self._head = b""
        self._tail = b""
        self._hash = hashlib.sha256()
        self._text: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def take(self, part: bytes) -> None:
        self.bytes += len(part)
        self._hash.update(part)
        if len(self._head) < HEAD_BYTES:
            self._head += part[: HEAD_BYTES - len(self._head)]
        self._tail = part[-TAIL_BYTES:] if len(part) >= TAIL_BYTES else (self._tail + part)[-TAIL_BYTES:]
        self._read(part)

    def measured(self) -> Measured:
        self._read(b"", final=True)
        return Measured(self._type(), self._hash.hexdigest(), self.bytes)

    def _read(self, part: bytes, *, final: bool = False) -> None:
        if self._text is None:
            return
        try:
            if "\0" in self._text.decode(part, final):
                self._text = None
        except UnicodeDecodeError:
            self._text = None

    def _type(self) -> str:
        for signature, type_ in SIGNATURES:
            if signature.match(self._head):
                return _packed(self._tail) if type_ == ZIP else type_
        return PLAIN if self._text is not None else UNKNOWN


async def _parts(found: GetResult) -> AsyncIterator[bytes]:
    async for part in found.stream(min_chunk_size=SHOWN_BYTES):
        yield bytes(part)


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for part in nothing:
        yield part


def files_in(folder: Path, url: str = "", bytes_max: int = BYTES_MAX) -> ObjectStoreFiles:
    """The files in a bucket, where a URL names one, and else in a folder."""
    if url:
        return ObjectStoreFiles(bucket(url), bytes_max)
    return ObjectStoreFiles(LocalStore(folder.absolute(), mkdir=True), bytes_max)


def bucket(url: str) -> S3Store:
    """A bucket by its URL: `s3://bucket/prefix?region=…&endpoint=…`.

    Who asks is said by the environment, as AWS has it. An endpoint is a server that speaks S3 and is not Amazon's.
    """
    where = urlsplit(url)
    if where.scheme != "s3" or not where.netloc:
        raise ValueError("the URL of a bucket is s3://bucket, with ?region= and ?endpoint= where needed")
    said = dict(parse_qsl(where.query))
    prefix, region = where.path.strip("/") or None, said.get("region", "us-east-1")
    endpoint = said.get("endpoint", "")
    if not endpoint:
        return S3Store(where.netloc, prefix=prefix, region=region)
    plain = endpoint.startswith("http:")
    return S3Store(where.netloc, prefix=prefix, region=region, endpoint=endpoint, client_options={"allow_http": plain})


def described(content: bytes) -> File:
    """A file, and what it is by its content, whatever it is called."""
    measure = Measure()
    measure.take(content)
    measured = measure.measured()
    return File(content, measured.type, measured.sha256)


def _packed(tail: bytes) -> str:
    """What an archive is that office programs write, or just an archive, by its last bytes."""
    try:
        with ZipFile(BytesIO(tail)) as archive:
            names = frozenset(archive.namelist())
    except BadZipFile:
        return UNKNOWN
    return next((f"{OFFICE}.{kind}" for part, kind in OFFICE_PARTS.items() if part in names), ZIP)


def _path(tenant: TenantId, name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a file")
    return f"{tenant}/{name}"
