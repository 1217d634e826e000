"""Runs the commands of a page: its fenced `sh` blocks, in order, in one folder, as a reader would.

A `text` block right after one shows what it prints: each of its lines has to be in the output, in this order; a line of
dots stands for lines that the page leaves out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.places import home

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("…", "...")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is where it begins."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(m[1], m[2], page.count("\n", 0, m.start()) + 1) for m in _FENCE.finditer(page)]


def commands(page: str) -> list[str]:
    """What its `sh` blocks say."""
    return [block.text for block in blocks(page) if block.language == "sh"]


def run_page(page: str, folder: Path) -> None:
    """Runs a page; fails with the line of the first block that fails, or that prints something else than the page shows."""
    environment = _environment(folder)
    output = ""
    for block in blocks(page):
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", block.text]
            done = subprocess.run(command, cwd=folder / "here", env=environment, capture_output=True, text=True, timeout=600)
            output = done.stdout + done.stderr
            assert done.returncode == 0, f"line {block.line}: exit code {done.returncode}\n{block.text}\n{output}"
        elif block.language == "text":
            missing = _missing(block.text, output)
            assert missing is None, f"line {block.line}: not printed, or not in this order: {missing}\nprinted was:\n{output}"


def _environment(folder: Path) -> dict[str, str]:
    """`wenshu` and `python3` are those of the tests; the shops that are built already are used."""
    programs = folder / "programs"
    programs.mkdir()
    (folder / "here").mkdir()
    for name, arguments in (("wenshu", "-m assistant.channels.cli"), ("python3", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "WENSHU_HOME": str(home())}


def _missing(shown: str, output: str) -> str | None:
    """The first line of what is shown that is not printed after the one before it."""
    printed = [line.rstrip() for line in output.splitlines()]
    at = 0
    for line in (each.rstrip() for each in shown.splitlines()):
        if line and line not in LEFT_OUT:
            if line not in printed[at:]:
                return line
            at = printed.index(line, at) + 1
    return None
