"""The whole and its parts side by side: total sales and private label sales, all receipts and those with pastry.

The question is cut where things are listed. Pieces of one metric with different conditions become metrics of their
own conditions, each a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.query import TIME, Condition, FieldCondition, Group, MetricRef, SegmentCondition

_CUTS = re.compile(
    r"[,;、&+:]|\bvs\.?\b|\bversus\b|\bcompared (?:to|with)\b|\bnext to\b|\balongside\b|\bbeside\b|\band\b|\bplus\b|\bagainst\b"
    r"|以及|还有|外带|外加|再带上|带上|和(?!其[他它余])|与(?!其[他它余])"
    r"|跟|及(?!以|其[他它余])|再加|旁边"
)
_THAT_PART = re.compile(r"\b(?:of (?:that|those|which|these|them|whom)|the part|the ones|those|the portion|the piece)\b"
    r"|其中|那份|那部分|里头的?|当中|里面的?")


@dataclass
class Piece:
    """One listed thing: its metric, and the marks of its conditions."""

    start: int
    end: int
    metric: Mark | None = None
    name: str = ""
    kept: list[Mark] = field(default_factory=list)
    dropped: list[Mark] = field(default_factory=list)
    words: list[Mark] = field(default_factory=list)
    refers: bool = False

    @property
    def conditions(self) -> list[Mark]:
        """The marks of what restricts it."""
        return [*self.kept, *self.dropped]


def rule(state: State) -> None:
    """Takes the parts of one metric, or two groups of which one is the other's rest."""
    if _with_and_without(state) or _segment_and_denied(state) or _segment_and_rest(state) or state.ops("everything_else"):
        return
    pieces = [p for p in _pieces(state) if p.metric or p.conditions]
    listed = _said_once(_of_one_metric(pieces, _told_apart(state)))
    if len(listed) < 2 or len({_signature(p) for p in listed}) < len(listed) or not any(p.conditions for p in listed):
        return
    name = next(p.name for p in pieces if p.metric)
    if all(p.conditions for p in listed) and _plain_values(listed):
        return  # private and national sales: a group of two does
    one = len({d.text for p in listed for d in p.conditions}) == 1
    if one and not any(p.refers or p.metric is None for p in listed) and _unmarked(state, listed):
        return
    for piece in listed:
        where = tuple(_conditions(state, piece))
        alias = alias_of(name, where) if where else None
        state.add_metric(MetricRef(metric=name, where=where, alias=alias))
        for mark in [*piece.words, *([piece.metric] if piece.metric else [])]:
            state.take(mark, f"metric:{name}")
    named = next(p.metric for p in pieces if p.metric)
    state.take(named, f"metric:{name}")
    for op in state.ops("of_which", "total", "separately", "having", "versus", "both", "how_many"):
        state.take(op, "part")
    for op in state.free(lambda m: m.text == "how much of" and any(p.refers and p.start <= m.start < p.end for p in listed)):
        state.take(op, "part")  # total sales, and how much of that came from private label
    for mark in state.free(lambda m: m.verbs and any(p.start <= m.start < p.end for p in listed)):
        state.take(mark, "verb")


def _said_once(pieces: list[Piece]) -> list[Piece]:
    """去年销售额最高的5家店,列出各店总销售额,旁边放PRODUCE的销售额: the whole that is named again is no further part."""
    whole = [p for p in pieces if not p.conditions]
    return [p for p in pieces if p not in whole[1:]] if any(p.conditions for p in pieces) else pieces


def _with_and_without(state: State) -> bool:
    """Fuel and non-fuel, with and without kids: one segment kept and taken out, as a group of two."""
    segments = state.free(lambda m: m.segments)
    for first, second in pairwise(segments):
        between = state.ops("exclude", "not")
        op = next((m for m in between if first.end <= m.start and m.end <= second.start), None)
        earlier = next((m for m in between if m.end <= first.start and state.close(m, first, 2)), None)
        if first.segments[0] != second.segments[0] or (op is None) == (earlier is None) or len(state.free(lambda m: m.metrics)) == 2:
            continue
        _as_two(state, first.segments[0])
        joints = [m for m in _joints(state, "separately", "versus", "by") if not m.text.endswith(("多少", "几"))]
        for mark in (first, second, *([op] if op else []), *([earlier] if earlier else []), *joints):
            state.take(mark, "case")
        return True
    return False


_COLUMNS = re.compile(r"(?:[两2俩]个?|分)(?:数字?|列|栏)(?!据|字|码)|并排|\bside by side\b|\b(?:two|2) (?:numbers|figures|columns|sums|totals)\b")


def _as_two(state: State, segment: str) -> None:
    """Fuel and without fuel: two rows of a group, or two figures where the question says so."""
    measures = state.free(lambda m: m.metrics and not m.entities)
    if len(measures) != 1 or not _COLUMNS.search(state.text):
        state.add_group(Group(case=SegmentCondition(segment=segment)))
        return
    for kept in (SegmentCondition(segment=segment), SegmentCondition(segment=segment, negated=True)):
        name = measures[0].metrics[0]
        state.add_metric(MetricRef(metric=name, where=(kept,), alias=alias_of(name, (kept,))))
    for mark in (measures[0], *state.free(lambda m: bool(_COLUMNS.fullmatch(m.text)))):
        state.take(mark, f"metric:{measures[0].metrics[0]}")


def _segment_and_denied(state: State) -> bool:
    """愿意收营销信息的和不愿意收的, paid traffic against unpaid: a segment, and its first words denied, as a group of two."""
    for mark in state.free(lambda m: m.segments):
        other = next((m for m in state.free(lambda m: m.start >= mark.end) if _denies(m.text, mark.text)), None)  # noqa: B023
        other = other or _without_one(state, mark)
        if other is None or not _side_by_side(state, mark, other):
            continue
        _as_two(state, mark.segments[0])
        for used in (mark, other, *(m for m in _joints(state, "separately", "versus", "by") if not m.text.endswith(("多少", "几")))):
            state.take(used, "case")
        return True
    return False


def _without_one(state: State, kept: Mark) -> Mark | None:
    """Orders with a coupon vs without one, 用券的和不用的: the word of leaving out, with nothing but a pointer behind it."""
    for op in state.ops("exclude"):
        if op.start >= kept.end and op.text in _BARE and _POINTER.match(state.text, op.end):
            for mark in state.free(lambda m: m.number and m.text == "one" and m.start > op.end):  # noqa: B023
                state.take(mark, "case")
            return op
    return None


_BARE = ("without", "w/o", "without any", "不用", "没用", "不含", "没有", "没")
_POINTER = re.compile(r" ?(?:(?:one|any|it|them|that)\b)? *(?:$|[,;?.])|的?(?:$|[,;?。])")


def _denies(denial: str, said: str) -> bool:
    """Whether a word denies what a name begins with: 不愿意收, of 愿意收营销信息; unpaid, of paid traffic."""
    if not denial.isascii():
        return len(denial) > _SHORTEST and denial[0] in "不没未非无" and said.startswith(denial[1:].removesuffix("的"))
    first = said.split(" ")[0]
    return any(denial == f"{prefix}{first}" for prefix in ("un", "non-", "non", "not ", "in"))


_SHORTEST = 2


def _segment_and_rest(state: State) -> bool:
    """有孩子的跟没孩子的: a segment, and the value of its field that it leaves out, as a group of two."""
    for mark in state.free(lambda m: m.segments):
        held = state.catalog.segment(mark.segments[0]).where
        field = held[0] if len(held) == 1 and isinstance(held[0], FieldCondition) and held[0].op in ("=", "in") else None
        kept = {*(field.value if isinstance(field.value, tuple) else (field.value,))} if field else set()
        other = next((m for m in state.free(lambda m: m.values) if field and {f for f, _ in m.values} == {field.field}), None)
        left = {v for _, v in other.values} if other else set()
        if field is None or other is None or kept & left or not _side_by_side(state, mark, other):
            continue
        whole = kept | left >= set(state.catalog.field(field.field).spec.values)
        state.add_group(Group(case=SegmentCondition(segment=mark.segments[0])))
        both = tuple(sorted(str(v) for v in kept | left))
        state.where.append(FieldCondition(field=field.field, op="not_null") if whole else FieldCondition(field=field.field, op="in", value=both))
        joints = [m for m in _joints(state, "separately", "versus", "by", "change") if not m.text.endswith(("多少", "几")) or m.has("change")]
        for used in (mark, other, *joints):
            state.take(used, "case")
        return True
    return False


def _joints(state: State, *names: str) -> list[Mark]:
    """The words that set two things apart; in 各门店用券和没用券 the first splits by something else.

    Where each has a period of its own (去年付过款、今年没付过款的) there is no such split: all of them stay to be asked about.
    """
    if len(state.free(lambda m: m.time and m.time.kind == "range")) > 1:
        return state.ops(*names)
    return [m for m in state.ops(*names) if not (m.has("by") and (t := state.after(m)) and t.groupable and not t.segments and not t.values)]


def _side_by_side(state: State, one: Mark, other: Mark) -> bool:
    """Whether nothing but what they are said of and a joint stands between two marks."""
    first, second = sorted((one, other), key=lambda m: m.start)
    between = [m for m in state.marks if first.end <= m.start and m.end <= second.start]
    return all(m.filler or m.entities or m.has("versus", "separately", "exclude", "not") or (m.unknown and len(m.text) < 2) for m in between)


def _told_apart(state: State) -> bool:
    """Whether the question says that things are set side by side."""
    return bool(state.ops("separately", "versus")) or any(m.text.startswith("各") for m in state.ops("by"))


def _pieces(state: State) -> list[Piece]:
    """The question cut at its listing words, with what each piece holds."""
    inside = [(m.start, m.end) for m in state.marks if not m.filler and not m.has("versus", "separately", "but")]
    cuts = [c for c in _CUTS.finditer(state.text) if not any(s < c.end() and c.start() < e for s, e in inside)]
    edges = [0, *[c.end() for c in cuts], len(state.text)]
    out = []
    for start, end in pairwise(edges):
        piece = Piece(start, end, refers=bool(_THAT_PART.search(state.text[start:end])))
        for mark in state.free(lambda m: start <= m.start and m.end <= end):  # noqa: B023
            if mark.values or mark.segments or mark.ids or (mark.time and mark.time.kind == "weekday" and piece.refers):
                (piece.dropped if _excluded(state, piece, mark) else piece.kept).append(mark)
            elif mark.metrics and piece.metric is None and not (mark.entities and mark.fields):
                piece.metric, piece.name = mark, mark.metrics[0]
            elif piece.metric is None and (counted := _counted(state, mark)):
                piece.metric, piece.name = mark, counted
            elif piece.metric is None and _amount(state, mark):
                piece.metric, piece.name = mark, mark.counters[0]
            elif mark.has("exclude", "of_which", "having"):
                piece.words.append(mark)
        out.append(piece)
    return out


def _excluded(state: State, piece: Piece, mark: Mark) -> bool:
    """Without fuel, 非油, fuel taken out: an exclusion beside it within the piece."""
    ops = [m for m in state.ops("exclude") if piece.start <= m.start and m.end <= piece.end]
    return any(state.close(m, mark, 3) for m in ops)


def _of_one_metric(pieces: list[Piece], told_apart: bool) -> list[Piece]:
    """The pieces that speak of the first named metric: by its name, or as a part of it."""
    first = next((p for p in pieces if p.metric), None)
    if first is None or first.metric is None:
        return []
    out = [first]
    for piece in pieces[pieces.index(first) + 1 :]:
        if piece.kept and not piece.metric and told_apart:
            out.append(piece)
        elif piece.metric and piece.name != first.name:
            if piece.conditions:
                return []
        elif piece.metric or (piece.refers and piece.conditions):
            out.append(piece)
        elif piece.conditions:
            return []
    bare = len(out) > 2 and not any(p.metric or p.refers for p in out[1:])
    if bare and (not first.conditions or not _fields(first) & set().union(*map(_fields, out[1:]))):
        return out[1:]  # spend per head, those with kids and those without; units of coffee, national against private
    if first.conditions and any(p.refers for p in out[1:]):
        first.kept, first.dropped = [], []  # of those: what restricts the whole restricts the part too
    return out


def _fields(piece: Piece) -> set[str]:
    """What the conditions of a piece are of."""
    return {f for m in piece.conditions for f in (*(f for f, _ in m.values), *(m.ids[:1] if m.ids else ()), *m.segments)}


def _amount(state: State, mark: Mark) -> bool:
    """All dollars, and next to it the dollars with a coupon: what a unit of money measures, where it counts nothing off."""
    before = next(state.preceding(mark), None)
    money = bool(mark.counters) and not mark.groupable and FILLER not in mark.ops and state.catalog.metric(mark.counters[0]).format == "currency"
    return money and len(mark.text) > 1 and not (before and (before.number or before.has("how_many")))


def _counted(state: State, mark: Mark) -> str | None:
    """How many customers came: the number of an entity beside a how many."""
    if not mark.entities or mark.values or not any(state.close(op, mark, 3) for op in state.ops("how_many")):
        return None
    counted = count_metric(state, mark.entities[0])
    return counted.metric if counted else None


def _signature(piece: Piece) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(m.text for m in piece.kept), frozenset(m.text for m in piece.dropped)


def _plain_values(pieces: list[Piece]) -> bool:
    """Whether each piece keeps one value of one and the same field."""
    fields = [{f for f, _ in p.kept[0].values} if len(p.kept) == 1 and not p.dropped else set() for p in pieces]
    return bool(set.intersection(*fields)) if fields else False


def _unmarked(state: State, pieces: list[Piece]) -> bool:
    """One condition, said with the first of two mentions and no word of a part: it may hold for both."""
    first = pieces[0]
    return bool(first.conditions) and not state.ops("of_which", "total", "separately", "exclude")


def _conditions(state: State, piece: Piece) -> list[Condition]:
    days = [m for m in piece.kept if m.time]
    weekdays = tuple(d for m in days if m.time for d in m.time.weekdays)
    out: list[Condition] = [FieldCondition(field=TIME, grain="day_of_week", op="in", value=weekdays)] if weekdays else []
    for mark in days:
        state.take(mark, "weekday")
    return out + conditions_of(state, [m for m in piece.kept if not m.time]) + conditions_of(state, piece.dropped, negated=True)


def alias_of(metric: str, where: tuple[Condition, ...]) -> str:
    """The name of a metric's column under conditions of its own."""
    return "_".join([metric, *map(slug, where)])


def slug(condition: Condition) -> str:
    """A condition in the name of a column, the same in every language."""
    if isinstance(condition, SegmentCondition):
        return f"{'not_' if condition.negated else ''}{condition.segment}"
    if not isinstance(condition, FieldCondition):  # of an entity: what it did, how much of something it has
        return f"{'not_' if condition.negated else ''}{getattr(condition, 'entity', 'some')}"
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    negated = "not_" if condition.op in ("!=", "not_in") else ""
    return negated + "_".join(re.sub(r"\W+", "_", str(v)).strip("_").lower() for v in values)
