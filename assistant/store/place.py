"""Where the store is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from semantic_layer.places import home

if TYPE_CHECKING:
    from semantic_layer.shops import Shop


def store_url(shop: Shop | None = None) -> str:
    """The URL of the store: WENSHU_STORE, else `store:` of the shop's settings, else `store.sqlite` in WENSHU_HOME.

    A relative SQLite file of the settings is seen from the shop's folder. Raises StoreError for what is no URL.
    """
    named = os.environ.get("WENSHU_STORE")
    if named:
        return named
    if shop is None or not shop.settings.store:
        return f"sqlite:///{home().absolute() / 'store.sqlite'}"
    from assistant.store.opening import parsed, seen_from

    return seen_from(shop.folder, parsed(shop.settings.store)).render_as_string(hide_password=False)
