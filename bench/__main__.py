"""`python -m bench [part of a measure's name ...]`: measure, and write down what came out, whatever it is."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
import time
from pathlib import Path

import msgspec
import uvloop

import bench
from bench.ground import standing
from bench.result import Result

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
TABLE = HERE.parent / "docs" / "benchmarks.md"


async def run(wanted: list[str]) -> list[Result]:
    results: list[Result] = []
    names = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name.startswith("measure_"))
    with standing() as ground:
        for name in names:
            if wanted and not any(part in name for part in wanted):
                continue
            begun = time.monotonic()
            print(f"\n{name} …", flush=True)
            async for result in importlib.import_module(f"bench.{name}").measure(ground):
                results.append(result)
                print(f"  {_mark(result)} {result.name}: {_value(result)}", flush=True)
            print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)
    return results


def _mark(result: Result) -> str:
    return "holds " if result.holds else "MISSED"


def _value(result: Result) -> str:
    value = f"{result.value:,.3g}" if result.value < 100 else f"{result.value:,.0f}"
    if result.peer_value is None:
        return f"{value} {result.unit} (bar {result.bar})"
    peer = f"{result.peer_value:,.3g}" if result.peer_value < 100 else f"{result.peer_value:,.0f}"
    return f"{value} {result.unit}, {result.against} {peer}: {result.ratio:.2f} × (bar {result.bar})"


def _table(results: list[Result]) -> str:
    rows = [
        "# Benchmarks",
        "",
        "Made by `make bench`: everything in one run on one machine, ours and its peer in turn. Read the ratios;",
        f"the numbers are those of this machine: {os.cpu_count()} cores, shared by the load, the servers and Postgres;",
        f"Python {platform.python_version()}, {platform.system()}.",
        "",
        "| what | ours | peer | ratio | bar | holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        peer = "" if result.peer_value is None else f"{result.against}: {result.peer_value:,.6g}"
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        rows.append(
            f"| {result.name} | {result.value:,.6g} {result.unit} | {peer} | {ratio} | {result.bar} "
            f"| {'yes' if result.holds else '**no**'} |"
        )
    return "\n".join(rows) + "\n"


def main() -> int:
    wanted = sys.argv[1:]
    results = uvloop.run(run(wanted))
    if not wanted:
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
        TABLE.write_text(_table(results), encoding="utf-8")
        print(f"\nwritten: {RESULTS.relative_to(HERE.parent)}, {TABLE.relative_to(HERE.parent)}")
    missed = [result.name for result in results if not result.holds]
    print(f"\n{len(results)} bars, {len(missed)} missed" + "".join(f"\n  {name}" for name in missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
