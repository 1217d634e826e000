"""Arithmetic of playbooks: what it gives, how it is written out, and that it is nothing but arithmetic."""

from __future__ import annotations

import pytest

from assistant.actions.formulas import names_in, value_of, written_out
from semantic_layer.errors import InvalidValue

KNOWN = {"a": 6.0, "b": 4.0, "c": 2.0, "none": None, "zero": 0.0}


@pytest.mark.parametrize(
    ("formula", "value", "written"),
    [
        ("a + b * c", 14, "6 + 4 × 2"),
        ("(a + b) * c", 20, "(6 + 4) × 2"),
        ("a - (b - c)", 4, "6 − (4 − 2)"),
        ("a / (b / c)", 3, "6 ÷ (4 ÷ 2)"),
        ("a / b / c", 0.75, "6 ÷ 4 ÷ 2"),
        ("max(0, b - a)", 0, "max(0, 4 − 6)"),
        ("-a * c", -12, "−6 × 2"),
        ("round(a / b)", 2, "6 ÷ 4"),
    ],
)
def test_a_formula_gives_and_shows_the_same(formula: str, value: float, written: str) -> None:
    assert value_of(formula, KNOWN) == value
    assert written_out(formula, {k: f"{v:g}" for k, v in KNOWN.items() if v is not None}) == written


@pytest.mark.parametrize("formula", ["a / zero", "a + none", "a + unheard_of"])
def test_what_cannot_be_known_is_unknown(formula: str) -> None:
    assert value_of(formula, KNOWN) is None


@pytest.mark.parametrize(
    "formula", ["__import__('os')", "a.b", "a[0]", "a if b else c", "lambda: 1", "a ** 9 ** 9", "'a' * 3", "a,", "max()", "", "a" * 400, "(" * 200]
)
def test_nothing_else_is_taken(formula: str) -> None:
    with pytest.raises(InvalidValue):
        names_in(formula)
