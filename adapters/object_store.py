"""Where files are kept: a folder of this machine, or a bucket that speaks S3. Both by obstore."""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from zipfile import BadZipFile, ZipFile

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, S3Store

from application.ledger import TenantId
from application.ports import File, FileTooLarge

BYTES_MAX = 50 * 2**20
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
    """The port `Files`. What a name holds is never written over: of two who write it at once, one does."""

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
    return File(content, _type(content), hashlib.sha256(content).hexdigest())


def _type(content: bytes) -> str:
    for signature, type_ in SIGNATURES:
        if signature.match(content):
            return _packed(content) if type_ == ZIP else type_
    return PLAIN if _is_text(content) else UNKNOWN


def _packed(content: bytes) -> str:
    """What an archive is that office programs write, or just an archive."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = frozenset(archive.namelist())
    except BadZipFile:
        return UNKNOWN
    return next((f"{OFFICE}.{kind}" for part, kind in OFFICE_PARTS.items() if part in names), ZIP)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _path(tenant: TenantId, name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a file")
    return f"{tenant}/{name}"
