"""Which of its dates a row is counted by: shipped per month, 按发货日期. Without such a word it is the dataset's own time."""

from __future__ import annotations

from assistant.reading.catalog_words import said_of_date
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import TIME, TimeRange


def rule(state: State) -> None:
    """Takes a word for one of the dates of what is measured, beside a period or a grain."""
    home = _home(state)
    if state.records or home is None or not (state.time or any(g.field == TIME for g in state.groups)):
        return
    own = state.catalog.dataset(home).time or ""
    own = own if "." in own or not own else f"{home}.{own}"
    dates = [own, *(f"{home}.{n}" for n, f in state.catalog.dataset(home).fields.items() if f.kind == "time")]
    words = {w: ref for ref in reversed([d for d in dates if d]) for w in said_of_date(state.catalog.field(ref).spec)}
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
