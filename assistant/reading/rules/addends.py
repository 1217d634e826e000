"""The parts that a total is the sum of: retail, coupon and coupon match discounts; 折扣、券、配券全加一块儿.

In a list each may be said short, by what sets it apart; together they are the total, side by side they are columns.
"""

from __future__ import annotations

import re
from itertools import pairwise

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import MetricRef

_JOINT = re.compile(r"\s*(?:[,、&+/;]|和|与|及|以及|还有|再加|\b(?:and|plus|in|the|from|as well as)\b|\s)+\s*")
_TOGETHER = re.compile(
    r"全加|加在?一(?:块|起)|加起来|加总|都算|全算|合计|合起来|一起算"
    r"|\b(?:all added up|added (?:up|together)|altogether|combined|together|in total|all in|summed)\b"
)
_TOTAL_TOO = re.compile(r"(?:\band|,|、|和|以及)\s*(?:altogether|in total|in all|the total|together|overall|合计|总计|总额)\s*[?？]?\s*$")
_APART = re.compile(r"分别|各自?|单独|分开|\b(?:each|separately|side by side|respectively|next to each other)\b")
_TALLY = re.compile(r"[两三四五](?:样|项|种|者|个|块|笔)|(?:all |the )?(?:two|three|four)")


def rule(state: State) -> None:
    """Takes a list of such parts."""
    for total, parts in _totals(state):
        listed = _listed(state, total, parts)
        if listed:
            _asked(state, total, listed)
            return


def _totals(state: State) -> list[tuple[str, list[str]]]:
    """The metrics that are the sum of what other metrics sum up, with these."""
    columns: dict[str, str] = {}
    sums: dict[str, list[str]] = {}
    for name in state.catalog.spec.metrics:
        formula = state.catalog.formula(name)
        call = formula.aggregates[0].call
        if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, exp.Sum) or formula.aggregates[0].filter:
            continue
        if isinstance(call.this, exp.Column):
            columns.setdefault(call.this.sql(), name)
        elif isinstance(call.this, exp.Add) and all(isinstance(x, (exp.Column, exp.Add)) for x in call.this.iter_expressions()):
            sums[name] = [c.sql() for c in call.this.find_all(exp.Column)]
    return [(name, [columns[c] for c in found]) for name, found in sums.items() if all(c in columns for c in found)]


def _listed(state: State, total: str, parts: list[str]) -> list[tuple[Mark, str]]:
    """The longest list of marks that stand for different parts of a total, one of them at least by its own name."""
    best: list[tuple[Mark, str]] = []
    named = state.free(lambda m: m.metrics or m.entities or m.unknown or m.values)
    run: list[Mark] = []
    runs: list[list[Mark]] = []
    for mark in named:
        if run and not _JOINT.fullmatch(state.text[run[-1].end : mark.start]):
            runs.append(run)
            run = []
        run.append(mark)
    for marks in [*runs, run]:
        told = [(m, p) for m in marks if (p := _part(state, m, total, parts))]
        rest = [p for p in parts if p not in {p for _, p in told}]
        usual = [m for m in marks if total in m.metrics]
        if usual and len(rest) == 1 and len(told) == len(parts) - 1:
            told = sorted([*told, (usual[0], rest[0])], key=lambda x: x[0].start)
        by_name = any(set(m.metrics) & set(parts) for m, _ in told)
        if by_name and len({p for _, p in told}) == len(told) > max(1, len(best)) and _closed(state, [m for m, _ in told]):
            best = told
    return best


def _closed(state: State, marks: list[Mark]) -> bool:
    return all(_JOINT.fullmatch(state.text[a.end : b.start]) for a, b in pairwise(marks))


def _part(state: State, mark: Mark, total: str, parts: list[str]) -> str | None:
    """The part that a mark names, in full or by what comes before the name of the total: coupon(s) discount, 券折扣."""
    if own := [p for p in parts if p in mark.metrics]:
        return own[0]
    if mark.metrics:
        return None
    short = {mark.text, mark.text.removesuffix("s"), mark.text.replace("-", " ")}
    names = [n.lower() for n in state.catalog.metric(total).names()]
    full = {f"{s}{' ' if s.isascii() else ''}{n}" for s in short for n in names}
    found = [p for p in parts if full & {n.lower() for n in state.catalog.metric(p).names()}]
    return found[0] if len(found) == 1 else None


def _asked(state: State, total: str, listed: list[tuple[Mark, str]]) -> None:
    """The total where they are added up, or only say what it is of; else each of them."""
    whole = [m for m in state.free(lambda m: total in m.metrics) if m not in [x for x, _ in listed]]
    apart = bool(_APART.search(state.text))
    too = bool(_TOTAL_TOO.search(state.text))
    complete = len(listed) > 2
    summed = complete and not apart and not too and (_TOGETHER.search(state.text) or whole)
    names = [total] if summed else [*(p for _, p in listed), *([total] if too else [])]
    for name in names:
        state.add_metric(MetricRef(metric=name))
    for mark, part in listed:
        state.take(mark, "said" if summed else f"metric:{part}")
    for mark in whole:
        state.take(mark, f"metric:{total}" if total in names else "said")
    said = [m for m in state.free() if _TOGETHER.fullmatch(m.text) or _TALLY.fullmatch(m.text) or (_TOGETHER.search(m.text) and m.has("total"))]
    said += [m for m in state.free(lambda m: m.number and m.number.value == len(listed)) if m not in said]
    for mark in [*said, *state.ops("separately", "total", "versus")]:
        state.take(mark, "said")
