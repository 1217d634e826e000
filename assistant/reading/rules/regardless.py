"""What a question says makes no difference: whether or not they ordered, 没下过单的也算上, registered customers.

Words of this kind keep and take out nobody; they ask for all of an entity, as its own dataset lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, kept_in
from assistant.reading.state import State

# To the end of the clause, each of these says of someone who did or did not do something that he counts all the same.
_EITHER_WAY = re.compile(
    r"(?:不管|无论|不论|甭管|别管)(?:有没有|是否|[^,;。?]{0,6}没)[^,;。?]{0,10}"
    r"|(?:包括|包含|含|连同|算上)[^,;。?]{0,6}[没未][^,;。?]{1,10}"
    r"|[没未][^,;。?]{1,10}(?:也|都)(?:要|一起|一并)?(?:算|包括|包含|计|统计|纳入)(?:上|进去|进来|在内|入|内|下单|[一]?单|订单)?"
    r"|\b(?:whether or not|whether or no|regardless of (?:whether|if)|no matter (?:whether|if)|irrespective of whether)\b[^,;?]+"
    r"|\b(?:includ(?:ing|es?)|even|count(?:ing)?|as well as|plus)\b[^,;?]{0,24}\b(?:who|that|which|if they)\b[^,;?]{0,12}"
    r"(?:\bnever|\bnot|n't|nothing|without)\b[^,;?]*"
)


def rule(state: State) -> None:
    """Takes the words where what is counted is listed by itself; elsewhere they stay unexplained."""
    if not (_has_a_list(state) or _keeps_all(state)):
        return
    for mark in _inside(state):
        mark.verbs, mark.did, mark.entities, mark.fields, mark.segments, mark.metrics, mark.counters = (), (), (), (), (), (), ()
        mark.number, mark.ops = None, frozenset([FILLER])
    denied = bool(state.ops("not")) and any(m.verbs for m in state.marks)  # registered but never ordered
    for mark in state.free(lambda m: (m.unknown or (m.lacking and denied)) and kept_in(m.text)):
        mark.ops, mark.lacking = frozenset([FILLER]), ""


def _has_a_list(state: State) -> bool:
    """Whether someone is named whose own dataset tells who there is, apart from what they did."""
    named = {e for m in state.marks for e in (*m.entities, *(counted_entity(state, n) for n in m.metrics[:1])) if e}
    owners = {state.catalog.entity(e).dataset for e in named}
    owners |= {h for m in state.marks for n in m.metrics[:1] for h in state.catalog.formula(n).homes}
    return any(d is not None and state.catalog.dataset(d).time is None for d in owners)


def _keeps_all(state: State) -> bool:
    """下单数，含没付款的: what is counted are all the rows of a dataset, whatever became of them."""
    said = list(_EITHER_WAY.finditer(state.text))
    named = [n for m in state.marks for n in m.metrics[:1] if not any(s.start() <= m.start < s.end() for s in said)]
    return bool(named) and all(not state.catalog.metric(n).filter and len(state.catalog.formula(n).aggregates) == 1 for n in named)


def _inside(state: State) -> Iterator[Mark]:
    for said in _EITHER_WAY.finditer(state.text):
        marks = [m for m in state.marks if said.start() <= m.start and m.end <= said.end()]
        if any(m.verbs or m.did or m.metrics for m in marks) and not any(m.time or m.values or m.ids for m in marks):
            yield from marks


def either_way(text: str) -> bool:
    """Whether a text says that what was done or not makes no difference."""
    return _EITHER_WAY.search(text) is not None
