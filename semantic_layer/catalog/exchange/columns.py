"""Columns that a document uses without declaring them as fields."""

from __future__ import annotations

from semantic_layer.catalog.exchange.draft import DatasetDraft, FieldDraft
from semantic_layer.catalog.exchange.report import Report


def add_column(dataset: DatasetDraft, column: str, known: dict[str, str], path: str, report: Report) -> str | None:
    """The field of a column, added if the table has the column; None if it has not."""
    if found := dataset.field_of(column):
        return found
    name = next((c for c in known if c.casefold() == column.casefold()), None)
    if name is None or not name.isidentifier():
        return None
    own = f"{dataset.path}.fields.{name}"
    dataset.fields[name] = FieldDraft(name, own, place=dataset.place)
    report.add("guessed", own, f"added as a field, because {path} uses the column", f"因 {path} 用到该列而添加为字段", dataset.place)
    return name
