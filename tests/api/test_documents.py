"""Study documents over HTTP: read page by page, shared with a class that changes nothing, and deleted."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, done, refused
from tests.api.serving import Client, Served
from tests.api.test_files import content, kept, served, shown, uploaded
from tests.api.test_item_content import code, school
from tests.api.test_learning import School, soon
from tests.files.papers import docx_of, pdf
from tests.proves import proves

__all__ = ["school", "served"]
CLASS = "/api/courses/stars/documents"


@pytest.fixture
def ada(served: Served) -> Generator[Person]:
    with Person(served, uuid4()) as person:
        yield person


def added(by: Person, file: str, title: str = "Almanac", status: str = "ready") -> str:
    """The id of a document, once it was read or could not be."""
    document = str(uuid4())
    done(by.command(f"/api/people/{by.id}/documents", {"document": document, "file": file, "title": title}))
    soon(lambda: told(by, document).get("status"), status)
    return document


def told(by: Person, document: str) -> dict[str, Any]:
    found: dict[str, Any] = by.get(f"/api/people/{by.id}/documents/{document}").json().get("document", {})
    return found


def change(by: Person, document: str, how: str, body: object = None, of: Person | None = None) -> httpx.Response:
    return by.command(f"/api/people/{(of or by).id}/documents/{document}/{how}", body)


@proves("doc.upload")
def test_a_document_of_each_kind_is_scanned_read_and_known_by_its_topics(ada: Person) -> None:
    stars = "stars and stars, declination, declination, stars"
    for name, of in (
        ("a.pdf", pdf(stars, "the moon")),
        ("a.docx", docx_of(stars, "the moon")),
        ("a.txt", f"{stars}\fthe moon".encode()),
        ("a.md", f"# {stars}\n\f\nthe moon".encode()),
    ):
        document = added(ada, uploaded(ada, of, name), name)
        about = told(ada, document)
        assert (about["title"], about["pages"], about["topics"]) == (name, 2, ["stars", "declination"])
        pages = ada.get(f"/api/people/{ada.id}/documents/{document}/pages").json()
        assert [page["anchor"] for page in pages["pages"]] == ["page-1", "page-2"]
        second = ada.get(f"/api/people/{ada.id}/documents/{document}/pages", params={"first": 2, "limit": 1}).json()
        assert ([page["anchor"] for page in second["pages"]], second["of"]) == (["page-2"], 2)
        assert second["pages"][0]["text"].strip() == "the moon"
    titles = [row["title"] for row in ada.get(f"/api/people/{ada.id}/documents").json()["rows"]]
    assert titles == ["a.md", "a.txt", "a.docx", "a.pdf"]


@proves("doc.upload")
def test_what_cannot_be_read_is_reported_and_what_is_none_is_refused(ada: Person) -> None:
    torn = added(ada, uploaded(ada, b"%PDF-1.7\n torn"), status="failed")
    assert told(ada, torn)["failed"] == "unreadable"
    refused(ada.get(f"/api/people/{ada.id}/documents/{torn}/pages"), "document.not_read", 409)
    picture = uploaded(ada, b"\x89PNG\r\n\x1a\n\0\0", "a.pdf")
    body = {"document": "one", "file": picture, "title": "One"}
    refused(ada.command(f"/api/people/{ada.id}/documents", body), "document.type_refused", 409)
    unsure = uploaded(ada, bytes(400_000), status="error")
    refused(ada.command(f"/api/people/{ada.id}/documents", {**body, "file": unsure}), "file.not_clean", 409)
    refused(ada.command(f"/api/people/{ada.id}/documents", {**body, "file": "none"}), "file.not_found", 404)
    refused(change(ada, "none", "rename", {"title": "x"}), "document.not_found", 404)


@proves("doc.upload")
def test_a_class_reads_what_is_shared_with_it_and_changes_nothing(school: School, served: Served) -> None:
    ada, ben, teacher = school.ada, school.ben, school.teacher
    document = added(ada, uploaded(ada, b"Of stars. Of stars."))
    refused(change(ada, document, "share", {"course": "stars"}), "course.not_open")
    soon(lambda: school.enroll(ada).status_code, 200)
    done(change(ada, document, "share", {"course": "stars"}))
    done(change(ada, document, "rename", {"title": "Of stars"}))
    soon(lambda: told(ada, document)["title"], "Of stars")
    assert told(ada, document)["shared"] == ["stars"]
    # Whom the course is open to reads it; others do not.
    refused(ben.get(CLASS), "enrollment.needed")
    refused(ben.get(f"{CLASS}/{document}/content"), "enrollment.needed")
    soon(lambda: school.enroll(ben).status_code, 200)
    soon(lambda: code(ben, "text"), 200)
    assert [row["document"] for row in ben.get(CLASS).json()["rows"]] == [document]
    assert ben.get(f"{CLASS}/{document}/pages").json()["pages"][0]["text"] == "Of stars. Of stars."
    assert ben.get(f"{CLASS}/{document}/content").content == b"Of stars. Of stars."
    for how, body in (("rename", {"title": "Mine"}), ("delete", None), ("end-sharing", {"course": "stars"})):
        refused(change(ben, document, how, body, of=ada), "permission.missing")
        refused(change(ben, document, how, body), "document.not_found", 404)
    refused(ben.get(f"/api/people/{ben.id}/documents/{document}"), "document.not_found", 404)
    # A teacher shares with the class of a section that they teach.
    theirs = added(teacher, uploaded(teacher, b"Homework, homework."))
    refused(change(teacher, theirs, "share", {"course": "stars"}), "course.not_open")
    done(change(teacher, theirs, "share", {"course": "stars", "section": "spring"}))
    soon(lambda: len(ben.get(CLASS).json()["rows"]), 2)
    done(change(ada, document, "end-sharing", {"course": "stars"}))
    soon(lambda: ben.get(f"{CLASS}/{document}/pages").json().get("code"), "document.not_found")
    done(ben.command(f"/api/enrollments/stars/{ben.id}/withdraw", {"reason": "time"}))
    soon(lambda: ben.get(f"{CLASS}/{theirs}/content").status_code, 403)
    with Person(served, uuid4()) as stranger:
        refused(stranger.get(f"{CLASS}/{theirs}/pages"), "enrollment.needed")


@proves("doc.upload")
def test_a_deleted_document_goes_with_its_text_and_its_file(ada: Person, served: Served) -> None:
    file = uploaded(ada, b"Of stars. Of stars.")
    document = added(ada, file)
    refused(ada.command(f"/api/people/{ada.id}/files/{file}/delete"), "file.linked", 409)
    assert len(kept(served, ada.tenant)) == 2
    done(change(ada, document, "delete"))
    soon(lambda: told(ada, document), {})
    soon(lambda: kept(served, ada.tenant), [])
    refused(content(ada, file), "file.not_found", 404)
    done(change(ada, document, "delete"))
    # A file of which something else is made stays.
    shared = uploaded(ada, b"Of stars. Of stars.")
    first, second = added(ada, shared), added(ada, shared)
    done(change(ada, first, "delete"))
    soon(lambda: shown(ada, shared)["links"], [f"document:{second}"])
    # Who is erased takes everything along.
    with Client(served, ada.tenant) as officer:
        done(officer.command(f"/api/people/{ada.id}/files/erase"))
    soon(lambda: told(ada, second), {})
    soon(lambda: kept(served, ada.tenant), [])
