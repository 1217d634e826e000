"""The health of a shop's data for a page: findings, worst first, and sources, as far as a user may see their tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from prompts import word
from semantic_layer.engines.files import file_version
from semantic_layer.shops import Shop
from semantic_layer.shops.data_health import health_of
from semantic_layer.sources.health import Finding, Health, SourceHealth

_SECONDS = 60  # that a report serves: sources become late while nothing else happens


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `severity` is error, warning or info; `trend` are percentages of the rows by refresh, oldest first.

    `examples` are single rows, for those alone who may see all of the shop.
    """

    severity: str
    table: str
    source: str
    text: str
    effect: str
    columns: tuple[str, ...]
    trend: tuple[float, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where the rows of a source are, when its newest file was there, and the percentages in quarantine by refresh, oldest first."""

    name: str
    table: str
    records: int
    loaded: int
    quarantined: int
    duplicates: int
    newest: str
    trend: tuple[float, ...]


@dataclass(frozen=True)
class DataHealth:
    """What is known of the data; `summary` says it in a sentence, `refreshed` when it was so, `note` what was not looked at."""

    summary: str
    refreshed: str
    note: str
    problems: tuple[Problem, ...]
    sources: tuple[Source, ...]


def data_health(shop: Shop, lang: str, user: str | None = None) -> DataHealth | None:
    """The report; None where the shop has no sources. Raises ShopError, UsageError, EngineError."""
    rights = shop.access(user).rights
    health = _read(shop, file_version(shop.database), int(time.monotonic() / _SECONDS))
    if health is None:
        return None
    whole = "*" in rights.allowed_tables and not (rights.denied_tables or rights.denied_columns or rights.row_filters or rights.min_group_size)
    found = [f for f in health.findings if rights.allows(f.table)]
    count = word("health_count", lang, n=len(found), open=sum(f.is_open for f in found)) if found else word("health_fine", lang)
    built = f"{health.built_at:%Y-%m-%d %H:%M}" if health.built_at else "–"
    return DataHealth(
        summary=count,
        refreshed=word("health_refreshed", lang, at=health.refreshed_at or "–", built=built),
        note=health.note.text(lang),
        problems=tuple(_problem(health, f, lang, whole) for f in found),
        sources=tuple(_source(health, s, lang) for s in health.sources if rights.allows(s.table)),
    )


@lru_cache(maxsize=2)
def _read(shop: Shop, version: str, minute: int) -> Health | None:
    return health_of(shop)


def _problem(health: Health, found: Finding, lang: str, whole: bool) -> Problem:
    return Problem(
        severity=found.severity,
        table=health.label(found.table, lang),
        source=found.source,
        text=found.message.text(lang),
        effect=found.effect.text(lang) if found.effect else "",
        columns=found.columns,
        trend=_percent([p.share for p in found.trend]),
        examples=tuple(f"{e.where}  {e.values}".rstrip() for e in found.examples) if whole else (),
    )


def _source(health: Health, source: SourceHealth, lang: str) -> Source:
    return Source(
        name=source.name,
        table=health.label(source.table, lang),
        records=source.records,
        loaded=source.loaded,
        quarantined=source.quarantined,
        duplicates=source.exact_duplicates,
        newest=f"{source.newest:%Y-%m-%d %H:%M}" if source.newest else "–",
        trend=_percent([d.share for d in source.history]),
    )


def _percent(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(100 * share, 3) for share in shares)
