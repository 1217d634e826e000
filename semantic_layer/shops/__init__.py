"""Shops: a folder with settings, a catalog and data; some come packaged."""

from semantic_layer.shops.access import Access
from semantic_layer.shops.check import check_shop
from semantic_layer.shops.shop import Shop, is_built, open_shop, packaged_shops

__all__ = ["Access", "Shop", "check_shop", "is_built", "open_shop", "packaged_shops"]
