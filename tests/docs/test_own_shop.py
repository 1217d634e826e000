"""The walk from a database of one's own to answers, command by command."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import ROOT, run_page


def test_the_walk_to_a_shop_of_ones_own(tmp_path: Path) -> None:
    run_page((ROOT / "docs" / "own-shop.md").read_text(encoding="utf-8"), tmp_path)
