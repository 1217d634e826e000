"""Refreshes a shop from its sources."""

from __future__ import annotations

from collections.abc import Callable

from semantic_layer.errors import ShopError
from semantic_layer.shops.settings import read_settings
from semantic_layer.shops.shop import locate, shop_folders
from semantic_layer.sources.follow import Told, follow
from semantic_layer.sources.load import SOURCES
from semantic_layer.sources.refresh import Options, Place, Progress, Report, refresh


def refreshable(which: str) -> Place:
    """Where the sources and the data of a shop are; a packaged one is made if it is not there yet. Raises ShopError where it has no sources.yaml."""
    folder, _ = shop_folders(which)
    if not (folder / SOURCES).is_file():
        raise ShopError(
            f"The shop {which} has no {SOURCES}: its data come from elsewhere, nothing is to be refreshed. docs/sources.md says how to write one.",
            f"店铺 {which} 没有 {SOURCES}：它的数据另有来处，无需刷新。写法见 docs/sources.zh-CN.md。",
        )
    folder, data = locate(which)
    settings, _ = read_settings(folder)
    return Place(folder, data, data / settings.database, data / ".wenshu", which)


def follow_shop(which: str, minutes: float, continuous: bool, told: Told, stop: Callable[[float], bool]) -> None:
    """Refreshes until `stop` says so; see `follow`. Raises ShopError."""
    follow(refreshable(which), Options(), minutes * 60, told, stop, continuous=continuous)


def refresh_shop(which: str, options: Options, progress: Progress) -> Report:
    """One refresh. Raises ShopError."""
    return refresh(refreshable(which), options, progress)
