"""Whether the commit counters can be trusted (SERVER-7): after a power failure they may have lost their end."""

import secrets
import sys
from pathlib import Path
from typing import Final

_LINUX: Final = Path("/proc/sys/kernel/random/boot_id")
_MACOS: Final = ("/usr/sbin/sysctl", "-n", "kern.bootsessionuuid")
_SECONDS: Final = 5.0


def new_epoch() -> str:
    """An epoch that there never was."""
    return secrets.token_hex(8)


def boot_id() -> str:
    """What tells this run of the machine from all others; empty where the system does not say."""
    try:
        if sys.platform == "darwin":
            import subprocess

            asked = subprocess.run(_MACOS, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603
            return asked.stdout.strip()
        return _LINUX.read_text(encoding="ascii").strip()
    except (OSError, ValueError, ImportError):
        return ""


def lost_something(*, ended_well: bool, kept_all: bool, boot_then: str, boot_now: str) -> bool:
    """Whether a commit that somebody was told of may be missing from what was kept.

    What a program wrote survives its own death, but not that of the machine: a server that ended in
    the middle is trusted only within the same run of the machine. `kept_all` is false when a commit
    could not be written.
    """
    if not kept_all:
        return True
    return not ended_well and (not boot_now or boot_then != boot_now)
