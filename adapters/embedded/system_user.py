"""Postgres refuses to run as root. Started by root, it is given to a system user of its own."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

NAME = "annals"

_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2


def lowered(*paths: Path) -> tuple[str, ...]:
    """What to put before a command so that it is not run as root; nothing where we are not root."""
    if os.geteuid() != 0:
        return ()
    closed = "closed" if any(_is_closed(path) for path in paths) else "open"
    return (sys.executable, "-I", __file__, str(_user().pw_uid), closed)


def give(folder: Path) -> None:
    """Make a folder and all that is in it the system user's, where we are root."""
    if os.geteuid() != 0:
        return
    user = _user()
    if folder.stat().st_uid == user.pw_uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), user.pw_uid, user.pw_gid, follow_symlinks=False)
    os.chown(folder, user.pw_uid, user.pw_gid)


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return pwd.getpwnam(NAME)  # Also when another process made it meanwhile.
    except KeyError:
        raise PermissionError(
            f"Postgres does not run as root and the user {NAME} could not be made: {made.stderr.strip()}"
        ) from None


def _is_closed(path: Path) -> bool:
    """Whether a folder above it, such as /root, lets nobody else through."""
    return any(not parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _become(uid: int, *, through_closed_folders: bool) -> None:
    """Become this user for good. Rather than open somebody's home to all, keep the right to walk through it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if through_closed_folders:
        _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
        # Else access(), by which initdb finds its neighbours, would look as if there were no capability.
        _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    user = pwd.getpwuid(uid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(uid)
    if through_closed_folders:
        for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
            header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
            bit = 1 << capability
            data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
            if libc.capset(header, data) == 0:
                _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))
                return
        raise PermissionError("the data folder is closed to other users: choose another with --data")


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    _become(int(sys.argv[1]), through_closed_folders=sys.argv[2] == "closed")
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606
