"""Makes the mall, and brings it in from its source files like any stranger's data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from semantic_layer.errors import ShopError, UsageError
from semantic_layer.shops.mall.generate import generate
from semantic_layer.sources.refresh import Place, refresh

SCALE = 0.1  # of the packaged shop, which is made when it is first asked
VARIABLE = "WENSHU_MALL_SCALE"


def load(database: Path) -> None:
    """Writes the database, and beside it `sources/` and `truth/`. Raises ShopError when the place cannot be written, UsageError for a wrong scale."""
    try:
        generate(database.parent, _scale())
    except BaseException:  # half a mall would pass for a whole one
        for made in ("sources", "truth"):
            shutil.rmtree(database.parent / made, ignore_errors=True)
        raise
    report = refresh(Place(Path(__file__).parent, database.parent, database, database.parent / ".wenshu"))
    if report.stopped:
        first = report.stopped[0]
        raise ShopError(f"The source {first.source} of the mall: {first.message.en}", f"商城的来源 {first.source}：{first.message.zh}")


def _scale() -> float:
    named = os.environ.get(VARIABLE, "")
    try:
        return float(named) if named else SCALE
    except ValueError:
        raise UsageError(f"{VARIABLE} has to be a number, not {named}.", f"{VARIABLE} 应为数字，而不是 {named}。") from None
