"""A first catalog from the tables of a database."""

from semantic_layer.catalog.draft.draft import draft_catalog
from semantic_layer.catalog.draft.drafted import Drafted, Review
from semantic_layer.catalog.draft.folder import write_shop
from semantic_layer.catalog.draft.sales import name_sales
from semantic_layer.catalog.draft.things import name_things

__all__ = ["Drafted", "Review", "draft_catalog", "name_sales", "name_things", "write_shop"]
