"""Comparatives: more in December than in November, Q4比Q3多吗, which of the two is higher.

Two periods that are compared answer whether it was more; of groups, those are kept that had more. Two groups side by
side answer which of them is higher.
"""

from __future__ import annotations

import re

from assistant.reading.catalog_words import verbs_of
from assistant.reading.mark import Mark
from assistant.reading.misplaced import OWN_MEASURE
from assistant.reading.rules.counting import counted_entity
from assistant.reading.rules.doers import home_of
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, Group, Having

_RELATIVE = re.compile(r"\s*(?:that|which|where|with|whose|who|selling|having|had)\b")

HIGHER, LOWER = "higher", "lower"
BETTER = ("better", "worse", "stronger", "weaker", "更好", "更强", "更差", "更优", "更弱")


def rule(state: State) -> None:
    """Takes the words that say more or less of two periods, or of two groups."""
    words = [m for m in state.marks if m.has(HIGHER, LOWER) and m.became in ("", "compare")]
    words += list(state.free(lambda m: m.text in BETTER and m.has("judge")))
    for mark in words:
        mark.became = ""
    named = any(m.became.startswith("metric:") for m in state.marks)
    if not words or (not named and any(w in m.text for m in words for w in OWN_MEASURE)):
        return
    if state.compare is None:
        _which_of_two(state, words)
    elif not any(_counted(state, w) for w in words) and (named or not any(m.became == "subject" for m in state.marks)):
        _group_by_described(state, words)
        _of_two_periods(state, words)


def _of_two_periods(state: State, words: list[Mark]) -> None:
    """Stores that sold more in December than in November are kept; of a total both figures tell."""
    kept = any(m.has("which", "list") and m.became for m in state.marks) or any(_describes(state, w) for w in words)
    if any(not g.grain for g in state.groups) and not state.having and kept:
        if any(o.side in ("growth", "difference") for o in state.order):
            return _take(state, words)  # 多卖最多的: ranked by the change
        if state.order or len({m.has(HIGHER) for m in words}) > 1 or not state.metrics:
            return
        metric = state.metrics[0].name
        state.having.append(Having(by=metric, side="difference", op=">" if words[0].has(HIGHER) else "<", value=0))
    _take(state, words)


def _take(state: State, words: list[Mark]) -> None:
    for word in words:
        state.take(word, "compare")


def _counted(state: State, word: Mark) -> bool:
    """How many stores sold more, 比11月多的客户数: those that had more are counted, which no comparison of two totals does."""
    if any(m.has("how_many") and m.became == "count" for m in state.marks):
        return True
    if not word.text.isascii():
        owned = next(state.following(word), None)
        return bool(owned and owned.metrics and state.text[word.end : owned.start] == "的" and counted_entity(state, owned.metrics[0]))
    before = next(state.preceding(word), None)
    if before is None or not before.metrics or not counted_entity(state, before.metrics[0]):
        return False
    return before.text.split()[-1] in verbs_of(state.catalog)[home_of(state)] or (word.has("versus") and before.text.startswith("how many"))


def _group_by_described(state: State, words: list[Mark]) -> None:
    """比11月高的门店, stores that sold more than in November: what the clause describes is what is asked for."""
    if any(not g.grain for g in state.groups):
        return
    for word in words:
        described = _describes(state, word)
        if described is not None and described.became in ("", "subject"):
            described.became = ""
            state.add_group(Group(field=described.groupable))
            state.take(described, f"group:{described.groupable}")
            for mark in state.ops("which", "list", "by"):
                state.take(mark, "group")
            return


def _describes(state: State, word: Mark) -> Mark | None:
    chinese = not word.text.isascii()
    side = state.following(word, skip=lambda m: m.filler or m.time or m.has("versus", HIGHER, LOWER)) if chinese else state.preceding(word)
    near = [m for m in side if state.same_clause(word, m)][: 1 if chinese else None]
    return next((m for m in near if m.groupable and not m.metrics and _joined(state, word, m)), None)


def _joined(state: State, word: Mark, described: Mark) -> bool:
    between = state.text[min(word.end, described.end) : max(word.start, described.start)]
    if not word.text.isascii():
        return between.endswith("的")
    return bool(_RELATIVE.match(between)) or state.text[: described.start].strip() in ("", "list", "show me", "which", "what")


def _which_of_two(state: State, words: list[Mark]) -> None:
    """National or private label: which has the higher rate? A row for each of them."""
    listed = {c.field for c in state.where if isinstance(c, FieldCondition) and c.op == "in" and isinstance(c.value, tuple) and len(c.value) > 1}
    two = {f"{d}.{f}" for d, s in state.catalog.spec.datasets.items() for f, spec in s.fields.items() if len(spec.values) == 2}
    if not any(g.case is not None or g.field in listed | two for g in state.groups):
        return
    named = [g.field for g in state.groups if g.field in two - listed and not any(getattr(c, "field", "") == g.field for c in state.where)]
    state.where += [FieldCondition(field=f, op="not_null") for f in named if f]  # of the two, not of what is unknown
    for word in [*words, *state.ops("which", "versus")]:
        state.take(word, "side by side")
