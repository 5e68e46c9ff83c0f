"""Makes a database ready for `annals up`, in a process that then ends: so `annals up` holds nothing of it."""

from __future__ import annotations

import sys

from adapters.failing import Failed
from adapters.postgres.backups.receiving import wait_for_nobody, without_waiting
from adapters.postgres.migrate import ensure_database, migrate
from api.parent import OURS, end_with_parent
from api.settings import Settings, load


def prepare(settings: Settings, *, is_ours: bool) -> None:
    """Bring it to the shape that this version needs, whoever receives its log."""
    if is_ours:
        ensure_database(settings.database_url)
    owner = settings.url_of("owner")
    if is_ours and not settings.backup_folder:
        wait_for_nobody(owner)
    # Nobody receives yet, and nothing of this has been acknowledged to anybody.
    migrate(without_waiting(owner), settings.logs)


if __name__ == "__main__":
    end_with_parent()
    try:
        prepare(load(), is_ours=OURS in sys.argv)
    except Failed as failed:
        sys.exit(str(failed))
