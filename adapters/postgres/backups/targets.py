"""Where a restore may go to, and from which copy it can get there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from adapters.postgres.backups.lives import BackupFailed, Copy, Life, lives
from domain.kernel import Value


class Latest(Value):
    """To the last byte that was received: everything that was acknowledged."""


class At(Value):
    """To a moment: everything that was committed by then."""

    moment: datetime


class Upto(Value):
    """To a position of a log: up to the commit that wrote it, with what else is in that commit."""

    log: int
    position: int


Target = Latest | At | Upto


def told(target: Target) -> str:
    """The target in words."""
    match target:
        case Latest():
            return "the latest"
        case At(moment):
            return moment.isoformat()
        case Upto(log, position):
            return f"position {position} of log {log}"


def life_in(folder: Path, name: str | None) -> Life:
    """The life to restore: the one that is named, else the last. Where it may not be the right one, nobody guesses."""
    found = lives(folder)
    names = ", ".join(life.name for life in found)
    if not found:
        raise BackupFailed(f"there is no backup in {folder}")
    if name is not None:
        for life in found:
            if life.name == name:
                return life
        raise BackupFailed(f"there is no life {name} in {folder}; there are {names}")
    if len({life.server.system for life in found}) > 1:
        raise BackupFailed(f"backups of several servers are in {folder}: say with --life which of {names}")
    return found[-1]


def copy_before(life: Life, target: Target) -> Copy:
    """The newest copy from which the target can be reached: one that had ended before it."""
    copies = life.copies()
    if not copies:
        raise BackupFailed(f"life {life.name} has no copy that is complete")
    for one in reversed(copies):
        match target:
            case Latest():
                return one
            case At(moment):
                if one.about.ended <= moment:
                    return one
            case Upto(log, position):
                if all(log >= len(heads) or heads[log] < position for heads in one.about.heads.values()):
                    return one
    raise BackupFailed(
        f"{told(target)} is before the oldest copy of life {life.name}, which ended at "
        f"{copies[0].about.ended.isoformat()}; an earlier life may have it: --life"
    )


def stopping(target: Target, transaction: str) -> Mapping[str, str]:
    """The settings with which Postgres stops replaying where it is to."""
    match target:
        case Latest():
            return {}
        case At(moment):
            return {"recovery_target_time": moment.isoformat()}
        case Upto():
            return {"recovery_target_xid": transaction}
