"""From the tables of a database to the keys of a catalog."""

from __future__ import annotations

import datetime as dt

from semantic_layer.catalog.draft.drafted import Drafted
from semantic_layer.catalog.draft.entries import Entries
from semantic_layer.catalog.draft.layout import Headers, Layout
from semantic_layer.catalog.draft.metric_entries import MetricEntries
from semantic_layer.catalog.draft.outcomes import outcomes
from semantic_layer.catalog.draft.profile import Database, profile
from semantic_layer.catalog.draft.terms import Terms
from semantic_layer.engines.admin import quoted, quoted_table
from semantic_layer.errors import CatalogError


def draft_catalog(database: Database, headers: Headers | None = None) -> Drafted:
    """A catalog of all tables. Deterministic: the same rows give the same catalog. Raises CatalogError where there is nothing to draft.

    `headers` give, by table, what people call it and, by column, what people call that, where the database has other names;
    only tables that are named there are drafted then.
    """
    tables, unread = profile(database)
    if headers is not None:
        tables, unread = [t for t in tables if t.name in headers], [n for n in unread if n in headers]
    if not tables:
        raise CatalogError("The database has no tables that can be read.", "数据库里没有可读取的表。")
    made = _written(Layout(database, tables, headers or {}))
    for name in unread:
        made.note(name, "the whole table", "it cannot be read, or its name holds a dot; left out")
    return made


def _written(layout: Layout) -> Drafted:
    """The sections of a catalog. A name belongs to whoever claims it first, so that the order of the steps counts."""
    made, plain = layout.made, [d for d in layout.datasets if not d.role]
    entries, metrics = Entries(layout), MetricEntries(layout)
    entries.name_entities()
    drafts = [(d, m) for d in plain for m in metrics.of(d)]
    written = {d.name: entries.dataset(d) for d in layout.datasets}
    metrics.name(drafts)
    found = [(o, next(m.name for other, m in drafts if other is d)) for d in plain for o in outcomes(d, layout.fields[d.name])]
    drafts += [(o.dataset, m) for o, rows in found for m in o.metrics(rows)]
    metrics.name(drafts)
    labels = {id(m): layout.claims.label(f"metric {m.name}", m.labels) for _, m in drafts}
    made.sections["datasets"] = written
    made.sections["relationships"] = [entries.relationship(d, e) for d in layout.datasets for e in d.edges]
    made.sections["entities"] = entries.entities
    made.sections["metrics"] = metrics.entries(drafts, labels)
    made.last_day = _last_day(layout)
    for d in layout.datasets:
        for f in layout.fields[d.name]:
            entries.add_synonyms(d, f, written[d.name]["fields"][f.name])
    made.sections["terms"] = Terms(layout).terms(drafts)
    made.sections["segments"] = {o.name: entries.segment(o) for o, _ in found}
    return made


def _last_day(layout: Layout) -> dt.date | None:
    """The last day by which rows are dated."""
    days: list[dt.date | None] = []
    for d in layout.datasets:
        made = next((f for f in layout.fields[d.name] if f.name == layout.time(d)), None) if not d.role else None
        if made is not None:
            written = made.expression or quoted(made.name)
            days += layout.database.rows(f"SELECT CAST(max({written}) AS DATE) FROM {quoted_table(d.named.table.name)}")[0]
    return max((day for day in days if day is not None), default=None)
