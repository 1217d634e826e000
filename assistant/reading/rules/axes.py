"""Which of its dates a row is counted by: shipped per month, 按发货日期. Without such a word it is the dataset's own time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language import normalise
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import TIME, TimeRange
from semantic_layer.spelling import has_han

_DATE_WORDS = re.compile(r"\b(?:date|dates|time|day|timestamp|of|the)\b|日期$|时间$|日$")
_DONE = {"receipt": ("received",), "sale": ("sold",), "purchase": ("bought",), "departure": ("departed",), "arrival": ("arrived",)}
_FEWEST = {True: 2, False: 4}


def rule(state: State) -> None:
    """Takes a word for one of the dates of what is measured, beside a period or a grain."""
    home = _home(state)
    if state.records or home is None or not (state.time or any(g.field == TIME for g in state.groups)):
        return
    own = state.catalog.dataset(home).time or ""
    own = own if "." in own or not own else f"{home}.{own}"
    dates = [own, *(f"{home}.{n}" for n, f in state.catalog.dataset(home).fields.items() if f.kind == "time")]
    words = {w: ref for ref in reversed([d for d in dates if d]) for w in _words(state, ref)}
    found = [(m, ref) for m in state.free() if (ref := _named(m, dates) or (words.get(m.text, "") if m.unknown or m.lacking else ""))]
    if len({ref for _, ref in found}) != 1:
        return
    for mark, ref in found:
        before = state.before(mark)
        if before and before.has("by"):
            state.take(before, "time")
        state.take(mark, f"dated:{ref}")
        if ref != own:
            state.time = (state.time or TimeRange()).model_copy(update={"field": ref})
            label = state.catalog.field(ref).spec.label
            state.assume(f"时间按{label.zh}算", f"dated by {label.en}")


def _home(state: State) -> str | None:
    """The dataset that is measured; None where there are several."""
    named = [n for m in state.marks for n in m.metrics[:1]] or [state.default_metric()]
    homes = {h for n in named for h in state.catalog.formula(n).homes}
    return homes.pop() if len(homes) == 1 else None


def _named(mark: Mark, dates: list[str]) -> str:
    return next((f for f in mark.fields if f in dates), "")


def _words(state: State, ref: str) -> Iterator[str]:
    """What is said of a date beside its name: ship date, shipped, shipping; 发货."""
    for name in state.catalog.field(ref).spec.names():
        spelt = normalise(name).text
        stem = _DATE_WORDS.sub("", spelt).strip()
        if stem == spelt or len(stem) < _FEWEST[has_han(stem)] or " " in stem:
            continue
        yield stem
        if stem.isascii():
            base = stem.removesuffix("e")
            yield from (f"{base}ed", f"{base}{base[-1]}ed", f"{base}ing", f"{base}{base[-1]}ing")
            yield from _DONE.get(stem, ())
