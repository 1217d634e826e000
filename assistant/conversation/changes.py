"""What the cues of a follow-up change in the last query, before the rest of its words is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.conversation.cues import Cue, find_cues
from assistant.conversation.dimensions import excludes, named, of_condition, of_group
from assistant.conversation.last import MOST_PINNED, Last, filters, period, refers
from assistant.language.operators import FILLER
from assistant.reading import AskBack
from assistant.reading.marks import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import FORWARD_GRAINS, TIME, Condition, FieldCondition, Group, SegmentCondition, TimeRange

_GAP = 6  # characters of small words between a cue and what it is about
_LITERAL = ("without", "no", "without the", "不要", "不看")  # leave out what they name, even where it was all that was asked for
_BY = ("按", "拆", "分", "split", "group", "break")
_STRONG = frozenset(
    ["also", "further", "instead", "instead_of", "about", "about_end", "shift", "many", "row", "that_time", "same_time", "them", "remove",
     "suffix_remove", "all_rows", "reverse", "it", "ungrouped"]
)  # fmt: skip
_LINKING = ("那", "那就", "and", "and in", "and the", "then", "but", "how did")


@dataclass
class Changes:
    """How the last query is changed by the cues. `claimed` are their words; `strong` says that they only make sense as a follow-up."""

    also: bool = False
    further: bool = False
    instead: bool = False
    strong: bool = False
    where: list[Condition] = field(default_factory=list)
    without: list[Condition] = field(default_factory=list)
    ungrouped: set[str] = field(default_factory=set)
    unmeasured: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)  # parts of the query by their names
    measured: list[str] = field(default_factory=list)  # metrics that it is to be sorted by
    whole: set[str] = field(default_factory=set)  # what a share is of: these conditions stay
    part: set[str] = field(default_factory=set)  # what a share is of: all of these, so the conditions on them are the part
    flipped: bool = False
    ascending: bool | None = None
    order_by: str = ""
    period: TimeRange | None = None
    claimed: list[Mark] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether anything changes by the cues alone."""
        changed = (self.where, self.without, self.ungrouped, self.unmeasured, self.dropped, self.order_by, self.period)
        return any(map(bool, changed)) or self.flipped or self.ascending is not None


def changes(text: str, marks: list[Mark], last: Last, catalog: Catalog) -> Changes:
    """Reads the cues of a text against the last query. Raises AskBack where what they point to is not clear."""
    return _Reading(text, marks, last, catalog).read()


class _Reading:
    """One text against one last query."""

    def __init__(self, text: str, marks: list[Mark], last: Last, catalog: Catalog) -> None:
        self.text, self.marks, self.last, self.catalog = text, marks, last, catalog
        self.base = last.query
        self.out = Changes()

    def read(self) -> Changes:
        longer = [(m.start, m.end) for m in self.marks if m.ops and not m.filler]
        self.cues = find_cues(self.text, [(m.start, m.end) for m in self.marks if _names(m)], longer)
        self._top_thing()
        for kind in _ORDER:
            for cue in [c for c in self.cues if c.kind in kind]:
                if any(c.start < cue.end and cue.start < c.end for c in self.out.claimed):
                    continue
                became = getattr(self, f"_{cue.kind}", self._said)(cue)
                if became:
                    self._claim(cue.start, cue.end, became)
                    self.out.strong = self.out.strong or cue.kind in _STRONG or cue.text in _LINKING
        return self.out

    # -- marks ------------------------------------------------------------------------------------------------

    def _claim(self, start: int, end: int, became: str) -> None:
        self.out.claimed.append(Mark(start, end, self.text[start:end], ops=frozenset([FILLER]), became=f"follow-up: {became}"))

    def _after(self, cue: Cue, test: Callable[[Mark], object], gap: int = _GAP) -> Mark | None:
        """The first telling mark after a cue, where it passes the test."""
        ahead = [m for m in self.marks if m.start >= cue.end and not m.filler and not self._is_cue(m) and not m.has("by")]
        first = next(iter(ahead), None)
        near = first is not None and self._together(cue.end, first.start, gap)
        return first if first is not None and near and test(first) else None

    def _before(self, cue: Cue, test: Callable[[Mark], object], gap: int = _GAP) -> Mark | None:
        behind = [m for m in self.marks if m.end <= cue.start and not m.filler and not self._is_cue(m)]
        last = next(reversed(behind), None)
        near = last is not None and self._together(last.end, cue.start, gap)
        return last if last is not None and near and test(last) else None

    def _together(self, start: int, end: int, gap: int) -> bool:
        """Whether two places are near, but for small words and cues between them, and in one clause."""
        between = sum(m.end - m.start for m in self.marks if start <= m.start and m.end <= end)
        return end - start <= gap + between and not any(c in self.text[start:end] for c in ",;:?!。")

    def _is_cue(self, mark: Mark) -> bool:
        return any(c.start <= mark.start and mark.end <= c.end for c in self.cues) and not _names(mark)

    def _noun(self, cue: Cue, dimensions: set[str]) -> Mark | None:
        """The name of what a cue points at, right behind it: 这五个|部门, the top one's department."""

        def fits(m: Mark) -> bool:
            return bool(named(self.catalog, m.fields, m.entities) & dimensions)

        return next((m for m in self.marks if 0 <= m.start - cue.end <= 2 and (m.fields or m.entities) and fits(m)), None)

    # -- what is said plainly -----------------------------------------------------------------------------------

    def _said(self, cue: Cue) -> str:
        return cue.kind

    def _also(self, cue: Cue) -> str:
        self.out.also = True
        return "also"

    def _further(self, cue: Cue) -> str:
        self.out.further = True
        return "further"

    def _instead(self, cue: Cue) -> str:
        self.out.instead = True
        return "instead"

    def _instead_of(self, cue: Cue) -> str:
        """What follows was there: it goes."""
        target = self._after(cue, lambda m: True)
        if target is None:
            return ""
        measured = any(m.metric in target.metrics for m in self.base.metrics)
        if not measured and not self._takes_out(target, cue):
            return ""
        self.out.instead = True
        self._claim(target.start, target.end, "instead of")
        return "instead of"

    def _only(self, cue: Cue) -> str:
        return "only"

    def _filter_noun(self, cue: Cue) -> str:
        return "" if not self.out.without and not self.out.dropped else "filter"

    # -- what is taken out ----------------------------------------------------------------------------------------

    def _remove(self, cue: Cue) -> str:
        target = self._after(cue, lambda m: True)
        if target is not None and target.unknown:
            target = None
        near = [c for c in self.cues if c.kind in ("filter_noun", "everything") and 0 <= c.start - cue.end <= _GAP]
        noun = next((c for c in near if c.kind == "filter_noun"), near[0] if near else None)
        if target is not None and target.metrics and not target.entities and len(self.base.metrics) == 1 == len(self._measures(target)):
            label = self.text[target.start : target.end]
            raise _ask(f"“{label}”是唯一的指标，不能去掉。要换成哪个指标？", f'"{label}" is the only measure. Which one instead?', label)
        if target is not None and (noun is None or target.start <= noun.end + 2) and self._takes_out(target, cue):
            self._claim(target.start, target.end, "removed")
            number = next((m for m in self.marks if m.number and 0 <= m.start - target.end <= 1), None) if "limit" in self.out.dropped else None
            if number:
                self._claim(number.start, number.end, "removed")
            return "remove"
        if noun is not None and target is None and (done := self._all_filters(noun)):
            return done
        return self._suffix_remove(cue) if not cue.text.isascii() else ""

    def _measures(self, target: Mark) -> list[str]:
        return [m.metric for m in self.base.metrics if m.metric in target.metrics]

    def _suffix_remove(self, cue: Cue) -> str:
        target = self._before(cue, lambda m: True)
        if target is None or not self._takes_out(target, cue):
            return "removed" if self.out.without else ""
        self._claim(target.start, target.end, "removed")
        return "remove"

    def _all_filters(self, noun: Cue) -> str:
        if noun.text in ("limit", "limits", "cutoff", "限制") and self.base.limit:
            self.out.dropped |= {"limit"}
        elif self.base.where and noun.kind == "filter_noun":
            self.out.without += self.base.where
        else:
            return ""
        return "remove"

    def _takes_out(self, target: Mark, cue: Cue) -> bool:
        """Takes out of the last query what a mark names, if it is there."""
        held = self._held(target)
        if held and (target.values or target.segments or target.ids) and cue.text in _LITERAL and not self._is_filter(target):
            return False
        dimensions = named(self.catalog, target.fields, target.entities)
        groups = {g.name for g in self.base.group_by if self._names_group(target, g, dimensions)}
        if any(w in cue.text for w in _BY) and groups:
            self.out.ungrouped |= groups
        elif held:
            self.out.without += held
        elif groups and not target.values:
            self.out.ungrouped |= groups
        elif len(self.base.metrics) > 1 and (gone := {m.name for m in self.base.metrics if m.metric in target.metrics}):
            self.out.unmeasured |= gone
        else:
            return self._takes_out_part(target)
        return True

    def _is_filter(self, target: Mark) -> bool:
        """Whether a name is said to be that of a filter: 自有品牌这个条件."""
        return any(c.kind == "filter_noun" and 0 <= c.start - target.end <= 2 for c in self.cues)

    def _takes_out_part(self, target: Mark) -> bool:
        base, parts = self.base, self.out.dropped
        compared = target.has("versus", "growth", "change", "decline") or (target.time is not None and target.time.kind == "compare")
        if target.has("top", "bottom") and (base.limit or base.order_by):
            parts |= {"limit"} if base.limit else {"order"}
        elif target.has("share") and (base.share or any(m.share for m in base.metrics)):
            parts |= {"share"}
        elif compared and base.compare:
            parts |= {"compare"}
        elif target.has("running", "rolling") and base.running:
            parts |= {"running"}
        elif base.time and target.time and target.time.kind == "range" and (target.time.first, target.time.last) == (base.time.start, base.time.end):
            parts |= {"time"}
        else:
            return False
        return True

    def _held(self, target: Mark) -> list[Condition]:
        """The conditions of the last query that a mark names: by their value, or by what they are about."""
        if target.values or target.segments or target.ids:
            return [c for c in self.base.where if _holds(c, target) and not excludes(c)]
        dimensions = named(self.catalog, target.fields, target.entities)
        return [c for c in self.base.where if of_condition(self.catalog, c) & dimensions]

    def _names_group(self, target: Mark, group: Group, dimensions: set[str]) -> bool:
        if group.field == TIME:
            return bool(target.time and target.time.kind in ("grain", "cyclic", "compare") and target.time.grain == group.grain)
        return of_group(self.catalog, group) in dimensions

    def _everything(self, cue: Cue) -> str:
        """All stores, 所有门店: the filter on them goes; where they were only cut to the first few, the cut."""
        target = self._after(cue, lambda m: bool(m.fields or m.entities), gap=2)
        if target is None:
            return "removed" if self.out.without and self._after(cue, lambda m: True) is None else ""
        held = self._held(target)
        dimensions = named(self.catalog, target.fields, target.entities)
        if held and any(m.has("share") for m in self.marks):
            self.out.part |= dimensions
        elif held:
            self.out.without += held
        elif self.base.limit and any(of_group(self.catalog, g) in dimensions for g in self.base.group_by):
            self.out.dropped |= {"limit"}
        else:
            return ""
        self._claim(target.start, target.end, "removed")
        return "remove"

    def _everyone(self, cue: Cue) -> str:
        people = [e for e, spec in self.catalog.spec.entities.items() if spec.people]
        about = named(self.catalog, (), people)
        held = [c for c in self.base.where if of_condition(self.catalog, c) & about]
        self.out.without += held
        return "everyone" if held or self.out.without else ""

    def _all_rows(self, cue: Cue) -> str:
        if not (self.base.limit or self.base.having):
            return ""
        self.out.dropped |= {"limit", "having"}
        return "all rows"

    def _all_time(self, cue: Cue) -> str:
        if self.base.time is None:
            return ""
        self.out.dropped |= {"time"}
        return "all time"

    def _total(self, cue: Cue) -> str:
        """One number: no groups. "Total sales" only names the metric."""
        after = next((m for m in self.marks if 0 <= m.start - cue.end <= 1), None)
        if not self.base.group_by or any(m.has("share") for m in self.marks) or (after and (after.metrics or after.has("by"))):
            return ""
        if any(m.has("by", "which") or m.groupable for m in self.marks if not self._is_cue(m)) and not self.out.ungrouped:
            return ""
        self.out.ungrouped |= {g.name for g in self.base.group_by}
        return "total"

    # -- order ----------------------------------------------------------------------------------------------------

    def _reverse(self, cue: Cue) -> str:
        self.out.flipped = True
        return "reverse"

    def _ascending(self, cue: Cue) -> str:
        return self._sorted(cue, True)

    def _descending(self, cue: Cue) -> str:
        return self._sorted(cue, False)

    def _sort(self, cue: Cue) -> str:
        words = [m for m in self.marks if m.has("top", "bottom") and not (m.start < cue.end and cue.start < m.end)]
        if any(m.number and not m.time for m in self.marks):
            return ""
        if not self._sorted(cue, words[0].has("bottom") if words else None):
            return ""
        for mark in words:
            self._claim(mark.start, mark.end, "order")
        return "sort"

    def _sorted(self, cue: Cue, ascending: bool | None) -> str:
        if not (self.base.group_by or self.base.records):
            return ""
        target = self._after(cue, lambda m: True) or self._before(cue, lambda m: True)
        column = self._column(target) if target else ""
        if target and column:
            self._claim(target.start, target.end, f"order:{column}")
            self.out.order_by = column
        elif target and target.metrics and not self.out.order_by:
            self._claim(target.start, target.end, f"order:{target.metrics[0]}")
            column = self.out.order_by = target.metrics[0]
            self.out.measured.append(column)
        elif target and not self.out.order_by and (target.entities or target.fields):
            return ""
        self.out.ascending = ascending if ascending is not None else self.out.ascending
        by = next((m for m in self.marks if m.has("by") and cue.end <= m.start <= cue.end + 2 and column), None)
        before = next((m for m in self.marks if m.has("by") and target and m.end <= target.start <= m.end + 1 and column), None)
        for mark in {id(m): m for m in (by, before) if m and not self._is_cue(m)}.values():
            self._claim(mark.start, mark.end, "order")
        self.out.strong = True
        return "sort"

    def _column(self, target: Mark) -> str:
        """The column of the last answer that a mark names."""
        for metric in self.base.metrics:
            if metric.metric in target.metrics or (metric.metric and any(self._counts(metric.metric, e) for e in target.entities)):
                return metric.name
        dimensions = named(self.catalog, target.fields, target.entities)
        by_time = target.text in ("时间", "日期", "date", "time", "chronologically", "先后")
        return next((g.name for g in self.base.group_by if self._names_group(target, g, dimensions) or (by_time and g.field == TIME)), "")

    def _ungrouped(self, cue: Cue) -> str:
        names = {g.name for g in self.base.group_by if g.field == TIME and g.grain == cue.grain}
        self.out.ungrouped |= names
        return "remove" if names else ""

    def _counts(self, metric: str, entity: str) -> bool:
        """Whether the words for a metric name an entity: households in redeeming households."""
        spec = self.catalog.metric(metric)
        names = self.catalog.entity(entity).names()
        return any(n.lower() in label.lower() for n in names for label in (spec.label.zh, spec.label.en))

    # -- periods --------------------------------------------------------------------------------------------------

    def _shift(self, cue: Cue) -> str:
        moved = self.moved(cue.grain, cue.number, cue.back)
        if moved is None:
            return ""
        self.out.period = moved
        return "period"

    def moved(self, grain: str | None, number: int, back: bool) -> TimeRange | None:
        """The period of the last query, so many units earlier or later."""
        time = self.base.time
        if time is None or time.start is None or time.end is None:
            return None
        return moved(time, grain, -number if back else number)

    def _that_time(self, cue: Cue) -> str:
        group = next((g for g in self.base.group_by if g.field == TIME and g.grain == cue.grain), None)
        if self.out.period is not None:
            return "period"
        if group is None:
            return "period" if self._is_one(cue.grain) else self._unclear(cue)
        rows = [r for r in self.last.rows if r.get(group.name) is not None]
        if len(rows) != 1 and not (self.base.order_by and self.base.limit == 1):
            self._unclear(cue)
        self._point(rows[0], [group], ranking=True)
        return "period"

    def _same_time(self, cue: Cue) -> str:
        return "period" if self.base.time else ""

    def _is_one(self, grain: str | None) -> bool:
        """Whether the last period is one day, week, month, ..."""
        time = self.base.time
        if time is None or time.start is None or time.end is None or grain is None:
            return False
        return shift(time.start, 1, grain) >= time.end

    def _unclear(self, cue: Cue) -> str:
        said = cue.text.strip()
        raise _ask(f"“{said}”指哪一段？请写明时间。", f'Which one is "{said}"? Please name the period.', said)

    def _whole(self, cue: Cue) -> str:
        """The whole year: of the last period, where it lies inside one."""
        time = self.base.time
        if time is None or time.start is None or time.end is None or cue.grain is None:
            return ""
        start = floor(time.start, cue.grain)
        end = shift(start, 1, cue.grain)
        if end < time.end:
            return ""
        self.out.period = TimeRange(start=start, end=end, field=time.field, words=cue.text.strip())
        return "period"

    # -- rows of the last answer ----------------------------------------------------------------------------------

    def _row(self, cue: Cue) -> str:
        groups = [g for g in self.base.group_by if refers(g)]
        if not groups or len(groups) != len(self.base.group_by) or not self.last.rows:
            return ""
        if cue.grain and not any(g.grain == cue.grain for g in groups):
            return ""
        row = self.last.row(cue.number, cue.back)
        if row is None:
            said = cue.text.strip()
            raise _ask(f"上一个结果里没有“{said}”这一行。", f'The last answer has no row "{said}".', said)
        noun = self._noun(cue, {of_group(self.catalog, g) for g in groups})
        if noun:
            self._claim(noun.start, noun.end, "row")
        if out := self._left_out(cue):
            if any(g.grain in FORWARD_GRAINS for g in groups):
                return ""
            self._claim(out.start, out.end, "exclude")
            self.out.where += [c.model_copy(update={"negated": True}) for c in filters(groups, [row])]
            return "row"
        self._point(row, groups, ranking=True)
        return "row"

    def _left_out(self, cue: Cue) -> Mark | None:
        """The word by which a row is left out: without the top one, 第一名除外."""
        near = [m for m in self.marks if m.has("exclude") and (-len("the ") <= cue.start - m.end <= 2 or 0 <= m.start - cue.end <= 2)]
        return near[0] if near else None

    def _top_thing(self) -> None:
        """How did the top department do by month: the first row, where more is asked than which it is."""
        for mark in [m for m in self.marks if m.has("top", "bottom") and m.text.isascii() and self.text[: m.start].endswith("the ")]:
            noun = next((m for m in self.marks if 0 <= m.start - mark.end <= 1 and (m.fields or m.entities)), None)
            groups = [g for g in self.base.group_by if noun and of_group(self.catalog, g) in named(self.catalog, noun.fields, noun.entities)]
            rest = [m for m in self.marks if m not in (mark, noun) and not m.filler and not m.has("which", "top", "bottom")]
            if noun and groups and rest and not noun.text.endswith("s"):
                self.cues.append(Cue(mark.start - len("the "), mark.end, "row", self.text[mark.start : noun.end], back=mark.has("bottom")))

    def _point(self, row: dict[str, object], groups: list[Group], ranking: bool) -> None:
        """The query is of one row from now on: what it was split by becomes filters and a period."""
        self.out.where += filters(groups, [row])
        for group in groups:
            if found := period(group, row, self.base.time):
                self.out.period = found
        self.out.ungrouped |= {g.name for g in groups}
        if ranking:
            self.out.dropped |= {"limit", "order", "having"}

    def _many(self, cue: Cue) -> str:
        return self._all_of(cue, cue.number if cue.number > 1 else None)

    def _them(self, cue: Cue) -> str:
        return self._all_of(cue, None)

    def _all_of(self, cue: Cue, number: int | None) -> str:
        """These five departments, they: the rows of the last answer, where those were a choice."""
        groups = [g for g in self.base.group_by if refers(g)]
        noun = self._noun(cue, {of_group(self.catalog, g) for g in groups})
        if not groups:
            if any(m.has("how_many", "which", "top", "bottom") for m in self.marks):
                raise _ask(f"“{cue.text}”指谁？上一个结果没有列出。", f'Who or what is "{cue.text}"? The last answer listed none.', cue.text)
            return "them"
        rows, said = list(self.last.ranked), cue.text.strip()
        if number is not None and number != len(rows):
            raise _ask(f"上一个结果有 {len(rows)} 行，“{said}”指哪几个？", f'The last answer has {len(rows)} rows; which ones are "{said}"?', said)
        if self.last.cut and rows:
            if len(rows) > MOST_PINNED or self.last.truncated or any(g.grain in FORWARD_GRAINS for g in groups):
                raise _ask(f"“{said}”太多，或者是时间段，请写明是哪些。", f'Please name what is meant by "{said}".', said)
            self.out.where += filters(groups, rows)
            self.out.dropped |= {"limit", "order", "having"}
        self.out.further = True
        if noun:
            self._claim(noun.start, noun.end, "them")
        return "them"

    def _it(self, cue: Cue) -> str:
        """That store, 这个部门: the one that the last query was about, or the only row."""
        groups = [g for g in self.base.group_by if refers(g) and g.grain is None]
        held = {d for c in self.base.where if not excludes(c) for d in of_condition(self.catalog, c)}
        noun = self._noun(cue, {of_group(self.catalog, g) for g in groups} | held)
        if noun is None:
            return ""
        own = [g for g in groups if of_group(self.catalog, g) in named(self.catalog, noun.fields, noun.entities)]
        if own:
            rows = self.last.ranked
            if len(rows) != 1:
                label = self.text[cue.start : noun.end]
                en = f'Which one is "{label}"? The last answer has {len(rows)} rows.'
                raise _ask(f"“{label}”指哪一个？上一个结果有 {len(rows)} 行。", en, label)
            self._point(rows[0], own, ranking=True)
        self.out.whole |= named(self.catalog, noun.fields, noun.entities)
        self._claim(noun.start, noun.end, "it")
        return "it"


# What points to rows is understood before what is taken out, and that before what only links.
_ORDER: tuple[tuple[str, ...], ...] = (
    ("instead_of",), ("ungrouped",), ("row",), ("many",), ("shift", "that_time", "same_time", "whole", "all_time"), ("all_rows",),
    ("remove",), ("suffix_remove",),
    ("everything",), ("everyone",), ("filter_noun",), ("total",), ("them",), ("sort",), ("reverse", "ascending", "descending"),
    ("also",), ("further",), ("instead",), ("about",), ("about_start", "about_end"), ("only",), ("it",),
)  # fmt: skip


def moved(time: TimeRange, grain: str | None, count: int) -> TimeRange | None:
    """A period so many units later (earlier: below 0); without a unit, so many times its own length."""
    assert time.start and time.end
    if grain is None or grain == "":
        months = (time.end.year - time.start.year) * 12 + time.end.month - time.start.month
        if time.start.day == time.end.day == 1:
            start, end = shift(time.start, count * months, "month"), shift(time.end, count * months, "month")
        else:
            start, end = time.start + count * (time.end - time.start), time.end + count * (time.end - time.start)
    elif shift(time.start, 1, grain) < time.end and count < 0:
        # The month before a whole quarter is one month.
        start, end = shift(time.start, count, grain), time.start
    elif shift(time.start, 1, grain) < time.end:
        start, end = time.end, shift(time.end, count, grain)
    else:
        start = shift(time.start, count, grain)
        end = shift(start, 1, grain) if shift(time.start, 1, grain) == time.end else start + (time.end - time.start)
    return TimeRange(start=start, end=end, field=time.field)


def _ask(zh: str, en: str, words: str) -> AskBack:
    return AskBack(Text(zh=zh, en=en), unexplained=(words,))


def _names(mark: Mark) -> bool:
    """Whether a mark is a name, a value or a time that a cue may not cut into."""
    time = mark.time is not None and mark.time.kind != "unsupported"
    return bool(mark.metrics or mark.fields or mark.entities or mark.segments or mark.values or mark.ids or time)


def _holds(condition: Condition, target: Mark) -> bool:
    """Whether a condition is of a value or segment that a mark names."""
    if isinstance(condition, SegmentCondition):
        return condition.segment in target.segments
    if not isinstance(condition, FieldCondition):
        return False
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if target.ids:
        return condition.field == target.ids[0] and set(values) <= set(target.ids[1])
    return any(f == condition.field and v in values for f, v in target.values)

