"""Lists of people in whatever form they come: what is wrong is said of the row it is wrong with."""

from __future__ import annotations

import pytest

from application.rows import Row, rows, table, to_put_right
from domain.kernel import Rejected
from tests.proves import proves


def read(file: bytes) -> list[tuple[int, str, str | None]]:
    return [(row.line, row.value, row.wrong) for row in rows(table(file))]


@proves("enroll.bulk")
@pytest.mark.parametrize(
    "file",
    [
        b"learner,note\nada,x\nben,y\n",
        b"\xef\xbb\xbflearner,note\r\nada,x\r\nben,y\r\n",
        b"learner;note\r\nada;x\r\nben;y",
        b"learner\tnote\nada\tx\nben\ty\n",
        "learner,note\nada,x\nben,y\n".encode("utf-16"),
        b' Learner , "note"\n"ada", x\n"ben",""\n',
    ],
    ids=["plain", "BOM", "semicolons", "tabs", "UTF-16", "quotes"],
)
def test_it_is_read_however_it_was_written(file: bytes) -> None:
    assert read(file) == [(2, "ada", None), (3, "ben", None)]


@proves("enroll.bulk")
def test_lines_are_those_of_the_file_also_after_quoted_newlines_and_empty_ones() -> None:
    assert read(b'note,learner\n"two\nlines",ada\n\n,ben\n') == [(2, "ada", None), (5, "ben", None)]


@proves("enroll.bulk")
def test_what_is_wrong_is_said_of_the_row() -> None:
    file = b"learner,address,username\nada,,\nada,,\n,,\n,Ada@x.example,\n,ada@X.example,\n,,gr\xe4ce\na b,,\nben,x\n"
    assert [(line, wrong) for line, _, wrong in read(file)] == [
        (2, None),
        (3, "row.repeated"),
        (5, None),
        (6, "row.repeated"),
        (7, "row.wrong_encoding"),
        (8, "row.malformed"),
        (9, "row.malformed"),
    ]
    assert read(b"learner,note\n,x\n") == [(2, "", "row.empty")]
    assert [wrong for _, _, wrong in read(b'learner\nada\n"' + b"x" * 200_000)] == [None, "row.malformed"]


@proves("enroll.bulk")
@pytest.mark.parametrize("file", [b"", b"\n\n", b"name,mail\nada,x\n", b"learner,learner\nada,ada\n", b"\xff\xfe\x00"])
def test_a_file_that_does_not_say_who_is_refused_whole(file: bytes) -> None:
    with pytest.raises(Rejected) as no:
        table(file)
    assert no.value.code == "bulk.malformed"


@proves("enroll.bulk")
def test_what_was_refused_comes_back_as_a_file_to_put_right() -> None:
    of = table(b'learner;note\nada;"two\nlines"\nb en;\xe4\n')
    file = to_put_right(of, ((4, "row.malformed"),))
    assert file == b"learner;note;error\r\nb en;\xe4;row.malformed\r\n"
    again = table(file.replace(b"b en", b"ben"))
    assert list(rows(again)) == [Row(2, "learner", "ben")]
    assert to_put_right(again, ((2, "person.unknown"),)).startswith(b"learner;note;error\r\nben;")
