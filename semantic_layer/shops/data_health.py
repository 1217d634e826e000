"""The health of the data of a shop, for reports."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from semantic_layer.errors import ShopError
from semantic_layer.shops.refreshing import refreshable
from semantic_layer.shops.shop import shop_folders
from semantic_layer.sources.health import Health, judged, read_kept
from semantic_layer.sources.load import SOURCES, load_sources


def data_health(which: str, now: dt.datetime | None = None) -> Health | None:
    """What is known of the data of a shop, `now` with a zone; None where it has no sources. Raises ShopError, EngineError."""
    folder, _ = shop_folders(which)
    if not (folder / SOURCES).is_file():
        return None
    place = refreshable(which)
    spec = load_sources(place.folder)
    if not place.database.is_file():
        command = f"wenshu refresh --shop {which}"
        raise ShopError(f"The shop {which} was never refreshed. Run: {command}", f"店铺 {which} 从未刷新。请运行：{command}")
    here = (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(spec.timezone)).replace(tzinfo=None)
    return judged(spec, read_kept(spec, place.database, place.state), here)
