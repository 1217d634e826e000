"""A shop whose data have yet to be taken in from its sources."""

from __future__ import annotations

import shlex
from pathlib import Path

from semantic_layer.errors import ShopError
from semantic_layer.sources.load import SOURCES


def check_refreshed(folder: Path, database: Path) -> None:
    """Raises ShopError where `folder` says where the data come from, and the database was never made of them."""
    if not database.exists() and (folder / SOURCES).is_file():
        command = f"wenshu refresh --shop {shlex.quote(str(folder))}"
        raise ShopError(
            f"There is no database file {database} yet: the shop was never refreshed. Run: {command}",
            f"还没有数据库文件 {database}：该店铺从未刷新。请运行：{command}",
        )
