"""Ask the lake in SQL."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from api.cli import WRONG_USE, say
from api.settings import load

NAME = "sql"
FOLDERS = "tenant=*/context=*/date=*"
ENVELOPE = (
    'log, position, "at", type, tenant, context, date, stream, version, "by", id, command, correlation, causation'
)
HELP = "ask the lake in SQL: DuckDB, with a view of each type of fact"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="?", help="a question; without one, questions are read line by line")
    parser.add_argument("--lake", metavar="FOLDER", help="the folder that the lake is in (LAKE)")
    parser.add_argument("--csv", action="store_true", help="answer as CSV")


def run(args: argparse.Namespace) -> int:
    import duckdb

    where = args.lake or load().lake
    if where.startswith("s3:"):
        say("a lake in a bucket is read by DuckDB itself: read_parquet('s3://…'). `annals sql` opens one in a folder")
        return WRONG_USE
    connection = duckdb.connect()
    count = open_lake(connection, Path(where))
    if args.query is not None:
        return _answer(connection, args.query, as_csv=args.csv)
    say(f"{count} views, one a type of fact, and `facts` with all of them; `show all tables` lists them")
    for line in sys.stdin:
        if line.strip():
            _answer(connection, line, as_csv=args.csv)
    return 0


def _answer(connection: Any, query: str, *, as_csv: bool) -> int:
    import duckdb

    try:
        found = connection.sql(query)
    except duckdb.Error as wrong:
        say(str(wrong))
        return 1
    if found is None:
        return 0
    if as_csv:
        found.write_csv("/dev/stdout")
    else:
        sys.stdout.write(f"{found}\n")
    sys.stdout.flush()
    return 0


def open_lake(connection: Any, folder: Path) -> int:
    """Make a view of each type of fact that the lake holds, up to where it is whole; and say how many."""
    from obstore.store import LocalStore

    from adapters.compacting import named, uncovered
    from adapters.lake import NOTES, Lake
    from adapters.parquet import UNTYPED

    if not folder.is_dir():
        raise FileNotFoundError(f"there is no lake in {folder}: `annals lake sync` makes one")
    lake = Lake(LocalStore(folder.absolute()))
    logs = [int(re.sub(r"\D", "", path.stem)) for path in (folder / NOTES).glob("log-*.json")]
    whole = " or ".join(f"(log = {log} and position <= {lake.note(log).reached})" for log in logs) or "false"
    types: set[tuple[str, str, bool]] = set()
    found = [(path, named(path.relative_to(folder).as_posix())) for path in folder.glob(f"{FOLDERS}/*.parquet")]
    # While files are put together, or if that was killed, some are in another as well.
    covered = {file.path for file in uncovered([file for _, file in found if file is not None])[1]}
    only = " and ".join((f"({whole})", *(f"not ends_with(filename, {_quoted(path)})" for path in sorted(covered))))
    for path, _ in found:
        fact, version, *_ = path.name.rsplit("-", 4)
        types.add((path.parts[-3].removeprefix("context="), fact, version == UNTYPED))
    for context, fact, untyped in sorted(types):
        version = UNTYPED if untyped else "[0-9a-f]*"
        files = f"{folder.absolute()}/tenant=*/context={context}/date=*/{fact}-{version}-*.parquet"
        connection.execute(f'create schema if not exists "{context}"')
        connection.execute(
            f'create view "{context}"."{_name(fact, untyped)}" as select * exclude (filename) from '  # noqa: S608 — found, and quoted
            f"read_parquet({_quoted(files)}, hive_partitioning = true, union_by_name = true, filename = true) "
            f"where {only}"
        )
    if types:
        views = (f'"{context}"."{_name(fact, untyped)}"' for context, fact, untyped in sorted(types))
        each = (f"select {ENVELOPE} from {view}" for view in views)  # noqa: S608 — found, and quoted
        connection.execute("create view facts as " + " union all ".join(each))
    return len(types)


def _name(fact: str, untyped: bool) -> str:  # noqa: FBT001 — as it is found
    return f"{fact}_untyped" if untyped else fact


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
