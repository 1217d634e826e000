"""Checks a catalog against itself and against the database, and reports every mistake with file and line."""

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.check.run import RULES, check_catalog, find_breaking

__all__ = ["RULES", "Inspector", "Rule", "check_catalog", "find_breaking"]
