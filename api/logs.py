"""What every process logs: pretty on a terminal, JSON elsewhere, and into files that rotate."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, cast

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from api.settings import Settings

FILE_BYTES_MAX = 10 * 1024 * 1024
FILES_KEPT = 5

SECRET_NAMES = re.compile(
    r"authorization|cookie|password|passwd|secret|token|api_?key|private_?key|email|phone|iban|card", re.IGNORECASE
)
SECRET_TEXTS = (
    ("eyJ", re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "[token]"),
    ("earer ", re.compile(r"(?i)\bbearer\s+[!-~]+"), "Bearer [token]"),
    ("@", re.compile(r"(://[^/\s:@]{0,200}):[^@\s/]{1,200}@"), r"\1:[secret]@"),
    ("=", re.compile(r"(?i)\b(password|secret)=\S+"), r"\1=[secret]"),
    ("@", re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,}"), "[email]"),
)
"""What a text must hold to be looked at, what is looked for, and what is put there instead."""
HIDDEN = "[hidden]"
TRACEBACKS = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
"""Where it broke, and not with what: the variables of a function may hold anything, a person's address for one."""
TEXT_MAX = 20_000
"""A longer text is cut: whoever can have something logged may not keep us busy with it."""

Event = MutableMapping[str, Any]
Context = Callable[[], Mapping[str, str]]


def configure(settings: Settings, process: str, context: Context | None = None) -> None:
    """Set up the logging of this process. `context` is asked for what goes into each line: ids of the request, say."""

    def in_context(_: Any, __: str, event: Event) -> Event:
        if context is not None:
            for name, value in context().items():
                event.setdefault(name, value)
        event.setdefault("process", process)
        return event

    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        in_context,
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    as_json = _formatter(before, structlog.processors.JSONRenderer(), TRACEBACKS)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and sys.stderr.isatty())
    handlers[0].setFormatter(
        _formatter(before, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
        if pretty
        else as_json
    )
    if settings.log_folder is not None:
        handlers += _files(settings.log_folder, process, as_json)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(settings.log_level.upper())


def hide(_: Any, __: str, event: Event) -> Event:
    """Take out what must not be read in a log: by the name of its field, or by how it looks."""
    for name in event:
        event[name] = HIDDEN if SECRET_NAMES.search(name) else _hidden(event[name])
    return event


def _hidden(value: Any) -> Any:
    match value:
        case str():
            if len(value) > TEXT_MAX:
                value = value[:TEXT_MAX] + "…"
            for sign, pattern, instead in SECRET_TEXTS:
                if sign in value:
                    value = pattern.sub(instead, value)
            return value
        case Mapping():
            return {
                name: HIDDEN if SECRET_NAMES.search(str(name)) else _hidden(inner)
                for name, inner in cast("Mapping[str, Any]", value).items()
            }
        case list() | tuple():
            return [_hidden(inner) for inner in cast("Sequence[Any]", value)]
        case _:
            return value


def _formatter(before: list[Any], renderer: Any, *more: Any) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *more, hide, renderer],
    )


def _files(folder: Path, process: str, formatter: logging.Formatter) -> list[logging.Handler]:
    """A log of everything and one of errors alone, both of bounded size."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = RotatingFileHandler(
        folder / f"{process}.log", maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", delay=True
    )
    errors = RotatingFileHandler(
        folder / f"{process}.error.log", maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", delay=True
    )
    errors.setLevel(logging.ERROR)
    for handler in (everything, errors):
        handler.setFormatter(formatter)
    return [everything, errors]
