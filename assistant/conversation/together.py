"""Two things asked about one after the other, looked at together: both of them, the two side by side, 这两周比一下."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import dimension, excludes, named, of_condition, of_group
from assistant.conversation.pointing import all_of
from assistant.conversation.removing import TOGETHER
from assistant.reading.mark import Mark
from semantic_layer.query import TIME, Condition, FieldCondition, Group, Scalar, SemanticQuery, TimeRange

_APART = ("versus", "change", "growth", "decline", "separately")
_SURE = ("the two", "these two", "those two", "两者", "二者", "这", "那")  # these only point; without anything to point to they are asked back


def _pair(at: Context, cue: Cue) -> str:
    noun = next((m for m in at.marks if 0 <= m.start - cue.end <= 2 and (m.fields or m.entities)), None)
    about = named(at.catalog, noun.fields, noun.entities) if noun else set()
    if at.last.cut and len(at.last.ranked) == len(at.last.rows) == 2 and not cue.grain and not cue.text.startswith("both"):
        return all_of(at, cue, 2)
    things = "" if cue.grain else _two_held(at, about) or _best_and_next(at, about) or _two_asked(at, about)
    became = things or _two_periods(at) or _all_there_are(at, noun)
    if became:
        if noun:
            at.claim(noun.start, noun.end, "both")
        at.out.points = True
        return became
    if cue.text.strip().startswith(_SURE):
        said = at.text[cue.start : noun.end if noun else cue.end].strip()
        raise ask(f"“{said}”指哪两个？请写明。", f'Which two are "{said}"? Please name them.', said)
    return ""


def _two_held(at: Context, about: set[str]) -> str:
    """The two rows or values that the last query itself names: apart as they are, or added up where that is said."""
    for c in at.base.where:
        two = isinstance(c, FieldCondition) and c.op == "in" and isinstance(c.value, tuple) and len(c.value) == 2
        dims = of_condition(at.catalog, c)
        if two and not c.negated and (not about or dims & about):
            together = [m for m in at.marks if m.has("total") and m.text in TOGETHER]
            for mark in together:
                at.out.ungrouped |= {g.name for g in at.base.group_by if of_group(at.catalog, g) in dims}
                at.claim(mark.start, mark.end, "both together")
            return "both"
    return ""


def _best_and_next(at: Context, about: set[str]) -> str:
    """The best store, then the second: the one that was left out, and the one that came then."""
    group = at.base.group_by[0] if len(at.base.group_by) == 1 and at.base.limit == 1 and len(at.last.rows) == 1 else None
    out = [c for c in at.base.where if group and isinstance(c, FieldCondition) and c.field == group.field and c.op == "!="]
    if group is None or group.field is None or len(out) != 1 or (about and of_group(at.catalog, group) not in about):
        return ""
    values = (*_values(out[0]), at.last.rows[0][group.name])
    at.out.without += out
    at.out.where.append(FieldCondition(field=group.field, op="in", value=values))
    at.out.dropped |= {"limit", "order"}
    return "both"


def _two_asked(at: Context, about: set[str]) -> str:
    """MEAT, then PRODUCE: the last question and the one before differ in a value of one field."""
    before = next(iter(at.last.before), None)
    if before is None or _rest(before, "where", "metrics") != _rest(at.base, "where", "metrics"):
        return ""
    old, new = [c for c in before.where if c not in at.base.where], [c for c in at.base.where if c not in before.where]
    if len(old) != 1 or len(new) != 1:
        return ""
    first, second = old[0], new[0]
    if not (isinstance(first, FieldCondition) and isinstance(second, FieldCondition)) or first.field != second.field or first.grain or second.grain:
        return ""
    if excludes(first) or excludes(second) or (about and not of_condition(at.catalog, second) & about):
        return ""
    values = tuple(dict.fromkeys((*_values(first), *_values(second))))
    at.out.where.append(FieldCondition(field=second.field, op="in", value=values))
    at.out.beside.append(Group(field=second.field))
    return "both"


def _rest(query: SemanticQuery, *parts: str) -> dict[str, object]:
    return {n: getattr(query, n) for n in SemanticQuery.model_fields if n not in parts}


def _values(condition: FieldCondition) -> tuple[Scalar, ...]:
    value = condition.value
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _two_periods(at: Context) -> str:
    """Last week, then the week before: one set against the other, or added up where that is said."""
    before = next(iter(at.last.before), None)
    if before is None or before.time is None or at.base.time is None or before.time == at.base.time:
        return ""
    if set(before.where) != set(at.base.where) or before.compare or at.base.compare:
        return ""
    first, second = sorted((before.time, at.base.time), key=lambda t: str(t.start))
    if not (first.start and first.end and second.start and second.end) or first.end > second.start:
        return ""
    if any(m.has(*_APART) for m in at.marks):
        at.out.period, at.out.against = second, first
        return "both"
    if any(m.has("total") for m in at.marks) and first.end == second.start:
        at.out.period = TimeRange(start=first.start, end=second.end, field=second.field)
        return "both"
    return ""


def _all_there_are(at: Context, noun: Mark | None) -> str:
    """Both brands: the field has just two values, and the last query was of one of them."""
    for field in noun.fields if noun else ():
        values = at.catalog.field(field).spec.values
        held: list[Condition] = [c for c in at.base.where if isinstance(c, FieldCondition) and c.field == field and not excludes(c)]
        if len(values) == 2 and held and dimension(at.catalog, field) != TIME:
            at.out.without += held
            at.out.beside.append(Group(field=field))
            return "both"
    return ""


def _all_of_kind(at: Context, cue: Cue) -> str:
    """All three types, after the rate of type A: the field has just so many values, and the last query was of some of them."""
    noun = next((m for m in at.marks if 0 <= m.start - cue.end <= 1 and m.fields), None)
    for field in noun.fields if noun else ():
        spec = at.catalog.field(field).spec
        held = [c for c in at.base.where if isinstance(c, FieldCondition) and c.field == field]
        if noun and held and cue.number == len(spec.values or spec.order):
            at.out.without += held
            at.out.beside.append(Group(field=field))
            at.claim(noun.start, noun.end, "all of a kind")
            return "all of a kind"
    return ""


HANDLERS: dict[str, Handler] = {"pair": _pair, "all_of_kind": _all_of_kind}
