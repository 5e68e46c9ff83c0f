"""Every template, in every language: it says what it is given, to people where they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import meta
from jinja2.exceptions import SecurityError, UndefinedError

from adapters.letters.declared import LANGUAGES, TEMPLATES
from adapters.letters.reading import plain
from adapters.letters.rendering import ENVIRONMENT, FOLDER, language_of, write
from application.mail import Unsendable
from tests.letters.writing import LINK, WINTER, letter, verification, welcome

VALUES = {"text": "“Ada” & <co>", "number": 7, "moment": WINTER, "link": LINK}
SUMMER = datetime(2026, 7, 21, 22, 30, tzinfo=UTC)

every_template = pytest.mark.parametrize("template", TEMPLATES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def declared(template: str) -> dict[str, Any]:
    """A value for each that a template declares."""
    return {name: VALUES[kind] for name, kind in TEMPLATES[template].items()}


def used_by(file: str) -> set[str]:
    """The values that a file uses, and those it extends."""
    tree = ENVIRONMENT.parse((FOLDER / file).read_text(encoding="utf-8"))
    extended = {above for above in meta.find_referenced_templates(tree) if above is not None}
    return meta.find_undeclared_variables(tree).union(*(used_by(above) for above in extended))


@every_language
@every_template
def test_a_template_is_rendered_with_exactly_what_it_declares(template: str, language: str) -> None:
    values = declared(template)
    written = write(letter(template, values, language=language, time_zone="Europe/Vienna"))
    assert used_by(f"{template}.{language}.html") - {"language"} == values.keys()
    assert written.language == language
    assert f'lang="{language}"' in written.html
    assert written.subject
    assert "&amp;" not in written.subject
    assert "“Ada” & <co>" in written.text
    assert "“Ada” &amp; &lt;co&gt;" in written.html
    assert ("link" in values) == (LINK in written.text.splitlines())
    assert "10:30" in written.text or "moment" not in TEMPLATES[template].values()


@every_language
@every_template
def test_a_template_does_without_a_name(template: str, language: str) -> None:
    written = write(letter(template, {**declared(template), "name": ""}, language=language))
    assert written.text.splitlines()[0] == {"en": "Hello,", "de": "Guten Tag,"}[language]


@every_template
def test_what_is_missing_too_much_or_of_another_kind_is_refused(template: str) -> None:
    values = declared(template)
    for wrong in (
        *({name: value for name, value in values.items() if name != left_out} for left_out in values),
        {**values, "more": "than was said"},
        *({**values, name: None} for name in values),
    ):
        with pytest.raises(Unsendable, match=template):
            write(letter(template, wrong))


def test_each_file_is_declared_and_each_language_has_every_template() -> None:
    found = {str(file.relative_to(FOLDER)) for file in FOLDER.glob("*/*.html")}
    assert found == {f"{template}.{language}.html" for template in TEMPLATES for language in LANGUAGES}


def test_a_template_that_is_not_declared_is_refused() -> None:
    for name in ("identity/nothing", "../declared", "letter", ""):
        with pytest.raises(Unsendable, match="no such template"):
            write(letter(name, {}))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//evil.example", "school.example/verify", "https://", "https://a b.example", ""]
)
def test_a_link_leads_somewhere(link: str) -> None:
    with pytest.raises(Unsendable, match="link is not a link"):
        write(verification(link=link))


@pytest.mark.parametrize(
    ("wanted", "written_in"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("de-Latn-AT", "de"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("", "en"),
        ("../de", "en"),
    ],
)
def test_the_language_that_comes_nearest_is_taken(wanted: str, written_in: str) -> None:
    assert language_of(wanted) == written_in
    assert write(verification(language=wanted)).language == written_in


@pytest.mark.parametrize(
    ("language", "time_zone", "at", "shown"),
    [
        ("en", "UTC", WINTER, "January 21, 2026, 9:30 AM (GMT+00:00)"),
        ("en-GB", "Europe/London", SUMMER, "21 July 2026, 23:30 (GMT+01:00)"),
        ("de", "Europe/Berlin", WINTER, "21. Januar 2026, 10:30 (GMT+01:00)"),
        ("de-AT", "Europe/Vienna", WINTER, "21. Jänner 2026, 10:30 (GMT+01:00)"),
        ("de-AT", "Europe/Vienna", SUMMER, "22. Juli 2026, 00:30 (GMT+02:00)"),
        ("de", "Asia/Kolkata", SUMMER, "22. Juli 2026, 04:00 (GMT+05:30)"),
        ("fr-FR", "America/New_York", WINTER, "January 21, 2026, 4:30 AM (GMT-05:00)"),
        ("en", "Nowhere/Land", WINTER, "January 21, 2026, 9:30 AM (GMT+00:00)"),
        ("en", "../../etc/passwd", WINTER, "January 21, 2026, 9:30 AM (GMT+00:00)"),
    ],
)
def test_a_time_is_shown_where_the_person_is(language: str, time_zone: str, at: datetime, shown: str) -> None:
    values = {"name": "Ada", "at": at}
    written = write(letter("identity/password_was_changed", values, language=language, time_zone=time_zone))
    assert shown in written.text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_a_time_that_is_nowhere_is_refused() -> None:
    with pytest.raises(Unsendable, match="at is not a moment"):
        write(letter("identity/password_was_changed", {"name": "Ada", "at": WINTER.replace(tzinfo=None)}))


def test_one_is_told_from_many() -> None:
    values = dict(welcome().values)
    assert "2 lessons are waiting" in write(letter("enrollments/welcome", values)).text
    assert "One lesson is waiting" in write(letter("enrollments/welcome", {**values, "lessons": 1})).text


def test_a_template_gets_at_nothing_but_its_values() -> None:
    with pytest.raises(SecurityError):
        ENVIRONMENT.from_string("{{ ''.__class__.__mro__ }}").render()
    with pytest.raises(SecurityError):
        ENVIRONMENT.from_string("{{ values.append(1) }}").render(values=[])
    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string("{{ nothing }}").render()


def test_a_page_reads_as_text() -> None:
    page = """
        <html><head><title>no</title><style>p { no: no }</style></head>
        <body><p>One
          &amp; <b>two</b><br>three</p><div><p>See <a href="https://a.example/?x=1&amp;y=2">this</a></p></div></body></html>
    """
    assert plain(page) == "One & two\nthree\n\nSee this:\nhttps://a.example/?x=1&y=2\n"
    assert not re.search(r"\n{3}", write(verification()).text)
