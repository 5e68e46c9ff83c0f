"""Pages in a browser: who they are signed in as comes in a cookie, and what is refused is told in a page."""

from __future__ import annotations

from html import escape

from api.http.call import Call
from api.http.problems import kind_of
from api.http.reply import Reply

CONSOLE = "/console"
SIGN_IN = b"/console/sign-in"
POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")

_WHO_IS_IT = 401


def refused(call: Call, said: Reply, code: str, detail: str) -> Reply:
    """The same refusal, for who looks at a page: first of all they sign in."""
    wants_page = call.headers.get(b"accept", b"").startswith(b"text/html")
    if not wants_page or not call.path.startswith(CONSOLE):
        return said
    if said.status == _WHO_IS_IT:
        asked = call.scope["query_string"]
        return Reply(303, b"", ((b"location", SIGN_IN + (b"?" + asked if asked.startswith(b"tenant=") else b"")),))
    title = kind_of(code).title
    content = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/console/console.css"><body><main><h1>{escape(title)}</h1>'
        f'<p>{escape(detail)}</p><p><code>{escape(code)}</code></p><p><a href="/console">To the console</a></p></main>'
    )
    return Reply(said.status, content.encode(), (*said.headers, POLICY), b"text/html; charset=utf-8")
