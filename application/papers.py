"""What is made of a certificate: a paper for people, and a badge for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from application.ledger import TenantId
from domain.certificates.events import Serial
from domain.kernel import CourseId, PathId, Value


class Paper(Value):
    """All that is said on a certificate. `verify` is where anyone is told whether it holds.

    `course` is the title of what was completed, which may be a path of courses.
    """

    tenant: TenantId
    serial: Serial
    school: str
    learner: str
    course: str
    completed_at: datetime
    issued_at: datetime
    verify: str
    language: str = "en"
    time_zone: str = "UTC"
    kind: Literal["course", "path"] = "course"


class Press(Protocol):
    def paper(self, paper: Paper) -> bytes:
        """A signed document, to be shown to people."""
        ...


class Listing(Value):
    """Where a badge stands in the lists of what is revoked: at which place of which list, and where that list is."""

    list_url: str
    index: int


class Badges(Protocol):
    def badge(self, paper: Paper, listing: Listing) -> bytes:
        """A signed credential, to be shown to programs."""
        ...

    def status_list(self, tenant: TenantId, school: str, url: str, revoked: frozenset[int], at: datetime) -> bytes:
        """A signed list that says of each place whether what stands there is revoked."""
        ...


class CourseTitles(Protocol):
    """What courses are called, and paths of them."""

    def title(self, tenant: TenantId, course: CourseId) -> str:
        """The title of a course; its id, where it has none."""
        ...

    def title_of_path(self, tenant: TenantId, path: PathId) -> str:
        """The title of a path; its id, where it has none."""
        ...
