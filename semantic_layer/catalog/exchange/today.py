"""The day from which relative dates count, for data that ended long ago."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlglot import exp

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.exchange.draft import ModelDraft
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.expressions import DIALECT

_STALE = dt.timedelta(days=60)


def choose_today(draft: ModelDraft, inspector: Inspector, now: dt.date, report: Report) -> dict[str, Any]:
    """`today` of the settings: the day after the data end, if that is long past; else nothing."""
    dated = [(d.source, _sql(draft, d.name, d.time)) for d in draft.datasets.values() if d.time and "." not in d.time]
    days = [day for source, column in dated if (day := _last(source, column, now, inspector)) is not None]
    if not days or now - max(days) <= _STALE:
        return {}
    today = max(days) + dt.timedelta(days=1)
    report.add(
        "guessed", "wenshu.yaml.today", f"is {today}, because the data end the day before; take it out when they are kept up",
        f"设为 {today}，因为数据到前一天为止；数据持续更新时请删去",
    )  # fmt: skip
    return {"today": today}


def _sql(draft: ModelDraft, dataset: str, field: str) -> str:
    tree = draft.datasets[dataset].fields[field].sql
    return (tree if tree is not None else exp.column(field, quoted=True)).sql(DIALECT)


def _last(source: str, column: str, now: dt.date, inspector: Inspector) -> dt.date | None:
    """The last day up to now; dates to come, such as the end of a contract, are no data yet."""
    table = ".".join(exp.to_identifier(part, quoted=True).sql(DIALECT) for part in source.split("."))
    found = inspector.values(f"SELECT CAST(MAX(day) AS VARCHAR) FROM (SELECT CAST({column} AS DATE) AS day FROM {table}) WHERE day <= DATE '{now}'")
    return dt.date.fromisoformat(found[0]) if found else None
