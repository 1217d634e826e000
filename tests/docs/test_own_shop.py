"""The walk from a database of one's own to answers, command by command, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import unless_full
from tests.docs.blocks import ROOT, run_page


@pytest.mark.parametrize("page", ["own-shop.zh-CN.md", *unless_full("own-shop.md")])
def test_the_walk_to_a_shop_of_ones_own(tmp_path: Path, page: str) -> None:
    run_page((ROOT / "docs" / page).read_text(encoding="utf-8"), tmp_path)
