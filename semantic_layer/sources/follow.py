"""Stays with a shop: continuous sources are looked at every few seconds, all of them every so many minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from semantic_layer.errors import WenshuError
from semantic_layer.sources.load import load_sources
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.reading import Unreadable, listed
from semantic_layer.sources.refresh import Options, Place, Report, refresh

INTERVAL = 1.0  # seconds between two looks at the files of continuous sources

Told = Callable[[Report | WenshuError], None]


def follow(place: Place, options: Options, every: float, told: Told, stop: Callable[[float], bool], *, continuous: bool = True) -> None:
    """Refreshes until `stop` says so, which is given the seconds to wait in the meantime.

    `every` counts the seconds between full looks. What goes wrong is told, and tried again the next time. Raises
    ShopError for a sources.yaml that cannot be read at the beginning.
    """
    load_sources(place.folder)
    due = 0.0
    seen: object = None
    while True:
        now = time.monotonic()
        spec = _spec(place)
        files = _look(place, spec) if continuous and spec is not None else None
        if now >= due:
            _try(place, options, told)
            due, seen = time.monotonic() + every, files
        elif spec is not None and files is not None and files != seen:
            names = tuple(n for n, s in spec.sources.items() if s.continuous)
            report = _try(place, replace(options, full=False, only=names, settled_only=True, beside_base=True), told)
            # Files that had still to settle are looked at again.
            seen = files if report is not None and not _unsettled(files) else None
        if stop(INTERVAL if continuous else max(0.1, due - time.monotonic())):
            return


Look = tuple[tuple[str, int, int], ...]


def _look(place: Place, spec: SourcesSpec) -> Look:
    found: list[tuple[str, int, int]] = []
    for source in spec.sources.values():
        if source.continuous and source.path is not None:
            try:
                found += [(f.name, f.size, f.changed_ns) for f in listed(source.path, place.root)]
            except Unreadable:
                continue
    return tuple(found)


def _unsettled(files: Look) -> bool:
    """Whether a file was written so shortly ago that it waited."""
    return any(changed > time.time_ns() - 3 * int(INTERVAL * 1e9) for _, _, changed in files)


def _spec(place: Place) -> SourcesSpec | None:
    try:
        return load_sources(place.folder)
    except WenshuError:
        return None


def _try(place: Place, options: Options, told: Told) -> Report | None:
    try:
        report = refresh(place, options)
    except WenshuError as error:
        told(error)
        return None
    if report.built is not None or report.stopped:
        told(report)
    return report
