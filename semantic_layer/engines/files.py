"""The database file as the file system shows it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from semantic_layer.errors import ShopError

# A database file may be the head of two: views over the tables of a larger file beside it, its base, attached under this
# name, and a few rows more. Which file that is, it says in a table of its own; so replacing the head replaces both.
BASE = "wenshu_base"


def file_version(path: Path) -> str:
    """Names the state of a database file and of its log, without opening them. Raises ShopError where there is no file."""
    name = str(path)
    found = _stat(name)
    if found and stat.S_ISDIR(found.st_mode):
        raise ShopError(f"{path} is a folder, not a database file.", f"{path} 是文件夹，不是数据库文件。")
    if not found or not stat.S_ISREG(found.st_mode):
        raise ShopError(f"There is no database file {path}.", f"没有数据库文件 {path}。")
    # What a writer committed last may stand in the log only.
    log = _stat(name + ".wal")
    return f"{_state(found)}+{_state(log)}" if log else _state(found)


def _stat(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _state(found: os.stat_result) -> str:
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
