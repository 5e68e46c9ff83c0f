"""Makes one file of the many that a lake gathers in a folder, with the same facts in the same order.

The large file is put whole before those that are in it are taken away, and its name says which these are: from the
first position of the first to the last of the last. So whoever comes after one that was killed sees which files are
in another, and takes them away. Nothing else has to be remembered.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from obstore.store import ObjectStore

from adapters.arrow import arrow

BYTES_MAX = 128 << 20
"""Files are put together up to this size. Their facts are in memory at once."""
_NAME = re.compile(r"(?P<of>.*/[^/]+-[0-9a-z]+-(?P<log>\d+))-(?P<first>\d{12})-(?P<last>\d{12})\.parquet")


class File(NamedTuple):
    """A file of a lake: what it is of, and the positions that its step was about."""

    of: str
    """Its folder, its type of fact, the version of its shape, and its log: what a file must share to be put with it."""
    log: int
    first: int
    last: int
    bytes: int

    @property
    def path(self) -> str:
        return f"{self.of}-{self.first:012}-{self.last:012}.parquet"


class Compacted(NamedTuple):
    """So many files became one."""

    path: str
    files: int
    facts: int


def named(path: str, size: int = 0) -> File | None:
    """A file of a lake by its path; None for what is none."""
    found = _NAME.fullmatch(path)
    return found and File(found["of"], int(found["log"]), int(found["first"]), int(found["last"]), size)


def uncovered(files: Sequence[File]) -> tuple[list[File], list[File]]:
    """Those that are to be read, in order, and those whose facts are in another of them as well."""
    kept: list[File] = []
    covered: list[File] = []
    for file in sorted(files, key=lambda one: (one.of, one.first, -one.last)):
        inside = kept and kept[-1].of == file.of and file.last <= kept[-1].last
        (covered if inside else kept).append(file)
    return kept, covered


def compact(
    store: ObjectStore, reached: Callable[[int], int], done: Callable[[Compacted], None], bytes_max: int = BYTES_MAX
) -> None:
    """Put together what is whole: nothing of a step that is still being done. `reached` says how far each log is."""
    found = (named(one["path"], one["size"]) for some in store.list() for one in some)
    files, covered = uncovered([one for one in found if one is not None])
    for file in covered:
        store.delete(file.path)
    whole = [file for file in files if file.last <= reached(file.log)]
    for group in _groups(whole, bytes_max):
        done(_put_together(store, group))


def _groups(files: Sequence[File], bytes_max: int) -> Iterator[list[File]]:
    """Files that follow each other and together are no larger than they may be; two or more."""
    group: list[File] = []
    for file in files:
        fits = group and group[0].of == file.of and sum(one.bytes for one in group) + file.bytes <= bytes_max
        if not fits:
            if len(group) > 1:
                yield group
            group = []
        group.append(file)
    if len(group) > 1:
        yield group


def _put_together(store: ObjectStore, group: Sequence[File]) -> Compacted:
    library, parquet = arrow(), importlib.import_module("pyarrow.parquet")
    tables = [parquet.read_table(library.BufferReader(store.get(one.path).bytes().to_bytes())) for one in group]
    table = library.concat_tables(tables)
    out = library.BufferOutputStream()
    parquet.write_table(table, out, compression="zstd")
    whole = group[0]._replace(last=group[-1].last)
    store.put(whole.path, bytes(out.getvalue().to_pybytes()))
    for file in group:
        store.delete(file.path)
    return Compacted(whole.path, len(group), table.num_rows)
