"""The rules of composition, in their order. Each takes the marks it understands and adds its part to the draft.

More specific constructions come first, so that what they need is not taken as a plain metric, group or filter.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.reading.rules import (
    buckets,
    comparison,
    conditions,
    entities,
    filters,
    groups,
    listing,
    measures,
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
    entities.sets,
    periods.rule,
    entities.new_and_returning,
    listing.rule,
    measures.nested,
    measures.ratios,
    windows.rule,
    conditions.rule,
    measures.of_verbs,
    entities.existence,
    shares.parts,
    measures.restricted,
    entities.doers,
    filters.excluded,
    filters.included,
    comparison.rule,
    measures.counts,
    ranking.rule,
    groups.rule,
    measures.averages,
    measures.rule,
    periods.lasting,
    shares.rule,
    filters.segments,
    measures.defaults,
    measures.within_conditions,
)
