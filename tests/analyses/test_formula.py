"""The laws of taking a change apart: whatever the numbers, the parts make the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.analyses.formula import mix_and_rate, shared_out
from assistant.analyses.tables import Table

amounts = st.floats(min_value=0.01, max_value=1e6)
factors = st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.lists(amounts, min_size=n, max_size=n)] * 2))
with_zeros = st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.lists(st.just(0.0) | st.floats(0.01, 1e4), min_size=n, max_size=n)] * 2))


@given(factors | with_zeros)
def test_contributions_of_factors_add_up(sides: tuple[list[float], list[float]]) -> None:
    before, now = sides
    change = math.prod(now) - math.prod(before)
    assert sum(shared_out(before, now)) == pytest.approx(change, rel=1e-9, abs=1e-6 * max(math.prod(now), math.prod(before), 1e-9))


@given(factors)
def test_a_factor_that_did_not_change_contributes_nothing_and_order_does_not_matter(sides: tuple[list[float], list[float]]) -> None:
    before, now = sides
    effects = shared_out(before, [before[0], *now[1:]])
    scale = max(map(abs, effects), default=1.0)
    assert effects[0] == pytest.approx(0.0, abs=1e-6 * scale + 1e-9)
    turned = shared_out(before[::-1], now[::-1])[::-1]
    assert turned == pytest.approx(shared_out(before, now), rel=1e-6, abs=1e-6 * max(math.prod(before), math.prod(now)))


members = st.lists(st.tuples(*[st.integers(0, 10_000)] * 4), min_size=2, max_size=12)


@given(members)
def test_mix_and_rate_add_up(rows: list[tuple[int, int, int, int]]) -> None:
    bottom = np.array([[a + 1, b + 1] for a, b, _, _ in rows], dtype=float)
    top = np.array([[c, d] for _, _, c, d in rows], dtype=float)
    both = mix_and_rate(Table(("f.x",), tuple((str(i),) for i in range(len(rows))), top, bottom))
    change = top[:, 0].sum() / bottom[:, 0].sum() - top[:, 1].sum() / bottom[:, 1].sum()
    assert both.mix.sum() + both.rate.sum() == pytest.approx(change, rel=1e-9, abs=1e-9)


def test_the_worked_example() -> None:
    """Visitors +20%, conversion -20%, order value -5%: 540,000 becomes 492,480."""
    effects = shared_out([30_000, 0.1, 180], [36_000, 0.08, 171])
    assert effects == pytest.approx([94_055, -115_114, -26_461], abs=1)
