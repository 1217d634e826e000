"""Yes or no about a rank: is FOB our biggest ship mode?"""

from __future__ import annotations

from assistant.reading.outcome import Refuse
from assistant.reading.rules.bound_words import wants_yes_or_no
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import FieldCondition


def is_it_the_first(state: State) -> None:
    """The ranking itself tells whether the one that is named stands first; one value alone is never ranked."""
    if state.limit is None or not state.order or state.limit_per or len(state.groups) != 1:
        return
    field = state.groups[0].field
    named = next((c for c in state.where if isinstance(c, FieldCondition) and c.field == field and c.op == "="), None)
    if named is None:
        return
    own = state.catalog.spec.entities.get(named.field)
    label = own.label if own else state.catalog.field(named.field).spec.label
    if not wants_yes_or_no(state):
        raise Refuse(
            Text(
                zh=f"只有一个{label.zh}（{named.value}），没有可排的。请去掉它，或者只问它的数。",
                en=f"There is only one {label.en} ({named.value}), and nothing to rank. Leave it out, or ask for its figure alone.",
            )
        )
    state.where.remove(named)
    state.limit = None
    state.assume(f"{named.value}是不是第一，看排名即知", f"whether {named.value} comes first is told by the ranking")
