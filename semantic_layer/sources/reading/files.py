"""The files of a source: which there are, and whether they are the ones that were read before."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.sources.reading.batch import Unreadable

# As programs call what they are still writing.
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")


@dataclass(frozen=True)
class Seen:
    """A file as the file system shows it; `name` is how it is known: its path seen from the shop's folder."""

    name: str
    path: Path
    size: int
    changed_ns: int
    content: str = ""  # names the content, where that is known without reading the file

    def still(self) -> bool:
        """Whether it is as it was when it was listed."""
        found = _stat(self.path)
        return found is not None and (found.st_size, found.st_mtime_ns) == (self.size, self.changed_ns)


def listed(pattern: str, folder: Path) -> list[Seen]:
    """The files that a path or pattern names, in the order of their names. Raises Unreadable for a path that names none."""
    path = Path(os.path.expanduser(pattern))
    whole = path if path.is_absolute() else folder / path
    if whole.is_dir():
        whole = whole / "**" / "*"
    is_pattern = glob.has_magic(str(whole)) and not whole.exists()
    names = sorted(glob.glob(str(whole), recursive=True)) if is_pattern else [str(whole)]
    found = []
    for name in names:
        file = Path(name)
        if file.name.startswith((".", "_", "~$")) or name.endswith(_UNFINISHED):
            continue
        seen = _stat(file)
        if seen is not None:
            known = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else name
            found.append(Seen(known, file, seen.st_size, seen.st_mtime_ns))
    if not found and not is_pattern:
        raise Unreadable(
            f"There is no file {whole}. Put it there, or correct path: in sources.yaml.",
            f"没有文件 {whole}。请放好文件，或更正 sources.yaml 里的 path:。",
        )
    return found


def fingerprint(file: Seen) -> str:
    """Names the content of a file."""
    if file.content:
        return file.content
    with file.path.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _stat(path: Path) -> os.stat_result | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None
