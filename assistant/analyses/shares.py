"""By which dimension a change is best told: where shares changed, or where its members differ most from moving together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from assistant.analyses.formula import mix_and_rate
from assistant.analyses.scan import LEAST_PAST
from assistant.analyses.tables import BEFORE, NOW, Floats, Table

_MOST_MEMBERS = 12  # of a dimension that is told by its members, where there is one of so few
_UNUSUAL = 3.0  # times the root of the mean square of earlier ones
_LEAST_MIX = 0.1  # of the change


@dataclass(frozen=True)
class Shift:
    """What changed shares of a dimension's members contribute to the change of a rate, and what their own changes do."""

    field: str
    mix: float
    rate: float
    all_against: bool  # every member went one way, the whole went the other


def shift_of_shares(tables: Iterable[Table]) -> Shift | None:
    """The dimension whose changed shares contribute most, where that is more than they usually do."""
    found = [s for t in tables if t.bottom is not None and (s := _shift(t)) is not None]
    return max(found, key=lambda s: (s.all_against, abs(s.mix)), default=None)


def _shift(table: Table) -> Shift | None:
    both = mix_and_rate(table)
    mix, rate = float(both.mix.sum()), float(both.rate.sum())
    sides = table.top.shape[1]
    if sides - 1 > LEAST_PAST:
        past = [mix_and_rate(table, now=s, before=s + 1).mix.sum() for s in range(BEFORE, sides - 1)]
        if abs(mix) <= _UNUSUAL * float(np.sqrt(np.mean(np.square(past)))):
            return None
    if abs(mix) < _LEAST_MIX * abs(mix + rate):
        return None
    return Shift(table.fields[0], mix, rate, _all_against(table, mix + rate))


def _all_against(table: Table, change: float) -> bool:
    assert table.bottom is not None
    there = (table.bottom[:, NOW] > 0) & (table.bottom[:, BEFORE] > 0)
    own = table.values[there, NOW] - table.values[there, BEFORE]
    return len(own) > 1 and bool((own * np.sign(change) < 0).all())


def effects_of_members(table: Table) -> Floats:
    """What each member contributed to the change: its own change, of a rate what its share and its rate did. They add up."""
    if table.bottom is None:
        return np.asarray(table.top[:, NOW] - table.top[:, BEFORE])
    both = mix_and_rate(table)
    return np.asarray(both.mix + both.rate)


def most_telling(tables: Iterable[Table]) -> Table | None:
    """The table whose members differ most from all changing by the same factor."""
    known = list(tables)
    few = [t for t in known if len(t.keys) <= _MOST_MEMBERS] or known
    return max(few, key=_apart, default=None)


def _apart(table: Table) -> float:
    before, now = table.top[:, BEFORE], table.top[:, NOW]
    if table.bottom is not None:
        return float(np.abs(effects_of_members(table)).sum())
    scale = now.sum() / before.sum() if before.sum() else 0.0
    return float(np.abs(now - before * scale).sum())
