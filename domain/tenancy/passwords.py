"""What is wrong with a password, by a policy and by what everyone knows. Pure: the same password, the same answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from domain.tenancy.password_policy import PasswordPolicy

Rule = Literal["length", "length_max", "classes", "monotonous", "common", "about_person"]
"""What a password may fail by. These names are public; forms show a text for each."""

LENGTH_MAX = 256
"""Longer ones cost time and add nothing."""
DIFFERENT_MIN = 5
PART_MIN = 4
"""A shorter part of a name or an address is in too many words to be held against them."""

_WORDS = """
    abc abcd access account admin administrator asdf asdfgh asdfghjkl baseball batman changeme computer
    default dragon football freedom guest hello iloveyou internet is letmein login love lovely master me
    michael monkey mustang my new ninja old pass passphrase passwd password princess qazwsx qwer qwert qwerty
    qwertyuiop root school secret server shadow starwars student sunshine superman teacher temp test testing
    the trustno user welcome whatever your zaq zxcvbn zxcvbnm
"""
_COMMON = frozenset(_WORDS.split())
_READ_AS = str.maketrans("01345789@$!|+", "oieasgbgasilt")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def broken(policy: PasswordPolicy, password: str, about: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that a password breaks, in order; none when it is taken.

    `about` is what is known of the person: name, user name, address. What it may not be again, `policy.history`, only
    whoever keeps the hashes can tell.
    """
    return tuple(_broken(policy, password, about))


def _broken(policy: PasswordPolicy, password: str, about: Iterable[str]) -> Iterator[Rule]:
    if len(password) < policy.length:
        yield "length"
    if len(password) > LENGTH_MAX:
        yield "length_max"
    if _classes(password) < policy.classes:
        yield "classes"
    plain = password.casefold()
    if len(set(plain)) < DIFFERENT_MIN or _repeats(plain) or _runs_on(plain):
        yield "monotonous"
    if _is_common(plain):
        yield "common"
    if any(part in plain for part in _parts(about)):
        yield "about_person"


def _classes(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, _is_other)
    return sum(any(map(kind, password)) for kind in kinds)


def _is_other(character: str) -> bool:
    return not character.isalnum()


def _repeats(plain: str) -> bool:
    """The same few characters over and over: `abcabcabcabcabc`."""
    return re.fullmatch(r"(.{1,6}?)\1{2,}.{0,5}", plain, re.DOTALL) is not None


def _runs_on(plain: str) -> bool:
    """Nothing but the alphabet, digits in order or a row of keys, there or back."""
    endless = [run * (LENGTH_MAX // len(run) + 2) for run in _RUNS]
    return len(plain) <= LENGTH_MAX and any(plain in run or plain in run[::-1] for run in endless)


def _is_common(plain: str) -> bool:
    """Nothing but words that everyone takes, however they are spelled: `P@ssw0rd-Welcome-2026`."""
    without_year = re.sub(r"\d{2,}|[^\w@$!|+]|_", " ", plain)
    found = [letters for letters in re.findall(r"[a-z]+", without_year.translate(_READ_AS)) if len(letters) > 1]
    return bool(found) and all(_made_of_common(letters) for letters in found)


def _made_of_common(letters: str) -> bool:
    reached = {0}
    for start in range(len(letters)):
        if start in reached:
            reached |= {start + len(word) for word in _COMMON if letters.startswith(word, start)}
    return len(letters) in reached


def _parts(about: Iterable[str]) -> Iterator[str]:
    for said in about:
        yield from (part for part in re.findall(r"\w+", said.casefold()) if len(part) >= PART_MIN)
