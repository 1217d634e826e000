"""People who are named by what they are like alone: how many women placed an order, 6月有多少钻石会员下单."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.state import State

_THERE_ARE = ("", "有", "共有", "一共有", "总共有", "一共", "总共", "大概有")


def rule(state: State) -> None:
    """Names the people behind a value of theirs that stands for them beside a how many, so that they are counted, and not what they did.

    The name takes no room: women in how many women is a value, and the users who have it.
    """
    for mark in state.free(lambda m: m.values and not m.metrics and not m.entities):
        owners = {f.split(".")[0] for f, _ in mark.values}
        people = [e for e, spec in state.catalog.spec.entities.items() if spec.people and {spec.dataset} == owners]
        if len(people) == 1 and _asked_for(state, mark) and not _describes(state, mark):
            label = state.catalog.entity(people[0]).label
            name = label.en.lower() if mark.text.isascii() else label.zh
            state.marks.insert(state.marks.index(mark) + 1, Mark(mark.end, mark.end, name, entities=(people[0],)))
            return


def takes_no_room(mark: Mark) -> bool:
    """Whether a mark is such a name, and no word of the question."""
    return mark.start == mark.end


def _asked_for(state: State, mark: Mark) -> bool:
    if mark.text.isascii():
        listed = _first_of_list(state, mark)
        told = bool(state.ops("how_many")) and state.text.startswith(" who ", mark.end)  # gold members who returned something: how many?
        return told or any(m.has("how_many") and m.end == listed.start - 1 for m in state.marks)
    ops = state.ops("how_many")
    return any(m.end == mark.start or (m.start >= mark.end and state.text[mark.end : m.start] in _THERE_ARE) for m in ops)


def _first_of_list(state: State, mark: Mark) -> Mark:
    """Gold, of gold and diamond members; women, of women aged 25 to 34: the first of the values that stand in a row."""
    before = next((m for m in reversed(state.marks) if m.end <= mark.start and not m.filler), None)
    joined = before is not None and before.values and state.text[before.end : mark.start].strip() in ("", "and", "or", ",")
    return _first_of_list(state, before) if before is not None and joined else mark


def _describes(state: State, mark: Mark) -> bool:
    """女性用户, women's shoes, diamond and gold members: a value right before what it describes, or before another in its list."""
    behind = next((m for m in state.marks if m.start >= mark.end and not (m.filler and m.text in ("and", "or", "和", "与", "的"))), None)
    near = behind is not None and behind.start - mark.end <= (5 if mark.text.isascii() else 1)
    named = near and behind is not None and (behind.entities or behind.counters or behind.groupable or behind.metrics or behind.values)
    return bool(named) or state.text.startswith("'s", mark.end)
