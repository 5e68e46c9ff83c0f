"""Serve HTTP."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any, cast

from api.parent import end_with_parent, end_with_server
from api.settings import load

NAME = "api"
HELP = "serve HTTP: commands and queries"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on (ANNALS_HOST)")
    parser.add_argument("--port", type=int, help="the port to listen on (ANNALS_PORT)")


def run(args: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels

    settings = load()
    settings.url_of("app")
    end_with_parent()
    server = Granian(
        "api.app:create_app",
        factory=True,
        address=args.host or settings.host,
        port=settings.port if args.port is None else args.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.api_processes,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        log_level=LogLevels.warning,
        backlog=4096,
    )
    server.serve(target_loader=_application)
    return 0


def _application(target: str) -> Callable[..., Any]:
    """The application, in the process that serves it."""
    end_with_server()
    module, _, factory = target.partition(":")
    return cast("Callable[..., Any]", getattr(importlib.import_module(module), factory)())
