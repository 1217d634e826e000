"""The health of the data of a shop, for reports."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from zoneinfo import ZoneInfo

from semantic_layer.errors import CatalogError, Message, ShopError
from semantic_layer.shops.definition import read_definition
from semantic_layer.shops.effects import with_effects
from semantic_layer.shops.refreshing import refreshable
from semantic_layer.shops.settings import read_settings
from semantic_layer.shops.shop import Shop, shop_folders
from semantic_layer.sources.health import Health, judged, read_kept
from semantic_layer.sources.load import SOURCES, load_sources
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.refresh import Place

log = logging.getLogger("wenshu.health")
_NO_CATALOG = Message(
    "The catalog has mistakes, so that effects on metrics are not computed. See: wenshu catalog check",
    "数据目录有错误，因此没有计算对指标的影响。请看：wenshu catalog check",
)


def data_health(which: str, now: dt.datetime | None = None, *, whole: bool = True, effects: bool = False) -> Health | None:
    """What is known of the data of a shop, `now` with a zone; unless `whole`, only what is quickly found: nothing of single columns.

    With `effects` also what is wrong does to the metrics of the catalog.
    None where it has no sources. Raises ShopError, EngineError.
    """
    folder, _ = shop_folders(which)
    if not (folder / SOURCES).is_file():
        return None
    place = refreshable(which)
    spec = load_sources(place.folder)
    if not place.database.is_file():
        command = f"wenshu refresh --shop {which}"
        raise ShopError(f"The shop {which} was never refreshed. Run: {command}", f"店铺 {which} 从未刷新。请运行：{command}")
    return _judged(place, spec, now, whole, effects)


def health_of(shop: Shop, now: dt.datetime | None = None) -> Health | None:
    """As `data_health`, whole and with effects, of a shop that is open."""
    if not (shop.folder / SOURCES).is_file():
        return None
    place = Place(shop.folder, shop.data, shop.database, shop.state, shop.name)
    return _judged(place, load_sources(shop.folder), now, True, True)


def _judged(place: Place, spec: SourcesSpec, now: dt.datetime | None, whole: bool, effects: bool) -> Health:
    here = (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(spec.timezone)).replace(tzinfo=None)
    health = judged(spec, read_kept(spec, place.database, place.state, whole=whole), here)
    if not effects:
        return health
    try:
        definition, _ = read_definition(place.folder, *read_settings(place.folder))
    except CatalogError as error:
        log.info("%s: %s", place.shop, error)
        return replace(health, note=_NO_CATALOG)
    today = definition.settings.today or here.date()
    return with_effects(health, spec, definition.catalog, today, place.database, place.state)
