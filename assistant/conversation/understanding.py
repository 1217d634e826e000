"""Whether a question is new or changes the last one, and its reading either way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.conversation.followup import FollowUp, kept, names_metric
from assistant.conversation.last import Last
from assistant.conversation.openings import without_opening
from assistant.reading import AskBack, Reader, Reading, Refuse
from assistant.reading.leftover import HEAVY, Leftovers
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import SemanticQuery
from semantic_layer.spelling import has_han

_SELLING = ("卖", "销", "sell", "sold", "seller", "bought", "买")
_ANEW = Text(zh="作为新问题，不沿用上一问", en="taken as a new question; nothing of the last one is kept")

# The day itself: of what is being talked about.
_THAT = re.compile(r"[当那][天日周月]|那一[天日周]|\b(?:that|the) (?:very )?(?:day|week|month)\b|\bitself\b", re.IGNORECASE)
_WITH_FILTERS = Text(zh="是沿用上一问的条件，还是不限条件？", en="With the filters of the last question, or without them?")
_WHICH = Text(
    zh="上一个问题没有回答。这句话是接着哪个问题说的？请选一个，或把问题说完整。",
    en="The last question was not answered. Which question does this go on from? Pick one, or ask in full.",
)
_NOTHING = Refuse(Text(zh="前面没有可以接着问的问题。", en="There is no earlier question to go on from."))

# What an answer between others has to reach: below it one in three was wrong.
_SURE = 0.85

Outcome = Reading | AskBack | Refuse


def understand(reader: Reader, question: str, last: Last | None, unanswered: tuple[SemanticQuery, ...] | None = None) -> Reading:
    """The reading of a question in its conversation. Raises AskBack or Refuse.

    What names a metric and stands on its own is new, unless its words tie it to the last question; everything else changes that.
    `unanswered` is what a question since then, that was not answered, may have meant: what changes a question is then asked back.
    """
    if opened := without_opening(question):
        return replace(reader.read(opened), notes=(_ANEW,))
    if last is None and not unanswered:
        return reader.read(question)
    base = last or (Last(unanswered[0]) if unanswered else None)
    pointed, follow = _followed(reader, question, base) if base else (False, _NOTHING)
    alone = _tried(lambda: reader.read(question))
    if isinstance(alone, Reading) and stands_alone(alone) and not (pointed and isinstance(follow, (Reading, AskBack))):
        _sure(alone, follow)
        if isinstance(follow, Reading) and base and _narrows(alone.query, follow.query, base.query):
            if _THAT.search(question):
                return follow
            raise AskBack(_WITH_FILTERS, (follow.query, alone.query))
        other = (follow.query,) if isinstance(follow, Reading) and follow.query != alone.query and not alone.query.time else ()
        return replace(alone, notes=(*alone.notes, _ANEW), others=other)
    if unanswered is not None:
        raise _of_which(reader, question, follow, unanswered)
    if isinstance(follow, Reading) or (pointed and isinstance(follow, AskBack)):
        reading = _given(follow)
        _sure(reading, alone)
        return reading
    raise _neither(follow, alone)


def _narrows(alone: SemanticQuery, follow: SemanticQuery, base: SemanticQuery) -> bool:
    """What did we sell on the 14th, of flowers by day in February: nothing but a part of the last period, so its filters may be meant."""
    only = SemanticQuery(metrics=alone.metrics, time=alone.time)
    inner, outer = alone.time, base.time
    if alone != only or alone.metrics != base.metrics or not base.where or not set(base.where) <= set(follow.where) or not (inner and outer):
        return False
    if inner.start is None or inner.end is None or outer.start is None or outer.end is None:
        return False
    return outer.start <= inner.start < inner.end <= outer.end and (inner.start, inner.end) != (outer.start, outer.end)


def answered_back(reader: Reader, asked: str, unexplained: Sequence[str], reply: str, last: Last | None) -> Reading | None:
    """The reading of a question that was asked back for its measure, with the measure that the reply names: best store? By sales in 2017."""
    pending, named = reader.marks(asked), reader.marks(reply)
    judged = {m.text for m in pending if m.has("judge", "top", "bottom")}
    if not unexplained or not set(unexplained) <= judged:
        return None
    if any(m.metrics and not m.entities for m in pending) or not any(m.metrics for m in named) or any(m.has("how_many", "which") for m in named):
        return None
    joint = "，" if has_han(asked + reply) else ", "
    reading = _tried(lambda: understand(reader, asked.strip(" ?？.。!！") + joint + reply.strip(), last))
    return reading if isinstance(reading, Reading) and not reading.unexplained else None


def _of_which(reader: Reader, question: str, follow: Outcome, unanswered: tuple[SemanticQuery, ...]) -> AskBack | Refuse:
    """Asks whether the question that was not answered is changed, or the one before it."""
    changed = [_followed(reader, question, Last(q))[1] for q in unanswered[:2]]
    readings = [q for o in (*changed, follow) for q in (o.choices if isinstance(o, AskBack) else [o.query] if isinstance(o, Reading) else ())]
    return AskBack(_WHICH, tuple(dict.fromkeys(readings))) if readings else Refuse(_WHICH)


def names_things(reader: Reader, question: str) -> bool:
    """Whether a question names anything of the shop, or what may be: if it is not answered, what follows would be about that."""
    marks = reader.marks(question)
    state = State(reader.text(question), marks, reader.shop.catalog, reader.shop.today)
    unknown = [m for m in marks if m.unknown]
    weigh = Leftovers(state)
    known = any(m.groupable or m.metrics or m.values or m.segments or m.ids or (m.time and m.time.kind != "unsupported") for m in marks)
    return known or any(weigh.weight(m) >= HEAVY for m in unknown)


def only_changes(reader: Reader, question: str, last: Last, unexplained: Sequence[str] | None) -> bool:
    """Whether a question that was refused, for what it left `unexplained` or for what the data cannot do, was only a change of the last one.

    A whole question, one that counts or names a metric of its own, is what the next one may be about.
    """
    marks = reader.marks(question)
    if any(m.has("how_many", "which", "top", "bottom") or m.verbs for m in marks):
        return False
    metrics = {name for m in marks if not m.entities for name in m.metrics}
    return not metrics or (not unexplained and metrics <= {m.metric for m in last.query.metrics})


def stands_alone(reading: Reading) -> bool:
    """Whether a reading names its metric and anything beside it, or lists rows."""
    query = reading.query
    if query.records is not None:
        return True
    sold = any(b == "verb" or (b == "order" and any(w in t for w in _SELLING)) for t, b in reading.words)
    beside = query.group_by or query.where or query.order_by or query.time or query.compare or any(m.where for m in query.metrics)
    return bool((names_metric(reading.words, query.metrics) or sold) and beside)


def _followed(reader: Reader, question: str, last: Last) -> tuple[bool, Outcome]:
    """Whether the words tie the question to the last one, and its reading as a change of that."""
    try:
        follow = FollowUp(reader, question, last)
    except AskBack as asked:
        return True, asked
    outcome = _tried(follow.read)
    if isinstance(outcome, Reading):
        note = kept(last.query, outcome.query)
        analysis = outcome.analysis or (last.analysis_of(outcome.query) if note else "")
        outcome = replace(outcome, notes=(note,) if note else (_ANEW,), analysis=analysis)
    return follow.changes.strong or follow.carries_on or bool(follow.qualified(follow.marks)), outcome


def _tried(read: Callable[[], Reading]) -> Outcome:
    try:
        return read()
    except (AskBack, Refuse) as outcome:
        return outcome


def _given(outcome: Outcome) -> Reading:
    if isinstance(outcome, Reading):
        return outcome
    raise outcome


def _sure(reading: Reading, other: Outcome) -> None:
    """Raises AskBack for a reading in the middle of a conversation that is not sure, with what else the question may be."""
    if reading.confidence < _SURE:
        queries = (reading.query, *([other.query] if isinstance(other, Reading) else []))
        raise AskBack(Text(zh="不太确定您的意思，您是不是指：", en="This may not be what you mean. Do you mean:"), tuple(dict.fromkeys(queries)))


def _neither(follow: Outcome, alone: Outcome) -> AskBack | Refuse:
    """What is asked back where neither reading will do: with the choices of both."""
    assert not isinstance(follow, Reading)
    if isinstance(alone, Reading) and names_metric(alone.words, alone.query.metrics):
        near = follow.choices if isinstance(follow, AskBack) else follow.nearest
        text = Text(
            zh=f"不能接着上一问：{follow.message.zh}是要另问一个新问题吗？",
            en=f"This does not go on from the last question: {follow.message.en} Is it a new one?",
        )
        return AskBack(text, tuple(dict.fromkeys((alone.query, *near))), follow.unexplained, follow.words)
    if isinstance(alone, Reading):
        return follow
    first, second = (follow, alone) if isinstance(follow, AskBack) or not isinstance(alone, AskBack) else (alone, follow)
    choices = [q for o in (first, second) for q in (o.choices if isinstance(o, AskBack) else o.nearest)]
    if isinstance(first, AskBack):
        first.choices = tuple(dict.fromkeys([*first.choices, *(q for q in choices if isinstance(second, AskBack))]))
    else:
        first.nearest = tuple(dict.fromkeys(choices))[:4]
    return first
