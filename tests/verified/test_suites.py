"""What is reached on the suites of verified questions; the floors only ever rise."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.verified import main

SUITES = Path(__file__).parents[2] / "eval" / "suites" / "verified"


FLOORS = (
    ("completejourney-verified-dev", 48),
    ("completejourney-verified-dev2", 47),
    ("completejourney-verified-dev3", 48),
    ("mall-verified-dev", 46),
    ("mall-verified-dev2", 45),
    ("mall-verified-dev3", 46),
    ("wholesale-verified-dev", 46),
)


@pytest.mark.parametrize("gate", FLOORS, ids=lambda g: g[0])
def test_paraphrases_are_found_and_no_other_question_is_taken(gate: tuple[str, int]) -> None:
    assert main([str(SUITES / f"{gate[0]}.jsonl"), "--gate", f"found={gate[1]},taken=0"]) == 0
