"""How many people a test needs: as statsmodels says, and as published."""

from __future__ import annotations

import pytest

from assistant.actions import samples


@pytest.mark.parametrize(("base", "people"), [(0.01, 42_693), (0.03, 13_914), (0.05, 8_158), (0.12, 3_121)])
def test_a_fifth_more_needs_so_many(base: float, people: int) -> None:
    assert samples.per_arm(base, 1.2 * base) == people


@pytest.mark.parametrize("base", [0.005, 0.02, 0.1, 0.4])
@pytest.mark.parametrize("rise", [0.1, 0.2, 0.8])
def test_sizes_are_those_of_statsmodels(base: float, rise: float) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    theirs = proportion.samplesize_proportions_2indep_onetail(rise * base, base, samples.POWER, ratio=1, alpha=samples.ALPHA)
    assert samples.per_arm(base, base * (1 + rise)) == round(theirs)


@pytest.mark.parametrize("base", [0.01, 0.04, 0.3])
@pytest.mark.parametrize(("treated", "held"), [(1_600, 400), (8_000, 2_000), (500, 500)])
def test_the_smallest_effect_has_the_power_that_statsmodels_says(base: float, treated: int, held: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    rise = samples.detectable(base, treated, held)
    assert rise is not None
    power = proportion.power_proportions_2indep(rise, base, nobs1=treated, ratio=held / treated, alpha=samples.ALPHA).power
    assert power == pytest.approx(samples.POWER, abs=1e-4)


def test_so_few_show_nothing() -> None:
    assert samples.detectable(0.5, 2, 1) is None and samples.detectable(0.1, 100, 0) is None and samples.detectable(0, 100, 100) is None


@pytest.mark.parametrize(("hits", "of"), [(0, 30), (6, 100), (30, 30), (450, 7_310)])
def test_intervals_are_those_of_statsmodels(hits: int, of: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    assert samples.interval(hits, of) == pytest.approx(proportion.proportion_confint(hits, of, method="wilson"), abs=1e-12)
