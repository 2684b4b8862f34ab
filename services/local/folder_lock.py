"""One set of processes a data folder: a second one would write over what the first one runs on."""

import fcntl
from pathlib import Path
from typing import TextIO

from services.shared.errors import SettingsError


def lock_folder(folder: Path, owner: str) -> TextIO:
    """Lock a folder, which is made if it is missing, for as long as the returned file is open in any process.

    Raises:
        SettingsError: another `owner` runs on the folder, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise SettingsError(f"the data folder {folder} of {owner}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SettingsError(f"another {owner} runs on {folder}: stop it, or choose another data folder") from None
    return lock
