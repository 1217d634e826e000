"""The rules of composition, in their order. Each takes the marks it understands and adds its part to the draft.

More specific constructions come first, so that what they need is not taken as a plain metric, group or filter.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.reading.rules import (
    averages,
    axes,
    bounds,
    buckets,
    comparatives,
    comparison,
    counting,
    doings,
    entities,
    every,
    filters,
    groups,
    lasting,
    listing,
    measures,
    parts,
    periods,
    ranking,
    refusals,
    shares,
    windows,
)
from assistant.reading.state import State

RULES: tuple[Callable[[State], None], ...] = (
    refusals.not_built,
    buckets.rule,
    windows.rolled_ranges,
    bounds.rule,
    parts.rule,
    every.rule,
    doings.rule,
    periods.rule,
    entities.new_and_returning,
    counting.told_apart,
    lasting.going_on,
    listing.rule,
    axes.rule,
    averages.nested,
    measures.ratios,
    windows.rule,
    measures.of_verbs,
    shares.parts,
    filters.excluded,
    filters.included,
    comparison.rule,
    measures.counts,
    filters.known,
    ranking.rule,
    groups.rule,
    filters.known_groups,
    filters.unknown_too,
    averages.rule,
    measures.rule,
    periods.lasting,
    lasting.counted,
    shares.rule,
    filters.segments,
    counting.of_each,
    counting.where_it_happened,
    listing.names,
    measures.defaults,
    comparatives.rule,
    comparison.based,
    measures.within_conditions,
)
