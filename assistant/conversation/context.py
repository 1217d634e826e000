"""What cues are read against: the marks of a text, the last query and its rows, and what has been changed so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.conversation.cues import Cue, find_cues
from assistant.conversation.dimensions import named, of_group
from assistant.conversation.last import Last
from assistant.language.operators import FILLER
from assistant.reading import AskBack
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, Condition, Group, TimeRange

_GAP = 6  # characters of small words between a cue and what it is about


@dataclass
class Changes:
    """How the last query is changed by the cues. `claimed` are their words; `strong` says that they only make sense as a follow-up."""

    also: bool = False
    further: bool = False
    instead: bool = False
    strong: bool = False
    points: bool = False  # its words point to the last question or to rows of its answer
    those: str = ""  # what the last question counted, where that is who the new one is about
    where: list[Condition] = field(default_factory=list)
    beside: list[Group] = field(default_factory=list)  # what it is split by as well
    without: list[Condition] = field(default_factory=list)
    ungrouped: set[str] = field(default_factory=set)
    unmeasured: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)  # parts of the query by their names
    measured: list[str] = field(default_factory=list)  # metrics that it is to be sorted by
    whole: set[str] = field(default_factory=set)  # what a share is of: these conditions stay
    part: set[str] = field(default_factory=set)  # what a share is of: all of these, so the conditions on them are the part
    best: int = 0  # how many of the first rows are kept; below 0: of the last
    unper: bool = False  # what the metric was divided by goes with it
    ranked: bool = False  # the rows are ranked anew, and not only sorted
    flipped: bool = False
    ascending: bool | None = None
    order_by: str = ""
    period: TimeRange | None = None
    against: TimeRange | None = None
    claimed: list[Mark] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether anything changes by the cues alone."""
        changed = (self.where, self.without, self.ungrouped, self.unmeasured, self.dropped, self.order_by, self.period)
        return any(map(bool, changed)) or self.flipped or self.ascending is not None


class Context:
    """One text against one last query. `out` collects the changes."""

    def __init__(self, text: str, marks: list[Mark], last: Last, catalog: Catalog) -> None:
        self.text, self.marks, self.last, self.catalog = text, marks, last, catalog
        self.base = last.query
        self.out = Changes()
        longer = [(m.start, m.end) for m in marks if m.ops and not m.filler]
        self.cues = find_cues(text, [(m.start, m.end) for m in marks if is_name(m)], longer)

    def claim(self, start: int, end: int, became: str) -> None:
        """Takes a stretch of the text out of what the rules read."""
        self.out.claimed.append(Mark(start, end, self.text[start:end], ops=frozenset([FILLER]), became=f"follow-up: {became}"))

    def after(self, cue: Cue, test: Callable[[Mark], object], gap: int = _GAP) -> Mark | None:
        """The first telling mark after a cue, where it passes the test."""
        ahead = [m for m in self.marks if m.start >= cue.end and not m.filler and not self.is_cue(m) and not m.has("by")]
        first = next(iter(ahead), None)
        near = first is not None and self._together(cue.end, first.start, gap)
        return first if first is not None and near and test(first) else None

    def before(self, cue: Cue, test: Callable[[Mark], object], gap: int = _GAP) -> Mark | None:
        """The last telling mark before a cue, where it passes the test."""
        behind = [m for m in self.marks if m.end <= cue.start and not m.filler and not self.is_cue(m)]
        last = next(reversed(behind), None)
        near = last is not None and self._together(last.end, cue.start, gap)
        return last if last is not None and near and test(last) else None

    def _together(self, start: int, end: int, gap: int) -> bool:
        """Whether two places are near, but for small words and cues between them, and in one clause."""
        between = sum(m.end - m.start for m in self.marks if start <= m.start and m.end <= end)
        return end - start <= gap + between and not any(c in self.text[start:end] for c in ",;:?!。")

    def is_cue(self, mark: Mark) -> bool:
        """Whether a mark is only part of a cue."""
        return any(c.start <= mark.start and mark.end <= c.end for c in self.cues) and not is_name(mark)

    def noun(self, cue: Cue, dimensions: set[str]) -> Mark | None:
        """The name of what a cue points at, right behind it: 这五个|部门, the top one's department."""

        def fits(m: Mark) -> bool:
            return bool(named(self.catalog, m.fields, m.entities) & dimensions)

        return next((m for m in self.marks if 0 <= m.start - cue.end <= 2 and (m.fields or m.entities) and fits(m)), None)

    def names_group(self, target: Mark, group: Group, dimensions: set[str]) -> bool:
        """Whether a mark, which names these dimensions, names a group."""
        if group.field == TIME:
            return bool(target.time and target.time.kind in ("grain", "cyclic", "compare") and target.time.grain == group.grain)
        return of_group(self.catalog, group) in dimensions


Handler = Callable[[Context, Cue], str]  # what the cue became; empty where it is none after all


def ask(zh: str, en: str, words: str) -> AskBack:
    """A question back about these words."""
    return AskBack(Text(zh=zh, en=en), unexplained=(words,))


def is_name(mark: Mark) -> bool:
    """Whether a mark is a name, a value or a time that a cue may not cut into."""
    time = mark.time is not None and mark.time.kind != "unsupported"
    return bool(mark.metrics or mark.fields or mark.entities or mark.segments or mark.values or mark.ids or time)
