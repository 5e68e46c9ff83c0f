"""What is made of a document: its text, page by page, and what it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from domain.kernel import Value

Why = Literal["encrypted", "unreadable", "too_large", "too_slow", "empty"]

TOPICS_MAX = 8
TIMES_MIN = 2
LETTERS_MIN = 4
WORD = re.compile(rf"[^\W\d_]{{{LETTERS_MIN},}}")
_COMMON = """
about above after again against also although always among another because been before being below between both
cannot could does doing down during each either else even ever every from further have having hence here hers
herself himself however into itself just least less like made make many might more most much must myself neither
never none once only other others ours ourselves over perhaps rather said same shall should since some still such
than that their theirs them themselves then there therefore these they thing things this those though through thus
together under until upon used using very want were what when where whether which while whom whose will with within
without would your yours yourself aber alle allem allen aller alles andere anderen auch auf beim bereits bist dabei
dadurch damit dann dass dein deine denn deren dessen dich diese diesem diesen dieser dieses doch durch eine einem
einen einer eines etwas euch fuer haben hatte hatten hier ihnen ihre ihrem ihren ihrer immer jede jedem jeden jeder
jedoch kann keine koennen machen mehr mein meine muss nach nicht noch oder ohne sein seine seinem seinen seiner sich
sind sondern sowie ueber unter viel vom wenn werden wird wieder wurde wurden zwischen über für können müssen während
alors aussi autre avec avoir avant cela celle ceux chaque comme dans depuis donc elle elles encore entre etre être
leur leurs lors mais même moins nous parce pendant peut plus pour quand quelle sans selon sera sous sont tous tout
toute toutes très vous ante cada como contra cual cuando desde donde durante ella ellas ellos esta estas este estos
hacia hasta mientras mismo mucho nosotros otra otro para pero porque puede sino sobre también tiene todas todo todos
"""
EVERYWHERE = frozenset(_COMMON.split())
"""Words that are in any text, of the languages that we are most often asked in."""


class Unreadable(Exception):  # noqa: N818 — said of a document
    """No text can be had of this document, for ever; `why` is for programs."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class TextPage(Value):
    """A page, and where it is found again: `page-3`."""

    anchor: str
    text: str


class DocumentText(Value):
    """The text of a document, and what it is about."""

    pages: tuple[TextPage, ...]
    topics: tuple[str, ...]


class TextReader(Protocol):
    """Has text of files. Waits: call it from a job."""

    def read(self, parts: Iterable[bytes], type_: str) -> Sequence[str]:
        """The text of each page. Raises `Unreadable`, and takes no more time and memory than is good for us."""
        ...


def text_of(pages: Sequence[str]) -> DocumentText:
    """The text with an anchor a page, and its topics."""
    found = tuple(TextPage(f"page-{number}", text) for number, text in enumerate(pages, 1))
    return DocumentText(found, topics_of(pages))


def topics_of(pages: Iterable[str]) -> tuple[str, ...]:
    """What a text is about: the words that come most often, at least twice, the most frequent first.

    Words have four letters or more, are the same in upper and in lower case, and are not among those of any text.
    Of equals the one that comes first in the alphabet is first. There are at most eight.
    """
    counts = Counter(word for page in pages for word in WORD.findall(page.casefold()) if word not in EVERYWHERE)
    found = sorted((-count, word) for word, count in counts.items() if count >= TIMES_MIN)
    return tuple(word for _, word in found[:TOPICS_MAX])


def words_of(pages: Iterable[str]) -> int:
    """How many words there are."""
    return sum(len(page.split()) for page in pages)


def text_name(document: str) -> str:
    """Under which name the text of a document is kept."""
    return f"documents/{document}.json"
