"""Links that let somebody have a file for a while, without a token."""

from __future__ import annotations

DOWNLOAD = "download of a file"
"""The purpose that tickets are sealed for."""
EXPORT = "download of an export"
LASTS = 300
"""So many seconds a link holds."""
