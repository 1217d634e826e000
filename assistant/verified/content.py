"""What a question says of a query, word by word: what of the query it names, what it says besides, and words that nobody knows.

A word is passed over only where the reader passes over it, or where it frames the question. Everything else counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.linking.lexicon import band
from assistant.reading import Reader
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from assistant.reading.rules.ratios import ratio_parts
from assistant.verified import accounted, conditions, meant, rates, retold, times
from assistant.verified.facets import Facets
from assistant.verified.figures import Told, means_figure
from assistant.verified.framing import DENYING_CHARS, content_words, wanted, words
from assistant.verified.saying import Foreign, Said, Saying

# Kinds that a question may leave to the rest of it, or say once more than another; all others change what is asked.
SOFT = ("entity", "verb", "field_of_value", "average", "ranked", "how_many", "listed", "judged", "deed")
# Kinds that tell of the figure itself, and kinds that narrow down what it is of.
_OF_A_FIGURE = ("metric", "count", "entity", "verb", "average", "share")
_NARROWING = ("value", "segment", "ids", "time", "number", "field", "grain", "cyclic", "weekday", "compare")
_END = Mark(10**6, 10**6, "")
_PARTS = frozenset({("op", o) for o in ("share", "ratio", "within", "parts")})
_DENYING = frozenset(["not", "exclude", "everything_else", "negative"])
_LIGHT = frozenset(
    ["by", "total", "attributes", "buckets", "by_amount", "but", "neutral", "filler", "having", "known", "different", "trend", "both", "chart"]
)
_LISTING = frozenset(["which", "of_which", "list"])
_COMPARING = frozenset(["versus", "change"])
_BOUNDS = {"more_than": (">",), "at_least": (">=",), "less_than": ("<",), "at_most": ("<=",), "exactly": ("=",), "between": ("between",)}
_DIRECTIONS = (("ascending", "bottom"), ("descending", "top"), ("bottom", "bottom"), ("top", "top"))
_ONE = ("一", "one", "a", "an", "once")
_THIS = ("这", "那", "上", "本", "这一", "那一")
_PERCENT = ("percent", "percentage", "百分比")
_BY_HOW_MUCH = ("多少", "幅度", "幅", "率", "几", "growth")
_JOINING = ("和", "与", "跟", "及", "或", "、", "加", "加上", "and", "or", "&", "+", "plus")
_FROM_TO = re.compile(r"\s*(?:to|到|至|往|->)\s*")
_COUNT_WORDS = re.compile(
    r"^(?:the )?(?:how many|number of|count of|total)\s+|\s+(?:count|number|total|head ?count)s?$|(?:人数|总数|数量|个数|数)$|^(?:多少个?|几个)"
)
_TYPO = 0.8  # the least likeness of a misspelt name
_A_YEAR = 365
_EACH = ("各", "每", "each", "for each", "分别")
_TOWARDS = ("to", "with", "against", "than", "和", "与", "跟", "同")


_RETELLING = (
    times.occasions, retold.all_values, retold.reasons, retold.doers, retold.counted_deeds, retold.amounts, conditions.narrowed,
    conditions.part_of_name, conditions.denied_periods, conditions.counted_heads, rates.rates, accounted.only_stressed, accounted.or_more,
    accounted.other_names, accounted.things_of_value, accounted.times_done, meant.inside_names, meant.cut_names,
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What a question says of a query."""

    said: frozenset[Said]
    foreign: tuple[Foreign, ...]
    rest: tuple[str, ...]


def content(reader: Reader, question: str, facets: Facets, by_meaning: bool = False) -> Content:
    """What a question says of the query with these parts; `by_meaning` also of its figure, where all that is left of it means just that."""
    text = reader.text(question)
    dated = {m.start: m for m in reader.marks(question) if m.time}  # a period said twice may be two
    marks = [dated.get(m.start, m) for m in reader.marks_in_place(question)]
    return _Saying(reader, text, wanted(text, marks), facets).content(by_meaning)


class _Saying(Saying):
    """One question beside one query, word by word."""

    def content(self, by_meaning: bool) -> Content:
        """All that is said."""
        times.periods(self)
        for at, mark in enumerate(self.marks):
            if mark.time:
                self.settled.append(mark)
                continue
            before = len(self.foreign) + len(self.rest), set(self.said)
            self._mark(at, mark)
            if len(self.foreign) + len(self.rest) > before[0]:
                self.loose.append(mark)
            elif any(s[0] not in _OF_A_FIGURE for s in self.said - before[1]) or self._dates(at, mark):
                self.settled.append(mark)
            elif any(s[0] == "metric" for s in self.said - before[1]):
                self.naming.append(mark)
        for retell in _RETELLING:
            retell(self)
        self._one_name()
        if by_meaning and (self.foreign or self.rest):
            meant.parts_meant(self)
            self._figure()
        return Content(frozenset(self.said), tuple(self.foreign), tuple(self.rest))

    def _dates(self, at: int, mark: Mark) -> bool:
        """Parcels sent out in April: what is done with whatever is measured, right before the period."""
        ahead = next((m for m in self.marks[at + 1 :] if not m.filler), None)
        return bool(set(mark.verbs) & self.facets.datasets) and ahead is not None and ahead.time is not None

    def _one_name(self) -> None:
        """Gross profit margin: the name of what a measure is made of right beside that of the measure, where both together mean this one."""
        for mark in [m for m in self.loose if m.metrics]:
            for other in self.marks:
                first, second = sorted((mark, other), key=lambda m: m.start)
                name = next((m for m in other.metrics if ("metric", m) in self.said), "")
                if other is mark or not name or self.text[first.end : second.start].strip() or not self._made_of(name) & set(mark.metrics):
                    continue
                links = self.reader.lexicon.meaning([self.text[first.start : second.end]])[0]
                if links and links[0].target == name and band([k for k in links if k.target not in mark.metrics]) == "auto":
                    self.foreign = [f for f in self.foreign if f.text != mark.text]

    def _made_of(self, metric: str) -> set[str]:
        """The metrics that one is a ratio of."""
        catalog = self.reader.shop.catalog
        return {name for part in ratio_parts(catalog, metric) or () if (name := catalog.aggregate_name(part))}

    def _figure(self) -> None:
        """Also the figure of the query, where all that is left of the question means just that."""
        metrics = self.facets.query.metrics
        name = metrics[0].metric if len(metrics) == 1 else None
        if name and ("metric", name) in self.said:
            meant.said_twice(self, name)
            return
        if not name or not self.loose or any(t[0] in _NARROWING for f in self.foreign for t in f.targets):
            return
        if rates.upside_down(self):
            return
        told = Told(self.text, self.marks, self.settled, self.loose)
        if means_figure(name, self.reader.lexicon, self.reader.shop.catalog, told):
            self.said.add(("metric", name))
            self.foreign, self.rest = [], []

    # -- words ------------------------------------------------------------------------------------------------------

    def _mark(self, at: int, mark: Mark) -> None:
        if (mark.filler and not mark.number) or self._only_once(at):
            return
        if mark.unknown or (mark.lacking and not _known(mark)):
            if mark.text in DENYING_CHARS and self._before_known(at):
                self._denied(mark)
            else:
                self._unknown(at, mark)
        elif mark.number and not mark.counters:
            self._number(at, mark)
        elif _known(mark):
            self._named(mark)
        else:
            self._operators(at, mark)

    def _only_once(self, at: int) -> bool:
        """次, of 一次都没 and of 失败次数: what is counted, where the one or the number says nothing of it."""
        mark, before = self.marks[at], self.marks[at - 1] if at else None
        ahead = self.marks[at + 1] if at + 1 < len(self.marks) else _END
        if not mark.has("filler") or not mark.counters:
            return False
        if before is not None and before.text in _THIS and before.end == mark.start:
            return True  # 跟去年那次比
        return (before is not None and before.text in _ONE and before.end == mark.start) or (ahead.text == "数" and ahead.start == mark.end)

    def _before_known(self, at: int) -> bool:
        """无券, 零用券: whether a word that denies stands right before what it denies."""
        ahead = self.marks[at + 1] if at + 1 < len(self.marks) else None
        return ahead is not None and ahead.start == self.marks[at].end and _known(ahead)

    def _number(self, at: int, mark: Mark) -> None:
        assert mark.number
        listed = len(self.facets.values) if mark.number.kind == "number" else 0
        if mark.number.value in self.facets.numbers:
            self.said.add(("number", mark.number.value))
        elif mark.text not in _ONE and not (listed > 1 and mark.number.value == listed and not mark.text.isdigit()):
            self.foreign.append(Foreign(mark.text, frozenset([("number", mark.number.value)])))

    def _named(self, mark: Mark) -> None:
        """A name, a value, a verb: as the part of the query that it may be, else as what it is."""
        facets = self.facets
        if mark.has(*_DENYING) and not mark.values:
            self._denied(mark)
        meant = self._meant(mark)
        if meant:
            self.said |= meant
        elif self._counts_anyway(mark):
            self.said.add(("count",))
        elif (counted := self._counted(mark)) is not None:
            self.said.add(("count",))
            if counted not in facets.entities:
                self.foreign.append(Foreign(mark.text, frozenset([("entity", counted)])))
        else:
            inside = [(link.kind, link.target) for link in self.reader.lexicon.scan(mark.text)] if mark.verbs else []
            self.foreign.append(Foreign(mark.text, frozenset([*_targets(mark), *inside])))

    def _counts_anyway(self, mark: Mark) -> bool:
        """Headcount, 多少人: a number of whoever is counted."""
        counts = self.facets.counts
        return bool(counts) and (mark.text in words("sizes") or (mark.has("filler") and bool(mark.entities) and bool(self._people(counts))))

    def _meant(self, mark: Mark) -> set[Said]:
        """The part of the query that a name may be: the one that says most."""
        facets = self.facets
        values = {(f, str(v)) for f, v in mark.values}
        if found := [v for v in mark.values if (v[0], str(v[1])) in facets.values]:
            return {("value", *map(str, v)) for v in found[:1]}
        if metric := next((m for f, v, m in sorted(facets.filtered) if (f, v) in values), ""):
            return self._measured(metric)
        if metric := next((m for f, v, m in sorted(facets.parts) if (f, v) in values), ""):
            return {("part", metric, mark.text)}
        if mark.ids:
            target, numbers = mark.ids
            said = {("value", f, str(n)) for f, _ in facets.values for n in numbers if self._is_of(f, target)}
            return set(said) if said and all((f, v) in facets.values for _, f, v in said) else set()
        if alike := conditions.same_segment(self, mark) or accounted.first_timers(self, mark) or accounted.kept_rows(self, mark):
            return alike
        if kept := facets.held & {s for d, s in mark.deeds if d in facets.datasets | {f.split(".")[0] for f in facets.fields}}:
            return {("verb",), *(("segment", s) for s in kept), *(("deed", *deed) for deed in mark.deeds)}
        if mark.values and not (mark.metrics or mark.fields or mark.entities or mark.segments):
            return set()
        if found_segments := (facets.segments | facets.held) & set(mark.segments):
            return {("segment", next(iter(found_segments)))}
        if metric := next((m for m in (*mark.metrics, *mark.either) if m in facets.metrics), ""):
            return self._measured(metric)
        if fields := [f for f in (mark.shown, *mark.fields, *mark.either) if f in facets.fields]:
            grouped = any(g.field == fields[0] for g in facets.query.group_by)
            holds = not grouped and (fields[0], "True") in facets.values  # paid traffic, of sources that are paid or not
            return {("field", fields[0])} if grouped else {("value", fields[0], "True")} if holds else {("field_of_value", fields[0])}
        if entities := [e for e in mark.entities if e in facets.entities or self._shown(e)]:
            shown = self._shown(entities[0])
            return {("field", shown)} if shown else {("entity", entities[0])}
        if counter := next((m for m in mark.counters if m in facets.metrics), ""):
            return self._measured(counter)
        if not mark.metrics and not mark.entities and facets.datasets & set(mark.verbs):
            return {("verb",), *(("deed", *deed) for deed in mark.deeds)}
        return conditions.dated_by(self, mark)

    def _measured(self, metric: str) -> set[Said]:
        counts = any(m.metric == metric and whom_it_counts(self.reader.shop.catalog, metric) for m in self.facets.query.metrics)
        return {("count",), ("metric", metric)} if counts else {("metric", metric)}

    def _is_of(self, field: str, target: str) -> bool:
        return field == target or ("." in field and self.reader.shop.catalog.field(field).spec.entity == target)

    def _shown(self, entity: str) -> str:
        """The field that the query groups by, where it is that by which an entity is shown."""
        spec = self.reader.shop.catalog.entity(entity)
        field = f"{spec.dataset}.{spec.shown_by}" if spec.dataset and spec.shown_by else ""
        return field if field in self.facets.fields else ""

    def _counted(self, mark: Mark) -> str | None:
        """The entity that a name of a number is the number of, where it says no more: 用户数, shopper count."""
        if not self.facets.counts or not mark.metrics:
            return None
        bare = _COUNT_WORDS.sub("", mark.text).strip()
        names = [link for link in self.reader.lexicon.scan(bare) if (link.start, link.end) == (0, len(bare))]
        named = {link.target if link.kind == "entity" else self._showing(link.target) for link in names}
        counted = {whom_it_counts(self.reader.shop.catalog, m) or "" for m in mark.metrics}
        return next((e for e in sorted(named & counted) if e), None) if bare != mark.text else None

    def _showing(self, field: str) -> str:
        """The entity that is shown by a field: customers by their names."""
        return next((n for n, e in self.reader.shop.catalog.spec.entities.items() if e.dataset and f"{e.dataset}.{e.shown_by}" == field), "")

    # -- operators --------------------------------------------------------------------------------------------------

    def _operators(self, at: int, mark: Mark) -> None:
        facets, ops = self.facets, set(mark.ops) - _LIGHT
        if mark.has("total") and facets.counts:
            self.said.add(("count",))
        if mark.has(*_DENYING):
            self._denied(mark)
            return
        if mark.has("by_amount") and not self._of_money():
            self.foreign.append(Foreign(mark.text, frozenset([("op", "by_amount")])))
        if not ops or self._joins(at, mark) or self._before_time(at, mark):
            return
        if ops & {"how_many"} and not ops - {"how_many"}:
            if self._counts_as(at):
                return
            self.said |= {("how_many",), *([("count",)] if facets.counts else [])}
            return
        if ops <= _LISTING:
            if not mark.text.startswith("what"):
                self.said.add(("listed",))
            if not facets.query.group_by and not facets.query.records and not mark.text.startswith(("what", "who")):
                self.foreign.append(Foreign(mark.text, frozenset([("op", "which")])))
            return
        said = self._operator(at, mark, ops)
        if said:
            self.said |= said
        else:
            self.foreign.append(Foreign(mark.text, frozenset(("op", o) for o in ops)))

    def _operator(self, at: int, mark: Mark, ops: set[str]) -> set[Said]:
        """What an operator says of the query; nothing where the query holds nothing of it."""
        facets = self.facets
        if ops & {"growth", "growth_top", "decline", "decline_top", "higher", "lower"} and facets.growth:
            return {("growth", "decline" if ops & {"decline", "decline_top", "lower"} else "growth")}
        if ops & {"growth"} and facets.query.compare and mark.text.endswith(_BY_HOW_MUCH):
            return {("judged",)}  # 增长了多少, of two periods: what a comparison tells
        if ops & {"share", "ratio", "within", "parts"} and facets.share:
            return {("share",)}
        if ops & _COMPARING and facets.query.compare:
            return {("earlier",)}
        if "new" in ops and "returning" not in ops and facets.firsts:
            return self._measured(min(facets.firsts))
        if ops & {"sequence", "new"} and (told := conditions.sequence(self, mark)):
            return told
        if ops & {"judge"} and facets.query.compare:  # 怎么样, of two periods: what a comparison tells
            return {("judged",)}
        if ops & set(_BOUNDS) and any(facets.operators & set(_BOUNDS[o]) for o in ops if o in _BOUNDS):
            return {("bound", o) for o in ops if o in _BOUNDS and facets.operators & set(_BOUNDS[o])}
        direction = next((d for name, d in _DIRECTIONS if name in ops), None)
        if direction and facets.ranked:
            return {("ranked",)} if self._is_second(at) or ops == {"sorting", "top"} else {("direction", direction)}
        if ops & {"separately"} and facets.query.group_by:
            return {("ranked",)}
        if (ops & {"average"} or (ops & {"parts"} and mark.text in words("averages"))) and self._is_average():
            return {("average",)}
        if ops & {"running"} and facets.query.running:
            return {("running", facets.query.running.kind)}
        return set()

    def _counts_as(self, at: int) -> bool:
        """Count, of those that count as heroes: they are some, and nobody asks how many."""
        return self.marks[at].text.startswith("count") and at + 1 < len(self.marks) and self.marks[at + 1].text == "as"

    def _denied(self, mark: Mark) -> None:
        self.said.add(("not",))
        self.denials.append(mark)

    def _of_money(self) -> bool:
        """Whether a figure of the query is an amount, or may be."""
        specs = [self.reader.shop.catalog.metric(m) for m in self.facets.metrics]
        return not specs or any(spec.format == "currency" or spec.unit for spec in specs)

    def _is_average(self) -> bool:
        names = (n for m in self.facets.metrics for n in self.reader.shop.catalog.metric(m).names())
        return any(w in n.lower() for n in names for w in ("average", "mean", "平均", "均", "每"))

    def _is_second(self, at: int) -> bool:
        """Fastest, in "from slowest to fastest": the other end of an order."""
        before = next((m for m in reversed(self.marks[:at]) if not m.filler), None)
        if before is None or not before.has("top", "bottom"):
            return False
        return _FROM_TO.fullmatch(self.text, before.end, self.marks[at].start) is not None

    def _joins(self, at: int, mark: Mark) -> bool:
        """金卡跟钻石, gold plus diamond: a word between two values of a kind."""
        if mark.text not in _JOINING or not 0 < at < len(self.marks) - 1:
            return False
        one, other = self.marks[at - 1], self.marks[at + 1]
        return bool({f for f, _ in one.values} & {f for f, _ in other.values})

    def _before_time(self, at: int, mark: Mark) -> bool:
        """Over the whole of 2017, within May: a word that bounds nothing and only leads to a period."""
        ahead = next((m for m in self.marks[at + 1 :] if not m.filler and not m.has("total")), None)
        return mark.text in ("over", "within", "during", "内", "throughout") and ahead is not None and ahead.time is not None

    # -- words that nobody knows ------------------------------------------------------------------------------------

    def _unknown(self, at: int, mark: Mark) -> None:
        for word in content_words(mark.text):
            if word in words("sizes"):
                self.said.add(("count",))
            elif word in _PERCENT and self.facets.share:
                self.said.add(("share",))
            elif word in words("people") and self._after_value(at) and (people := self._people(self.facets.entities)):
                self.said.add(("entity", people))
            elif word in words("averages") and self._is_average():
                self.said.add(("average",))
            elif word not in words("asides") and not self._misspelt(word):
                self.rest.append(word)

    def _after_value(self, at: int) -> bool:
        """The people of 45岁人群, not those of 按人群: of whom it is said who they are."""
        before = next((m for m in reversed(self.marks[:at]) if not m.filler), None)
        return before is not None and bool(before.values or before.segments)

    def _people(self, among: frozenset[str]) -> str:
        """The people among what a query is about."""
        return next((e for e in sorted(among) if self.reader.shop.catalog.entity(e).people), "")

    def _misspelt(self, word: str) -> bool:
        """Whether a word is a typing error of something that the query holds."""
        for link in self.reader.lexicon.fuzzy(word):
            if link.score < _TYPO:
                return False
            kind = {"metric": "metrics", "field": "fields", "entity": "entities", "segment": "segments"}[link.kind]
            said = self._meant(Mark(0, len(word), word, **{kind: (link.target,)}))  # type: ignore[arg-type]
            if said:
                self.said |= said
                return True
        return False


def _known(mark: Mark) -> bool:
    return bool(
        mark.metrics or mark.fields or mark.entities or mark.segments or mark.values or mark.verbs or mark.counters or mark.ids or mark.either
    )


def _targets(mark: Mark) -> list[Said]:
    """All that a mark may stand for."""
    out: list[Said] = [("metric", m) for m in (*mark.metrics, *mark.counters, *(e for e in mark.either if "." not in e))]
    out += [("field", f) for f in (*mark.fields, *(e for e in mark.either if "." in e))]
    out += [("entity", e) for e in mark.entities]
    out += [("segment", s) for s in mark.segments]
    out += [("value", f, str(v)) for f, v in mark.values]
    out += [("ids", *mark.ids)] if mark.ids else []
    return out or [("verb", d) for d in mark.verbs] or [("text", mark.text)]
