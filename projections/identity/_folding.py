"""How a name is compared: without case, accents and doubled blanks, so that "Åsa  GROß" is found by "asa gross"."""

from __future__ import annotations

import unicodedata

PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i", "þ": "th", "ð": "d"})
"""Letters that Unicode does not take apart, as people without them on their keyboard write them."""


def folded(text: str) -> str:
    """A text as it is compared and sorted."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in apart if not unicodedata.combining(one) and one != "\0")
    return " ".join(bare.casefold().translate(PLAIN).split())


def within(word: str) -> str:
    """The pattern of texts that hold this word somewhere."""
    plain = folded(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"
