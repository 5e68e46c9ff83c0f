"""How a page is written. What comes from outside is text: nothing in it is read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlencode

from api.http.reply import Reply

POLICY = (
    b"content-security-policy",
    (
        b"default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
)
PLACES = (
    ("/console", "Overview"),
    ("/console/trail", "Trail"),
    ("/console/streams", "Streams"),
    ("/console/followers", "Followers"),
)


class Markup(str):
    """What is markup already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """A value as it is read: a time by its second, nothing as a dash."""
    match value:
        case Markup():
            return value
        case None | "":
            return Markup('<span class="none">—</span>')
        case datetime():
            at = value.astimezone(UTC)
            return Markup(f'<time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M:%S}</time>')
        case bool():
            return Markup("yes" if value else "no")
        case _:
            return Markup(escape(str(value)))


def link(path: str, words: object) -> Markup:
    return Markup(f'<a href="{escape(path)}">{text(words)}</a>')


def url(*parts: object, **asked: object) -> str:
    """The path of a page: each part by itself, and what is asked for if it is something."""
    path = "/".join(("/console", *(quote(str(part), safe="") for part in parts)))
    said = {name: str(value) for name, value in asked.items() if value not in {None, ""}}
    return f"{path}?{urlencode(said)}" if said else path


def code(words: str) -> Markup:
    return Markup(f"<code>{escape(words)}</code>")


def badge(words: str, kind: str) -> Markup:
    return Markup(f'<span class="badge {escape(kind)}">{escape(words)}</span>')


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """A table that can be scrolled by keyboard where it is wide."""
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        body = f'<tr><td colspan="{len(header)}" class="none">Nothing.</td></tr>'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    return Markup(
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def pairs(said: Mapping[str, object]) -> Markup:
    """Names and what they stand for."""
    return Markup(
        "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{text(one)}</dd>" for name, one in said.items()) + "</dl>"
    )


def field(name: str, label: str, value: str | None, *, kind: str = "search") -> Markup:
    said = escape(value or "")
    return Markup(f'<label>{escape(label)} <input type="{kind}" name="{escape(name)}" value="{said}"></label>')


def choice(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str | None) -> Markup:
    told = "".join(
        f'<option value="{escape(value)}"{" selected" if value == (chosen or "") else ""}>{escape(words)}</option>'
        for value, words in options
    )
    return Markup(f'<label>{escape(label)} <select name="{escape(name)}">{told}</select></label>')


def form(action: str, *fields: Markup, button: str) -> Markup:
    return Markup(
        f'<form class="asked" method="get" action="{escape(action)}">{"".join(fields)}'
        f"<button>{escape(button)}</button></form>"
    )


def section(title: str, *inside: Markup) -> Markup:
    return Markup(f"<section><h2>{escape(title)}</h2>{''.join(inside)}</section>")


def page(title: str, here: str, who: str, *inside: Markup) -> Reply:
    """A whole page. `here` is the place of the menu that it belongs to."""
    menu = "".join(
        f'<li><a href="{path}"{" aria-current=page" if path == here else ""}>{name}</a></li>' for path, name in PLACES
    )
    return document(
        title,
        f'<a class="skip" href="#content">To the content</a><header><p class="brand">Annals</p>'
        f'<nav aria-label="Console"><ul>{menu}</ul></nav>'
        f'<p class="who">{escape(who)}<br><a href="/console/sign-out">Sign out</a></p></header>'
        f'<main id="content" tabindex="-1"><h1>{escape(title)}</h1>{"".join(inside)}</main>',
    )


def document(title: str, body: str, status: int = 200) -> Reply:
    content = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)} · Annals</title><link rel="stylesheet" href="/console/console.css">'
        f'<script src="/console/console.js" defer></script><body>{body}</body></html>'
    )
    return Reply(status, content.encode(), (POLICY,), b"text/html; charset=utf-8")
