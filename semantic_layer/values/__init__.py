"""The index of dimension values: which field and value a word of a question means."""

from semantic_layer.values.entries import MAX_PER_FIELD, ValueEntry, collect_values
from semantic_layer.values.index import ValueHit, ValueIndex, ValueMatch

__all__ = ["MAX_PER_FIELD", "ValueEntry", "ValueHit", "ValueIndex", "ValueMatch", "collect_values"]
