"""The database as it was."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from adapters.postgres.backups.targets import At, Latest, Target, Upto, life_in
from api.cli import say
from api.console.facts import moment
from api.console.proof import take_seen
from api.settings import Settings, load

NAME = "restore"
HELP = "make the database again from a folder of backups, as it was at the end, at a time, or at a position"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where backups are kept")
    parser.add_argument(
        "--to",
        default="latest",
        metavar="WHERE",
        help="latest, a time (2026-11-21T05:00Z), a position, or LOG:POSITION where there are several logs",
    )
    parser.add_argument("--data", type=Path, help="the folder of `annals up` to restore into (ANNALS_DATA)")
    parser.add_argument("--life", metavar="NAME", help="which life of the server, where it has had several")
    parser.add_argument(
        "--drill", action="store_true", help="restore the latest, see that it is what was signed, throw it away"
    )
    parser.add_argument("--json", action="store_true", help="say what was done as one line of JSON")
    take_seen(parser)


def run(args: argparse.Namespace) -> int:
    from adapters.postgres.backups.lives import BackupFailed
    from adapters.postgres.backups.restoring import noted
    from api.restoring import drill, into_data
    from application.checkpoints import read

    settings = load()
    data: Path = args.data or settings.data
    seen = tuple(read(text).checkpoint for text in args.seen)
    try:
        target = _target(args.to)
        life = life_in(args.folder, args.life)
        if args.drill:
            restored = drill(_keyed(settings, data), life, say, seen)
        else:
            restored = into_data(_keyed(settings, data), life, target, data=data, say=say, seen=seen)
    except BackupFailed as why:
        say(str(why))
        return 1
    if args.json:
        sys.stdout.write(noted(restored) + "\n")
        return 0
    heads = ", ".join(f"{name} at {','.join(map(str, positions))}" for name, positions in restored.heads.items())
    say(f"restored to {restored.to} in {restored.seconds['in all']:.1f} s: {heads}; last commit {restored.last}")
    say(f"erased again: {restored.erased_again}; read models to be made again: {restored.emptied}")
    if not args.drill and not (data / "vault.key").exists():
        say(f"there is no {data / 'vault.key'}: put it back, or set ANNALS_VAULT_KEY, before anything starts")
    return 0


def _target(text: str) -> Target:
    """What `--to` says."""
    from adapters.postgres.backups.lives import BackupFailed

    if text == "latest":
        return Latest()
    log, colon, position = text.rpartition(":")
    if position.isdigit() and (log.isdigit() or not colon):
        return Upto(int(log or 0), int(position))
    try:
        return At(moment(text))
    except (ValueError, argparse.ArgumentTypeError) as wrong:
        raise BackupFailed(f"--to {text} is neither `latest`, nor a time, nor a position") from wrong


def _keyed(settings: Settings, data: Path) -> Settings:
    """With the key of the vault that `annals up` has made for itself: signatures follow from it."""
    import msgspec

    from api.settings_agree import DEVELOPMENT_VAULT_KEY

    file = data / "vault.key"
    if settings.vault_key != DEVELOPMENT_VAULT_KEY or not file.exists():
        return settings
    return msgspec.structs.replace(settings, vault_key=file.read_text(encoding="utf-8").strip())
