"""The semantic model of a shop: what an analyst writes in YAML, checked and ready for every stage."""

from semantic_layer.catalog.catalog import Catalog, FieldRef
from semantic_layer.catalog.load import load_catalog, read_catalog
from semantic_layer.catalog.models import CatalogSpec

__all__ = ["Catalog", "CatalogSpec", "FieldRef", "load_catalog", "read_catalog"]
