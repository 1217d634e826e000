"""What metrics are known to be, against what the shop answers now."""

from __future__ import annotations

import decimal
import math
from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.models import ExpectSpec
from semantic_layer.catalog.source import Loc, Problem
from semantic_layer.errors import Message, WenshuError
from semantic_layer.query import MetricRef, SemanticQuery

_TINY = 1e-9  # sums of decimals written as floating point differ from 0 by this much


def _expected(model: Model) -> Iterator[tuple[Loc, str, ExpectSpec, object]]:
    """Place, metric, expectation, and the shop's answer or the error in its place."""
    for metric, spec in model.spec.metrics.items():
        if model.ask and spec.expect:
            query = SemanticQuery(metrics=(MetricRef(metric=metric),), where=spec.expect.where, time=spec.expect.time)
            yield ("metrics", metric, "expect"), metric, spec.expect, model.answer(query)


class UnmetExpectation(Rule):
    """A metric has the value that it is expected to have; otherwise its data or its definition have changed."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, expect, found in _expected(model):
            if isinstance(found, WenshuError) or _holds(expect, found):
                continue
            shown = ("empty", "空") if found is None else (str(found), str(found))
            said = Message(
                f"metric {metric}: expected {expect.value:g}, but it is {shown[0]}. Look at its definition and the data, or correct the value.",
                f"指标 {metric}：应为 {expect.value:g}，实际是{shown[1]}。请检查定义和数据，或改正期望值。",
            )
            yield self.at(model, (*loc, "value"), said)


class UnansweredExpectation(Rule):
    """The shop can answer what a metric is expected to be."""

    def check(self, model: Model) -> Iterator[Problem]:
        for loc, metric, _, found in _expected(model):
            if isinstance(found, WenshuError):
                said = Message(f"metric {metric}: what is expected of it cannot be asked: {found.en}", f"指标 {metric}：无法计算期望值：{found.zh}")
                yield self.at(model, loc, said)


def _holds(expect: ExpectSpec, found: object) -> bool:
    if not isinstance(found, (int, float, decimal.Decimal)):
        return False
    return math.isclose(found, expect.value, rel_tol=expect.tolerance, abs_tol=_TINY)
