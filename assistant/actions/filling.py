"""Placeholders of playbooks: {today-14} is a day, {product} a column of the triggering row, `each_row` a list of all rows.

A text that is a placeholder alone becomes the value itself; in a longer text the value is written out. {row} among conditions stands for
those of the triggering row: that each of its groups has the row's value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLACE = re.compile(r"\{([A-Za-z_]\w*)(?:([+-])(\d+))?\}")
_SAMPLE = "0"  # is a number, a text and a day, whatever a query wants
EACH_ROW = "each_row"
ROW = "row"


class Unfilled(Exception):
    """A placeholder without a value; `name` is its name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def filled(template: Any, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] = ()) -> Any:
    """The template with its placeholders filled. Raises Unfilled.

    `{each_row: CONDITION}` becomes `{any_of: [...]}` with the condition for each of `rows`.
    """
    if isinstance(template, Mapping):
        if EACH_ROW in template:
            rest = {k: filled(v, values) for k, v in template.items() if k != EACH_ROW}
            return rest | {"any_of": [filled(template[EACH_ROW], {**values, **row}) for row in rows]}
        return {key: filled(value, values, rows) for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return _items(template, values, rows)
    if not isinstance(template, str):
        return template
    if whole := _PLACE.fullmatch(template):
        return _value(whole, values)
    return _PLACE.sub(lambda found: str(_value(found, values)), template)


def _items(template: Sequence[Any], values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The items, with those of a placeholder that holds a list in its place."""
    out: list[Any] = []
    for item in template:
        made = filled(item, values, rows)
        if isinstance(item, str) and _PLACE.fullmatch(item) and isinstance(made, list):
            out += made
        else:
            out.append(made)
    return out


def _value(found: re.Match[str], values: Mapping[str, Any]) -> Any:
    name, sign, days = found.groups()
    if name not in values:
        raise Unfilled(name)
    value = values[name]
    if not days:
        return value.isoformat() if isinstance(value, dt.date) else value
    if isinstance(value, str):
        value = dt.date.fromisoformat(value[:10])
    moved = value + dt.timedelta(days=int(days) * (1 if sign == "+" else -1))
    return moved.isoformat()


def as_of(conditions: Any, day: dt.date) -> Any:
    """Conditions as they stood on a day: what is asked of all time ends there, and the last event is the last before it."""
    if isinstance(conditions, list):
        return [as_of(each, day) for each in conditions]
    if not isinstance(conditions, Mapping):
        return conditions
    made = {key: as_of(value, day) if key in ("where", "any_of", "all_of") else value for key, value in conditions.items()}
    if "entity" in made:
        if made.get("event") == "last":
            before = {"field": "time", "op": "<", "value": day.isoformat()}
            made["where"] = [*made.get("where", ()), before]
        elif isinstance(made.get("time"), Mapping) and not made["time"].get("end"):
            made["time"] = {**made["time"], "end": day.isoformat()}
    return made


def names(template: Any) -> set[str]:
    """The names of all placeholders."""
    if isinstance(template, Mapping):
        return set().union(*(names(v) for v in template.values()))
    if isinstance(template, (list, tuple)):
        return set().union(*(names(v) for v in template))
    return {found.group(1) for found in _PLACE.finditer(template)} if isinstance(template, str) else set()


def looks_back(template: Any) -> int:
    """How many days before today the template reaches, by its placeholders."""
    if isinstance(template, Mapping):
        return max(map(looks_back, template.values()), default=0)
    if isinstance(template, (list, tuple)):
        return max(map(looks_back, template), default=0)
    if not isinstance(template, str):
        return 0
    return max((int(f.group(3)) for f in _PLACE.finditer(template) if f.group(1) == "today" and f.group(2) == "-"), default=0)


def sample(template: Any, today: dt.date) -> Any:
    """The template filled with values that fit anywhere, to see whether it is a query."""
    values: dict[str, Any] = dict.fromkeys(names(template), _SAMPLE) | {"today": today, "from": today, "until": today + dt.timedelta(days=1)}
    moved = {f for f in names(template) if _is_moved(template, f)}
    values |= dict.fromkeys(moved, today) | {"today": today, ROW: []}
    return filled(_in_order(template, today), values, ({},))


def _in_order(template: Any, today: dt.date) -> Any:
    """The template with days in place of the ends of periods that columns of a row give."""
    if isinstance(template, Mapping):
        ends = [template.get("start"), template.get("end")]
        if all(isinstance(e, str) for e in ends) and names(ends) - {"today"}:
            return {**template, "start": today.isoformat(), "end": (today + dt.timedelta(days=1)).isoformat()}
        return {k: _in_order(v, today) for k, v in template.items()}
    return [_in_order(v, today) for v in template] if isinstance(template, (list, tuple)) else template


def _is_moved(template: Any, name: str) -> bool:
    """Whether days are added to a placeholder, so that it holds a day."""
    if isinstance(template, Mapping):
        return any(_is_moved(v, name) for v in template.values())
    if isinstance(template, (list, tuple)):
        return any(_is_moved(v, name) for v in template)
    return isinstance(template, str) and any(f.group(1) == name and f.group(2) for f in _PLACE.finditer(template))
