"""A drafted catalog as a shop folder: settings, catalog files, and the list of what is to be reviewed."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from semantic_layer.catalog.draft.drafted import Drafted
from semantic_layer.errors import ShopError

_STALE = dt.timedelta(days=60)


@dataclass(frozen=True)
class Building:
    """A shop folder that is being written, in a place beside its own."""

    folder: Path
    building: Path
    name: str

    def fill(self, drafted: Drafted, database: Path, today: dt.date) -> None:
        """Writes settings, catalog and review; `database` may stand inside the building."""
        inside = database.is_relative_to(self.building)
        _fill(self.building, self.name, database.name if inside else _named_from(self.folder, database), drafted, today)


@contextlib.contextmanager
def write_shop(folder: Path, name: str) -> Iterator[Building]:
    """A folder to be filled, which appears whole or not at all. Raises ShopError where it cannot be written."""
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".drafting-", dir=folder.absolute().parent))
        try:
            yield Building(folder, building, name)
            if folder.exists():
                folder.rmdir()
            building.chmod(0o755)
            os.replace(building, folder)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise ShopError(f"{folder} cannot be written: {error.strerror}.", f"无法写入 {folder}：{error.strerror}。") from None


def _named_from(folder: Path, database: Path) -> str:
    """How the settings name the database: from the folder where it stands below or beside it, else in full."""
    relative = os.path.relpath(database.absolute(), folder.absolute())
    return relative if relative.count("..") <= 1 else str(database.absolute())


def _fill(folder: Path, name: str, database: str, drafted: Drafted, today: dt.date) -> None:
    last_day = drafted.last_day
    lines = [f"name: {_flow(name)}", f"label: {_flow({'zh': name, 'en': name})}", f"database: {_flow(database)}"]
    if last_day is not None and today - last_day > _STALE:
        why = f"the data end on {last_day}; without this line it is the day of the question"
        lines.append(f"today: {last_day + dt.timedelta(days=1)}  # review: {why}")
    (folder / "wenshu.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    catalog = folder / "catalog"
    catalog.mkdir()
    reasons: dict[str, list[str]] = {}
    for review in drafted.reviews:
        reasons.setdefault(review.place, []).append(review.reason)
    for file, sections in (("datasets", ("datasets", "relationships")), ("entities", ("entities",)), ("metrics", ("metrics", "terms", "segments"))):
        text = "\n".join(line for s in sections if drafted.sections.get(s) for line in _section(s, drafted.sections[s], reasons))
        if text:
            (catalog / f"{file}.yaml").write_text(text + "\n", encoding="utf-8")
    (folder / "REVIEW.md").write_text(_review(drafted), encoding="utf-8")


def _section(name: str, content: Any, reasons: dict[str, list[str]]) -> Iterator[str]:
    yield f"{name}:"
    if isinstance(content, list):
        yield from (f"  - {_flow(item)}" for item in content)
        return
    for key, spec in content.items():
        yield from _entry(key, spec, "  ", f"{name}.{key}", reasons)


def _entry(key: str, spec: Any, indent: str, place: str, reasons: dict[str, list[str]]) -> Iterator[str]:
    """A key: a mapping with fields one key a line, anything else in one line."""
    said = "; ".join(reasons.get(place, ()))
    comment = f"  # review: {said}" if said else ""
    if isinstance(spec, dict) and "fields" in spec:
        yield f"{indent}{_flow(key)}:{comment}"
        for part, value in spec.items():
            if part == "fields":
                yield f"{indent}  fields:"
                for name, one in value.items():
                    yield from _entry(name, one, indent + "    ", f"{place}.fields.{name}", reasons)
            else:
                yield from _entry(part, value, indent + "  ", f"{place}.{part}", reasons)
    else:
        yield f"{indent}{_flow(key)}: {_flow(spec)}{comment}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return text.removesuffix("...\n").strip()


def _review(drafted: Drafted) -> str:
    lines = ["# To be reviewed", "", "What was guessed, and why. Correct the catalog where it is wrong, then take the comment away.", ""]
    lines += [f"- `{r.place}`: {r.what}. {r.reason[:1].upper()}{r.reason[1:]}." for r in drafted.reviews]
    return "\n".join(lines) + "\n"
