"""The settings of backups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from api.setting import setting
from api.settings_gateways import GatewaySettings


class BackupSettings(GatewaySettings, kw_only=True):
    """Where backups are kept, and how many."""

    backup_folder: Annotated[
        Path | None,
        setting("BACKUP_FOLDER", "where backups are kept: on another disk than the database; nowhere when empty"),
    ] = None
    backup_database_url: Annotated[
        str, setting("BACKUP_DATABASE_URL", "as DATABASE_URL, for a login that may copy the whole server")
    ] = ""
    backup_every_hours: Annotated[
        int, setting("BACKUP_EVERY_HOURS", "so often `annals backup --receive` copies the server", ge=1, le=8760)
    ] = 24
    backup_keep: Annotated[
        int, setting("BACKUP_KEEP", "how many copies are kept, with all of the log since the oldest", ge=1, le=1000)
    ] = 7
