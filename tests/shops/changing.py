"""A small shop whose files are changed while it is open."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.compiler.small import orders_catalog, orders_table
from tests.conftest import write_shop

DEADLINE = 10.0
TOTAL = 31.0
LABELS = {1: "revenue", 10: "tenfold revenue"}


def catalog(times: int = 1, **more: Any) -> dict[str, Any]:
    """The catalog of orders whose revenue is so many times what it is, and is called accordingly."""
    revenue = {
        "expression": f"SUM(orders.amount) * {times}",
        "default": True,
        "label": {"en": LABELS[times]},
        "synonyms": {"en": ["takings"]},
    }
    made = orders_catalog(metrics={"revenue": revenue}, **more)
    made["datasets"]["orders"]["fields"]["item"]["label"] = {"en": "article"}
    made["entities"]["customer"]["people"] = True
    return made


def new_shop(folder: Path, **settings: Any) -> Path:
    """A folder with that catalog, settings and database."""
    write_shop(folder, catalog(), orders_table())
    write_settings(folder, **settings)
    return folder


def write_settings(folder: Path, **settings: Any) -> None:
    """wenshu.yaml."""
    replace(folder / "wenshu.yaml", {"name": "small", "database": "small.duckdb", **settings})


def write_catalog(folder: Path, content: Any) -> Path:
    """The only file of the catalog, in place; text is written as it is."""
    path = folder / "catalog" / "catalog.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def replace(path: Path, content: Any) -> None:
    """The file at once, by way of another beside it."""
    part = path.with_name(path.name + ".part")
    part.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    os.replace(part, path)


def eventually(holds: Callable[[], bool]) -> None:
    """Waits for it, and fails if it takes very much longer than it should."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def never(holds: Callable[[], bool], seconds: float = 1.0) -> None:
    """Fails if it comes to hold within a time in which a change would long have been taken over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert not holds()
        time.sleep(0.02)
