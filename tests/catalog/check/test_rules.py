"""Each rule against a small catalog that breaks it: the line, the words, and nothing else reported."""

from __future__ import annotations

import pytest

from semantic_layer.catalog.check import RULES
from tests.catalog.check.bad_shops import CASES
from tests.catalog.check.breaks import Break
from tests.catalog.check.conftest import CATALOG, DuckInspector, Shop, broken, marked_lines
from tests.catalog.check.data_breaks import COLUMNS, DATASETS, RELATIONSHIPS
from tests.catalog.check.metric_breaks import CONDITIONS, METRICS, NAMES, VALUES

SEVERITY = {type(rule).__name__: rule.severity for rule in RULES}
ALL = [*COLUMNS, *DATASETS, *RELATIONSHIPS, *METRICS, *CONDITIONS, *NAMES, *VALUES]


def test_the_healthy_catalog_has_no_problems(shop: Shop, inspector: DuckInspector) -> None:
    shop.write(CATALOG)
    assert shop.check(inspector) == []
    assert shop.check() == []


@pytest.mark.parametrize("case", ALL, ids=lambda b: f"{b.rule}: {b.words[0]}")
def test_a_rule_names_the_line_and_the_way_out(shop: Shop, inspector: DuckInspector, case: Break) -> None:
    text = broken(*case.changes)
    shop.write(text)
    found = shop.check(inspector)
    if SEVERITY[case.rule] == "warning":
        assert found == []
        found = [p for p in shop.warnings(inspector) if p.rule == case.rule and p.place.line in marked_lines(text)]
    assert [(str(p.place), p.rule) for p in found] == [
        (f"catalog/shop.yaml:{n}", case.rule) for n in marked_lines(text)
    ]
    for word in case.words:
        assert word in " ".join(p.message for p in found)


def test_every_rule_is_tried_and_explains_itself() -> None:
    assert {type(rule).__name__ for rule in RULES} == {case.rule for case in ALL} | {case.rule for case in CASES if case.rule in SEVERITY}
    for rule in RULES:
        assert (type(rule).__doc__ or "").endswith(".")
