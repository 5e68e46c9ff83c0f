"""What may be done about paths."""

from __future__ import annotations

from application.permissions import ANALYST, AUDITOR, CREATOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission

PERMISSIONS = (
    Permission("paths.manage", "Make paths of courses, publish and retire them.", (STAFF, CREATOR)),
    Permission(
        "paths.read",
        "See the paths that are published.",
        (STAFF, CREATOR, INSTRUCTOR, STUDENT, GUARDIAN, ANALYST, AUDITOR),
    ),
)
