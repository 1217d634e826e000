"""The standardisers: each brings the many ways to write a kind of value into one. One class each, listed by its decorator."""

from semantic_layer.sources.standardise import identifiers, lookup, numbers, people, places, text, times
from semantic_layer.sources.standardise.base import STANDARDISERS, Context, Standardiser

__all__ = ["STANDARDISERS", "Context", "Standardiser", "identifiers", "lookup", "numbers", "people", "places", "text", "times"]
