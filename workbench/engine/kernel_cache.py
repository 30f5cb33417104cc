"""Machine code of kernels that no workbench has used for long is removed.

Each state of the kernels' sources has a folder of its own (cost/kernel.py), some 9 MB, named by its digest: every
new version would leave one behind.
"""

import os
import re
import shutil
import time
from pathlib import Path

UNUSED_S = 60 * 24 * 3600.0
_DIGEST = re.compile(r"[0-9a-f]{12}")


def own_folder() -> Path:
    """Where this process keeps machine code: ours, or what the user has set."""
    return Path(os.environ["NUMBA_CACHE_DIR"])  # set by cost/kernel.py


def mark_used(own: Path, now_s: float | None = None) -> list[Path]:
    """Say that the folder `own` is in use, and remove its neighbours that nobody has used for UNUSED_S; which.

    A folder whose name is no digest is the user's own choice: nothing is touched beside it. Errors of the file system
    leave things as they are.
    """
    now_s = time.time() if now_s is None else now_s
    if not _DIGEST.fullmatch(own.name):
        return []
    gone = []
    try:
        os.utime(own, (now_s, now_s))
        for other in own.parent.iterdir():
            if other != own and _DIGEST.fullmatch(other.name) and other.stat().st_mtime < now_s - UNUSED_S:
                shutil.rmtree(other, ignore_errors=True)
                gone.append(other)
    except OSError:
        pass
    return gone
