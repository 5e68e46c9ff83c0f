"""What a process does not use it does not load: of what is large, only what each needs is in its memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.test_house import ROOT

ONLY_WHERE_ASKED = ("opentelemetry", "stripe", "typst", "icalendar", "lxml", "pyld", "signxml")
"""No process loads these when it starts: each is loaded by the first who needs it."""
NOT_AT = {
    "api.cli": ("psycopg", "cryptography", "httpx", "litestar", "dramatiq", "nats"),
    "api.supervisor": ("psycopg", "cryptography", "httpx", "litestar", "dramatiq", "nats"),
    "api.engine": ("litestar", "httpx", "obstore", "pyhanko"),
    "api.worker": ("litestar", "httpx"),
    "api.app": ("dramatiq", "pyhanko", "css_inline"),
}
LOADED = """
import importlib, sys
module, *large = sys.argv[1:]
importlib.import_module(module)
print(*(name for name in large if name in sys.modules))
"""


@pytest.mark.parametrize("process", NOT_AT)
def test_a_process_loads_nothing_large_that_it_does_not_use(process: str) -> None:
    def loaded(*large: str) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", LOADED, process, *large], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    # What each does load is seen, so that a library under another name is noticed.
    assert loaded("msgspec", *ONLY_WHERE_ASKED, *NOT_AT[process]) == "msgspec"
