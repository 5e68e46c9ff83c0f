"""A letter in HTML as plain text, for those who read it so."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_APART = frozenset({"p", "div", "h1", "h2", "ul", "ol", "li", "table", "tr", "hr"})
_UNSEEN = frozenset({"head", "style", "script"})


def plain(html: str) -> str:
    """The text of a page: paragraphs with a line between them, and after each link where it leads."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    paragraphs = (
        "\n".join(re.sub(r"[ \t\n]+", " ", line).strip() for line in paragraph.split("\r"))
        for paragraph in "".join(reader.read).split("\f")
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


class _Reader(HTMLParser):
    """Reads with \\f between paragraphs and \\r between lines: no value of a letter holds either."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read: list[str] = []
        self._unseen = 0
        self._leads_to = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _APART:
            self.read.append("\f")
        elif tag == "br":
            self.read.append("\r")
        elif tag == "a":
            self._leads_to = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag in _APART:
            self.read.append("\f")
        elif tag == "a":
            self.read.append(f":\r{self._leads_to}")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.read.append(data)
