"""Jinja: a letter in its person's language and time, as HTML with its style in each element, and as text."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_gmt
from css_inline import CSSInliner
from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.letters.declared import LANGUAGES, TEMPLATES, Kind
from adapters.letters.reading import plain
from application.mail import Letter, Unsendable, What
from domain.kernel import Value

FOLDER = Path(__file__).parent / "templates"

ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_INLINER = CSSInliner(load_remote_stylesheets=False)

_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""What ends a line or rules a terminal, by the categories of Unicode; and halves of characters, which mean nothing."""


class Written(Value):
    """A letter as it is read."""

    language: str
    subject: str
    html: str
    text: str


def write(letter: Letter) -> Written:
    """Write a letter, or raise `Unsendable`."""
    _check(letter)
    language = language_of(letter.language)
    locale = _locale(letter.language, language)
    zone = _zone(letter.time_zone)
    values = {name: _shown(value, locale, zone) for name, value in letter.values.items()}
    template = ENVIRONMENT.get_template(f"{letter.template}.{language}.html")
    html = template.render(values, language=language)
    return Written(language, _subject(template, values), _INLINER.inline(html), plain(html))


def language_of(wanted: str) -> str:
    """The language of ours that comes nearest: de-AT is read as de, and what we do not write as the first we do."""
    parts = wanted.replace("_", "-").lower().split("-")
    tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tag for tag in tags if tag in LANGUAGES), LANGUAGES[0])


def _check(letter: Letter) -> None:
    declared = TEMPLATES.get(letter.template)
    if declared is None:
        raise Unsendable("there is no such template")
    fixed = {"to": letter.to, "language": letter.language, "time_zone": letter.time_zone}
    for name, value in (*fixed.items(), *letter.values.items()):
        if isinstance(value, str) and any(unicodedata.category(character) in _BREAKS for character in value):
            raise Unsendable(f"{letter.template}: {name} is not one line of text")
    if declared.keys() != letter.values.keys():
        different = ", ".join(sorted(declared.keys() ^ letter.values.keys()))
        raise Unsendable(f"{letter.template} does not get the values it declares: {different}")
    for name, kind in declared.items():
        if not _is(letter.values[name], kind):
            raise Unsendable(f"{letter.template}: {name} is not a {kind}")


def _is(value: What, kind: Kind) -> bool:
    match kind, value:
        case "text", str():
            return True
        case "number", int():
            return not isinstance(value, bool)
        case "moment", datetime():
            return value.tzinfo is not None
        case "link", str():
            parts = urlsplit(value)
            return parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", value)
        case _:
            return False


def _locale(wanted: str, language: str) -> Locale:
    """How dates are written: as the person's country does, where the letter is in the language of that country."""
    try:
        locale = Locale.parse(wanted.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(language)
    return locale if locale.language == language else Locale(language)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return ZoneInfo("UTC")


def _shown(value: What, locale: Locale, zone: ZoneInfo) -> What:
    if not isinstance(value, datetime):
        return value
    there = value.astimezone(zone)
    day, time = format_date(there, "long", locale), format_time(there, "short", tzinfo=zone, locale=locale)
    return f"{day}, {time} ({get_timezone_gmt(there, locale=locale)})"


def _subject(template: Template, values: dict[str, What]) -> str:
    """What the block `subject` says, in one line. It was escaped for HTML, and a subject is none."""
    block = template.blocks["subject"](template.new_context(values))
    return " ".join(unescape("".join(block)).split())
