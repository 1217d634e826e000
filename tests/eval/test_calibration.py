"""The reliability table and the expected calibration error."""

from __future__ import annotations

import pytest

from eval.calibration import Judged, calibration
from eval.stats import Rate


def test_the_error_is_the_mean_distance_weighted_by_answers() -> None:
    found = calibration([Judged(0.9, True), Judged(0.95, True), Judged(0.94, False), Judged(0.55, True)])
    assert [(b.low, b.high, b.right) for b in found.bins] == [(0.5, 0.6, Rate(1, 1)), (0.9, 1.0, Rate(2, 3))]
    assert [b.confidence for b in found.bins] == pytest.approx([0.55, 0.93])
    assert found.error == pytest.approx((1 * 0.45 + 3 * (0.93 - 2 / 3)) / 4)
    assert found.cases == 4


def test_certainty_belongs_to_the_last_bin_and_doubt_to_the_first() -> None:
    found = calibration([Judged(1.0, True), Judged(0.0, False)])
    assert [(b.low, b.high) for b in found.bins] == [(0.0, 0.1), (0.9, 1.0)]
    assert found.error == 0


def test_without_answers_there_is_no_error() -> None:
    assert calibration([]).error is None and calibration([]).bins == ()
