"""The rows of an answer as a table that can be sorted, with names and formats for people."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from assistant.answer.cells import KEYS, key_text
from assistant.answer.model import AnswerColumn
from prompts import unit_name, word
from ui.state import Shown

_CURRENCIES = {"USD": "dollar", "EUR": "euro"}


def draw_table(turn: Shown) -> None:
    """Draws the rows."""
    answer = turn.answer
    data = {c.name: [_cell(c, row[i], answer.lang) for row in answer.rows] for i, c in enumerate(answer.columns)}
    config: dict[Any, Any] = {c.name: _config(c, answer.lang) for c in answer.columns}
    st.dataframe(data, column_config=config, hide_index=True, key=f"table-{turn.key}")


def _is_number(column: AnswerColumn) -> bool:
    return column.type in ("integer", "number") and column.role not in KEYS


def _cell(column: AnswerColumn, value: Any, lang: str) -> Any:
    if _is_number(column):
        return value
    if column.role not in KEYS:
        return None if value is None else str(value)
    return key_text(column, value, lang)


def _config(column: AnswerColumn, lang: str) -> ColumnConfig:
    if not _is_number(column):
        return st.column_config.TextColumn(column.label)
    if column.role in ("growth", "share") or column.format == "percent":
        return st.column_config.NumberColumn(column.label, format="percent")
    if column.format == "currency" and column.unit in _CURRENCIES:
        return st.column_config.NumberColumn(column.label, format=_CURRENCIES[column.unit])
    label = word("page_unit", lang, label=column.label, unit=unit_name(column.unit, lang)) if column.unit else column.label
    return st.column_config.NumberColumn(label, format="localized")
