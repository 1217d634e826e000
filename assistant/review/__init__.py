"""The review of answers that users found wrong: what was read then and now, side by side, and what an analyst makes of it.

A correction is a verified question, or a change of the catalog that is shown as a diff before anybody applies it.
"""

from assistant.review.catalog_changes import CatalogChange, alias, synonym
from assistant.review.items import Item, items, said_back

__all__ = ["CatalogChange", "Item", "alias", "items", "said_back", "synonym"]
