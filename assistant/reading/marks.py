"""Marks: what each stretch of a question may be. Every character belongs to at most one mark."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from assistant.language import Clock, NamedEvent, NumberSpan, TimeSpan, find_numbers, find_times, normalise
from assistant.language.dictionary import is_chinese_word
from assistant.language.general import chinese_words, is_general, lacking_words
from assistant.language.holidays import holidays
from assistant.language.hours import find_hours, without
from assistant.language.numbers import chinese_number
from assistant.language.operators import FILLER, OperatorSpan, find_operators
from assistant.linking.lexicon import Lexicon
from assistant.reading.capitals import codes, proper_names
from assistant.reading.catalog_words import dated_verbs, deeds_of, objects_of, said_of_true
from assistant.reading.elliptic import shared_parts
from assistant.reading.ladders import aged, ladders
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog
from semantic_layer.spelling import Scanner, has_han
from semantic_layer.values import ValueHit, ValueIndex


@dataclass
class _Candidate:
    start: int
    end: int
    rank: int
    parts: dict[str, object] = field(default_factory=dict)


# What wins where two readings cover the same stretch: lower first.
_RANKS = {"ids": 0, "time": 1, "name": 2, "value": 3, "ops": 4, "counter": 5, "number": 6, "lacking": 6}
_ID_AFTER = re.compile(
    r"\s*(?:#|no\.?|number|nr\.?|编号|id)?\s*(\d{1,12})(?:号)?((?:\s*(?:,|and|or|和|、|与|/|&|vs\.?)\s*\d{1,12}(?:号)?(?![\d%]))*)(?![\d%.]|\s*(?:%|个|家|户|名|天|周|月|次|单|件|张|笔|块|元|人|位|种|类|款|场|倍|成|折|年|点|日|多))"
)
# Stores 343, 361 and 381, 2017: behind the last of a list.
_ENDS_IN_A_YEAR = re.compile(r",\s*20[0-3]\d$")
_ID_BEFORE = re.compile(r"((?:\d{1,12}号?(?:、|,|和|与|/|及|或|或者))*)(\d{1,12})(号)?$")
# 367、406、429 三家店: as many as are listed.
_ID_COUNTED = re.compile(
    r"(?<![\d.])((?:\d{1,12}号?\s*(?:、|,|和|与|/|及)\s*)+\d{1,12}号?)\s*(?:这|那)?([两二三四五六七八九2-9])[家个户款张场种位]\s*$"
)
_AVERAGED = re.compile(r"(daily|weekly|monthly|quarterly|yearly|annual) (?:average|avg|mean)s?")
_WORDS = re.compile(r"[一-鿿]+|[a-z0-9][a-z0-9'&/+.-]*", re.IGNORECASE)


_OFTEN = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_OFTEN_WORDS = re.compile(r"\b(?:once|twice|thrice|(?<=by )how (?:often|frequently))\b")
# What makes a number of a once, which else only says that something happened, or when.
_COUNTED_ONCE = re.compile(r"\b(?:only|just|exactly|merely|more than|at least|no more than|at most|less than)(?: \w+){0,3} $")
_OR_MORE = re.compile(r" (?:or more|or less|only)\b")

# A general word for what a field holds: the values are of these kinds.
_KIND = re.compile(r"\s*(?:(?:types?|kinds?|groups?|class|classes|category|categories|names?)(?![a-z])|类型|种类|类别|分类|规格|名称|情况|档位|档)")
_TELLING = ("show", "tell", "give", "get", "send", "of", "let", "help", "for", "to", "with", "bring", "remind", "hand", "pass")

# A number beside these counts off a part, and not all there are.
_COUNTED_OFF = ("top", "bottom", "growth_top", "decline_top", "judge", "more_than", "less_than", "at_least", "at_most", "exactly", "parts", "total")
_NOT_ONE = re.compile(r"[一半](?P<object>[一-鿿])[都也]?(?:没有|没|未)(?P<verb>[一-鿿])(?:过|了)?")
_JUDGING = frozenset(["judge", "judge_bad", "neutral", FILLER])
_CLASSIFIERS = ("个", "家", "大", "种", "类", "the", "of")
_FEWEST = 2
_MOST_COUNTED = 200_000

_GRADES = tuple("一二两三四五六七八九")
_TO_ITS_TIME = re.compile(r"\s*(?:(?:在|于|是|为|才|刚刚?|新|的|了|in|on|during|between|since|from|the|is|was|were|newly|just) ?){0,2}\s*")
_NEWLY = re.compile(r"(?:刚刚?|新|\b(?:newly|just) )$")
_CUTS_OFF = ("top", "bottom", "first", "last", "best", "worst", "前", "后", "第")  # top 5 is no size 5
_LETTERS = {True: 5, False: 2}  # of a word that is more than a particle, by whether they are Latin
_FEW = 60
UNITS_OF_TIME = ("day", "week", "month", "quarter", "year", "hour")
_UNITS_ZH = ("日", "天", "周", "月", "季", "年", "时", "点")  # 2013年: a year, and not the 2013th of anything
_HOURS = ("hour", "hour_of_day")
_OF_A_KIND = re.compile(r"\s*(?:的|这|那|该|本)?(?:一)?(?:个|场|次|张|档|波)?\s*(?:的)?\s*")
_LONG_NAME = 6


def _counts_times(text: str, word: re.Match[str]) -> bool:
    """Only bought once, once or more; not: never once, once they joined."""
    return word.group() != "once" or bool(_COUNTED_ONCE.search(text, 0, word.start()) or _OR_MORE.match(text, word.end()))


def _has_hours(catalog: Catalog, dataset: str) -> bool:
    """Whether the rows of a dataset are dated by the hour, and not by the day."""
    time = catalog.dataset(dataset).time
    return time is not None and catalog.field(time if "." in time else f"{dataset}.{time}").spec.type == "datetime"


class Marker:
    """Finds the marks of a question over one catalog and its values."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, values: ValueIndex) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.values = values
        self._verbs = _Words((w, (f"{dataset}:{segment}",)) for (dataset, segment), words in deeds_of(catalog).items() for w in words)
        self._dates = _Words((word, (ref,)) for word, ref in dated_verbs(catalog))
        self._true = _Words((word, (ref,)) for word, ref in said_of_true(catalog))
        self.ladders = ladders(catalog)
        self._shown = {f"{e.dataset}.{e.shown_by}": name for name, e in catalog.spec.entities.items() if e.shown_by}
        self._timed = any(_has_hours(catalog, name) for name in catalog.spec.datasets)
        self._terms = _Words((n, t.means) for t in catalog.spec.terms.values() for n in t.names())
        self._lacking = _Words((w, (key,)) for w, key in lacking_words().items())
        self._counting = frozenset(normalise(w).text for spec in catalog.spec.metrics.values() for w in spec.counters.all())
        times = tuple(m for m, spec in catalog.spec.metrics.items() if "times" in spec.counters.en)
        self._times = times
        self._often = {w: (n, times) for w, n in _OFTEN.items() if times}
        self._counters = _Words((w, (m,)) for m, spec in catalog.spec.metrics.items() for w in spec.counters.all())

    def names(self) -> Iterator[str]:
        """All that things of the catalog are called: names, verbs, terms, counters."""
        yield from (n.text for n in self.lexicon.names)
        for words in (self._verbs, self._terms, self._counters):
            yield from words.words

    def marks(self, text: str, clock: Clock, question: str = "") -> list[Mark]:
        """The marks of a normalised text, left to right; stretches that nothing claims are marks too.

        `question` is the text as it was written: capital letters tell codes and names.
        """
        merged: dict[tuple[int, int], _Candidate] = {}
        for candidate in sorted(_whole_words(text, self._candidates(text, clock, question)), key=lambda c: c.rank):
            same = merged.setdefault((candidate.start, candidate.end), candidate)
            if same is not candidate:
                same.parts = _merged(same.parts, candidate.parts)
        taken = segmented(text, list(merged.values()))
        marks = [Mark(c.start, c.end, text[c.start : c.end], **c.parts) for c in taken]  # type: ignore[arg-type]
        for pronoun, noun in pairwise(marks):
            if pronoun.text == "us" and noun.entities and noun.start == pronoun.end + 1 and not _told(text, pronoun.start):
                pronoun.ops = frozenset()  # us suppliers: a country, known or not
        marks = sorted([*marks, *_gaps(text, marks)], key=lambda m: m.start)
        marks = [part for m in marks for part in self._object_of(m)]
        for value, noun in pairwise(marks):
            self._of_the_field(value, noun)
        self._ones(marks)
        self._tally(text, marks)
        for mark in marks:
            if mark.counters and len(mark.text) > 1 and not mark.groupable:
                self._counted_things(mark)
            if mark.segments and not mark.verbs:
                self._deed_named(mark)
            if mark.metrics and not mark.verbs:
                ending = [d for _, end, owners in self._verbs.find(mark.text) if end == len(mark.text) for d in owners]
                mark.did = tuple(dict.fromkeys(d.split(":")[0] for d in ending))
        return marks

    def _of_the_field(self, word: Mark, noun: Mark) -> None:
        """The phones subcategory: a word right before the name of a field that has it as a value, be it a name as well."""
        if not noun.fields or word.values or word.ops or not (word.fields or word.entities) or noun.start - word.end > 1:
            return
        if found := tuple((e.field, e.value) for e in self.values.exact(word.text) if e.field in noun.fields):
            word.values, word.fields, word.entities, word.shown = found, (), (), ""

    def _object_of(self, mark: Mark) -> list[Mark]:
        """收到短信, received an SMS: a verb that ends in a value of its own rows, as the verb and the value."""
        if not mark.verbs or mark.deeds or mark.metrics or mark.values:
            return [mark]
        starts = range(1, len(mark.text) - 1) if has_han(mark.text) else [m.end() for m in re.finditer(r" (?:an? )?", mark.text)]
        for at in starts:
            found = tuple((e.field, e.value) for e in self.values.exact(mark.text[at:]) if e.field.split(".")[0] in mark.verbs)
            if found:
                cut = mark.start + at
                return [replace(mark, end=cut, text=mark.text[:at].rstrip()), Mark(cut, mark.end, mark.text[at:], values=found)]
        return [mark]

    def _ones(self, marks: list[Mark]) -> None:
        """How many reviews, without the automatic ones: a word before "ones" is that of the things named before, if they are called so."""
        for at, (word, ones) in enumerate(pairwise(marks)):
            if ones.text not in ("one", "ones") or not ones.filler or not word.unknown:
                continue
            for noun in [m.text.split()[-1] for m in reversed(marks[:at]) if (m.entities or m.metrics) and m.text.isascii()]:
                whole = f"{word.text} {noun}"
                named = next((c.parts["segments"] for c in self._names(whole) if (c.start, c.end) == (0, len(whole)) and "segments" in c.parts), None)
                if named:
                    word.segments = named  # type: ignore[assignment]
                    break

    def _counted_things(self, mark: Mark) -> None:
        """个商品, 位客户: a classifier with the name of what it counts, which is that thing too."""
        for found in self._names(mark.text):
            entities = found.parts.get("entities")
            if found.start == 1 and found.end == len(mark.text) and entities:
                mark.entities, mark.shown = entities, found.parts.get("shown", "")  # type: ignore[assignment]

    def _deed_named(self, mark: Mark) -> None:
        """Readers who opened notices: the name of a segment that begins with its own verb tells of a deed too."""
        for start, _, owners in self._verbs.find(mark.text):
            told = _told_by(tuple(o for o in owners if o.split(":")[1] in mark.segments))
            if start == 0 and told["deeds"]:
                mark.verbs, mark.deeds = told["verbs"], told["deeds"]  # type: ignore[assignment]

    def _tally(self, text: str, marks: list[Mark]) -> None:
        """The three airports, 五个大区: a number that is how many of it there are says which field is meant, and all of them."""
        if any(m.has(*(n for n in _COUNTED_OFF if n != "total")) for m in marks):
            return
        summed = any(m.has("total") for m in marks)
        for number, noun in pairwise([m for m in marks if not (m.filler and m.text in _CLASSIFIERS)]):
            size = int(number.number.value) if number.number and number.number.kind == "number" else 0
            if size < _FEWEST or noun.start - number.end > 2 or noun.number or noun.time or number.time:
                continue
            fields = [ref for ref in (*noun.either, *noun.entities, *noun.fields) if self._size(ref) == size]
            if summed:
                behind = next((m for m in marks if m.start >= noun.end), None)
                if len(fields) == 1 and behind is not None and behind.has("total") and behind.start - noun.end <= 1:
                    _say_nothing(number)  # 四个仓加起来: all that there are
                    _say_nothing(noun)
            elif len(fields) == 1:
                kind = {"entities": (fields[0],), "fields": ()} if "." not in fields[0] else {"fields": (fields[0],), "entities": ()}
                for name, refs in {**kind, "either": (), "metrics": ()}.items():
                    setattr(noun, name, refs)
                number.number, number.ops = None, frozenset(["by"])

    @cached_property
    def _sizes(self) -> Counter[str]:
        """How many values each field has; of very many none are counted: nobody tells them off by their number."""
        return Counter(e.field for e in self.values.entries) if len(self.values) <= _MOST_COUNTED else Counter()

    def _size(self, ref: str) -> int:
        """How many values a field has; of an entity, those that rows point to."""
        if "." in ref and (entity := self.catalog.field(ref).spec.entity):
            return self._size(entity)
        if "." in ref:
            return self._sizes.get(ref, 0)
        own = self.catalog.entity(ref).dataset
        held = [f"{d}.{f}" for d in self.catalog.spec.datasets if d != own and (f := self.catalog.entity_field(ref, d))]
        shown = self.catalog.entity(ref).shown_by
        return max([self._sizes.get(h, 0) for h in held] or [0]) or self._sizes.get(f"{own}.{shown}", 0)

    def _candidates(self, text: str, clock: Clock, question: str) -> list[_Candidate]:
        hours = find_hours(text) if self._timed else []
        names = self._names(text)
        graded = [g for c in names for g in self._graded(text, c)]
        rest = without(text, [*hours, *graded])  # 上周一星评价: of last week, with one star
        times = [*hours, *find_times(rest, clock)]
        out = [_Candidate(t.start, t.end, _RANKS["time"], {"time": t}) for t in times if self._timed or t.grain not in _HOURS]
        out += [_Candidate(t.start, t.end, _RANKS["time"], {"time": t}) for t in _shorter(text, out)]
        out += [_number(text, n, clock) for n in find_numbers(text)]
        out += [_Candidate(s, e, _RANKS["name"], _told_by(v)) for s, e, v in self._verbs.find(text)]
        out += [*self._denied_objects(text), *self._with_their_objects(text)]
        out += [_Candidate(s, e, _RANKS["name"], {"either": v}) for s, e, v in self._terms.find(text)]
        out += [_Candidate(s, e, _RANKS["counter"], {"counters": v}) for s, e, v in self._counters.find(text)]
        out += [_Candidate(s, e, _RANKS["lacking"], {"lacking": v[0]}) for s, e, v in self._lacking.find(text)]
        out += [self._how_often(m) for m in _OFTEN_WORDS.finditer(text) if self._often and _counts_times(text, m)]
        true = [(s, e, v) for s, e, v in self._true.find(text) if not self.values.exact(text[s:e])]  # 手机, a product, is no mobile device
        out += [_Candidate(s, e, _RANKS["value"], {"values": tuple((r, True) for r in v)}) for s, e, v in true]
        out += [*names, *self._kinds(text, names), *self._dated(text, times, [*out, *names])]
        written = self._written(text, question, names)
        dated = {c.start for c in out if "time" in c.parts}
        values, operators = self._values(text, dated, names), find_operators(text)
        out += [*values, *written, *self._coded(text, question)]
        whole = self._named_like_a_time(text, [c for c in out if "time" in c.parts], values)
        out = [c for c in out if "time" not in c.parts or not any(c.start < v.end and v.start < c.end for v in whole)]
        judged = {(o.start, o.end) for o in operators if o.names != {FILLER}}
        plain = {(c.start, c.end) for c in written} | ({(c.start, c.end) for c in values} & judged)
        said = [
            o
            for o in operators
            if (o.start, o.end) not in plain and not _joins(text, o) and not _asks_whether(text, o) and not _is_noun_by(text, o)
        ]
        measured = [c for c in names if c.parts.get("metrics")]
        out += [_Candidate(o.start, o.end, _RANKS["ops"], {"ops": o.names}) for o in said if not _cuts_a_metric(text, o, measured)]
        out += [*graded, *(i for c in names for i in self._ids(text, c))]
        for pattern, ref in self._inside:
            out += [_Candidate(m.start(), m.end(), _RANKS["ids"], {"ids": (ref, (int(m.group(1)),))}) for m in pattern.finditer(text)]
        out += _one_by_one(text, {(c.start, c.end) for c in names})
        kept = [(c.start, c.end) for c in names if c.parts.get("segments")]  # 打折的商品: what the catalog has a segment for is not lacking
        out = [c for c in out if c.parts.keys() != {"lacking"} or not any(c.start <= s and e <= c.end for s, e in kept)]
        out = [c for c in out if "segments" not in c.parts or not (_cuts_a_value(c, out) or _holds_an_amount(self.catalog, text, c, out))]
        numbered = [c for c in out if "ids" in c.parts]  # targeted by campaign 13: the number is that of the campaign
        out = [c for c in out if "verbs" not in c.parts or not any(c.start < i.start < c.end < i.end for i in numbered)]
        out = [c for c in out if "verbs" not in c.parts or text[max(c.start - 1, 0) : c.start + 1] != "所有"]  # 占所有单: all of them, and no 有单
        bare = {n.start for n in find_numbers(text) if text[n.start : n.end] in _ROUND}
        out = [c for c in out if not (text[c.end - 1] == "名" and text[c.end : c.end + 1] == "单")]  # 客户名单: a list, and no name
        return [c for c in out if c.end not in bare or c.end - c.start == 1 or text[c.end - 1] != "过"]

    def _named_like_a_time(self, text: str, times: list[_Candidate], values: list[_Candidate]) -> list[_Candidate]:
        """618满299减60的券, 618年中大促2026这个活动: a value that a time stands in, where more than the time is said or its kind is named."""
        out = []
        for value in values:
            refs = [f for f, _ in value.parts["values"]]  # type: ignore[attr-defined]
            inside = [t for t in times if value.start <= t.start and t.end <= value.end]
            cut = [t for t in times if t.start < value.end and value.start < t.end]
            kinds = {n for f in refs for n in (*self._owner_names(f), *self.catalog.field(f).spec.names())}
            behind = _OF_A_KIND.match(text, value.end)
            told = behind is not None and any(text[behind.end() :].startswith(normalise(n).text) for n in kinds if n)
            more = bool(inside) and not any(t.start == value.start and t.end == value.end for t in inside) and value.end - value.start >= _LONG_NAME
            if cut and (told or (more and not any(t.start < value.start or t.end > value.end for t in inside))):
                out.append(value)
        return out

    def _owner_names(self, ref: str) -> list[str]:
        """What the entity is called whose dataset a field is of."""
        return [n for spec in self.catalog.spec.entities.values() if spec.dataset == ref.split(".")[0] for n in spec.names()]

    def _dated(self, text: str, times: list[TimeSpan], known: list[_Candidate]) -> Iterator[_Candidate]:
        """去年上架, launched in May: what is said of one date of the catalog, beside a time, where the word is no name or verb of it."""
        taken = {(c.start, c.end) for c in known if c.parts.keys() - {"lacking"}}
        said = {(o.start, o.end) for o in find_operators(text)}
        for start, end, refs in self._dates.find(text):
            if len(refs) == 1 and (start, end) not in taken | said and any(_beside(text, t, start, end) for t in times):
                new = _NEWLY.search(text, 0, start)
                yield _Candidate(new.start() if new else start, end, _RANKS["name"], {"fields": refs})

    @cached_property
    def _inside(self) -> list[tuple[re.Pattern[str], str]]:
        """促销第20周, 促销周第20周, of what is called 促销周: the number stands inside the name, or behind it with its unit once more."""
        fields = ((f"{d}.{f}", spec) for d, data in self.catalog.spec.datasets.items() for f, spec in data.fields.items())
        whole = ((ref, spec) for ref, spec in fields if spec.type == "integer" and spec.kind == "dimension")
        numbered = [(n, ref) for ref, spec in whole for n in (spec.label.zh, *spec.synonyms.zh)]
        return [(re.compile(rf"{re.escape(n[:-1])}{n[-1]}?的?第(\d{{1,3}}){n[-1]}"), ref) for n, ref in numbered if len(n) > 2 and n[-1] in "周期档"]

    def _how_often(self, word: re.Match[str]) -> _Candidate:
        """Twice: a number that says itself what it counts; how often: how many times."""
        if word.group() not in self._often:
            return _Candidate(word.start(), word.end(), _RANKS["counter"], {"counters": self._times})
        value, metrics = self._often[word.group()]
        number = NumberSpan(word.start(), word.end(), value)
        return _Candidate(word.start(), word.end(), _RANKS["counter"], {"number": number, "counters": metrics})

    def _denied_objects(self, text: str) -> Iterator[_Candidate]:
        """一单没下: the verb behind a denied object is the verb with its object, 下单."""
        for found in _NOT_ONE.finditer(text):
            whole = found["verb"] + found["object"]
            for start, end, owners in self._verbs.find(whole):
                if (start, end) == (0, len(whole)):
                    yield _Candidate(found.start("verb"), found.end(), _RANKS["name"], _told_by(owners))

    def _with_their_objects(self, text: str) -> Iterator[_Candidate]:
        """Got in touch with support: a verb with what other verbs of its dataset are done to."""
        for start, end, owners in self._verbs.find(text) if text.isascii() else ():
            objects = [o for owner in owners for o in self._objects.get(owner.split(":")[0], ())]
            behind = re.match(rf" (?:with |to |at )?(?:our |the )?(?:{'|'.join(map(re.escape, objects))})\b", text[end:]) if objects else None
            if behind is not None:
                yield _Candidate(start, end + behind.end(), _RANKS["name"], _told_by(owners))

    @cached_property
    def _objects(self) -> dict[str, tuple[str, ...]]:
        return objects_of(self.catalog)

    def _names(self, text: str) -> list[_Candidate]:
        found: dict[tuple[int, int], dict[str, list[str]]] = {}
        operators = {(o.start, o.end) for o in find_operators(text) if o.names != {FILLER}}
        verbs = {(s, e) for s, e, _ in self._verbs.find(text)}
        links = self.lexicon.scan(text)
        plain = {(link.start, link.end) for link in links if link.kind == "metric" and link.how != "inflected"}
        for link in links:
            if link.how == "inflected" and link.kind == "metric" and any(link.start < s and e == link.end for s, e in plain):
                continue  # avg baskets per store: an average number of them, and no average basket
            if link.how == "inflected" and (link.start, link.end) in (operators | verbs if link.kind == "metric" else operators):
                continue
            word = text[link.start : link.end]
            if link.kind == "field" and (self._only_a_unit(word, link.target) or (link.how == "inflected" and self.values.exact(word))):
                continue  # phones, the goods: called just so, and no number of a phone
            done = text[: link.start].endswith((" a ", " an ")) and {link.start - 3, link.start - 4} & {e for _, e in verbs}
            if link.kind == "field" and done and self.values.exact(f"{word}s"):
                continue  # bought a phone: one of the phones
            kinds = found.setdefault((link.start, link.end), {})
            plural = {"metric": "metrics", "field": "fields", "entity": "entities", "segment": "segments"}[link.kind]
            kinds.setdefault(plural, []).append(link.target)
        return [_Candidate(s, e, _RANKS["name"], self._with_entity(kinds)) for (s, e), kinds in found.items()]

    def _only_a_unit(self, word: str, field: str) -> bool:
        """The top 3 weeks: a unit of time that is also what a column is called, but no name that the catalog gives it."""
        unit = word.removesuffix("s")
        return unit in UNITS_OF_TIME and not {unit, word} & {normalise(n).text for n in self.catalog.field(field).spec.names()}

    def _with_entity(self, kinds: dict[str, list[str]]) -> dict[str, object]:
        """The name that an entity is shown by stands for the entity."""
        shown = next((f for f in kinds.get("fields", ()) if f in self._shown), "")
        if shown:
            kinds = {**kinds, "entities": [self._shown[shown], *kinds.get("entities", ())], "fields": []}
        parts: dict[str, object] = {k: tuple(dict.fromkeys(v)) for k, v in kinds.items() if v}
        return {**parts, "shown": shown} if shown else parts

    def _values(self, text: str, dated: set[int], names: list[_Candidate]) -> list[_Candidate]:
        """The values in a text; `dated` says where times begin."""
        found: dict[tuple[int, int], list[tuple[str, str]]] = {}
        named = {c.start for c in names}
        words = {(o.start, o.end): o.names for o in find_operators(text)}
        for hit in self.values.scan(text, overlapping=True):
            word = words.get((hit.start, hit.end))
            plain = is_general(text[hit.start : hit.end]) and not self._one_of_few(hit)
            if text[: hit.start].endswith("$") or (text[hit.start : hit.end].endswith(" in") and hit.end + 1 in dated):
                continue  # under $10 in August: no package of 10 inches
            if hit.how != "weak" and not plain and (
                word is None or (word == {FILLER} and self._telling(text, hit, named)) or (word <= _JUDGING and self._of_its_rows(hit, names))
            ):
                found.setdefault((hit.start, hit.end), []).append((hit.field, hit.value))
        for start, end, ref, steps in aged(text, self.ladders):
            found.setdefault((start, end), [(ref, v) for v in steps])  # 25到34岁, of the band 25-34
        listed = shared_parts(text, found, lambda name: ((e.field, e.value) for e in self.values.exact(name)))
        out = [_Candidate(s, e, _RANKS["value"], {"values": tuple(dict.fromkeys(v))}) for (s, e), v in found.items()]
        return [*out, *(_Candidate(s, e, _RANKS["value"], {"values": v}) for s, e, v in listed)]

    def _written(self, text: str, question: str, names: list[_Candidate]) -> list[_Candidate]:
        """Values that the way they are written tells from plain words: codes in capitals, names, a country before what is of it."""
        short, proper = codes(question), proper_names(question)
        found: dict[tuple[int, int], list[tuple[str, str]]] = {}
        for hit in self.values.scan(text, overlapping=True):
            word = text[hit.start : hit.end]
            if word in (short if len(word) == 2 else proper) or (word.isascii() and len(word) == 2 and self._owned(text, hit, names)):
                found.setdefault((hit.start, hit.end), []).append((hit.field, hit.value))
        return [_Candidate(s, e, _RANKS["value"], {"values": tuple(dict.fromkeys(v))}) for (s, e), v in found.items()]

    def _coded(self, text: str, question: str) -> Iterator[_Candidate]:
        """Status O, 退货标志R: a single capital letter right behind the name of the field that has it as a value."""
        for letter in _LETTER.finditer(text):
            code = letter.group(1)
            if not re.search(rf"(?<![A-Za-z]){code.upper()}(?![A-Za-z])", question) or (question.isascii() and question == question.upper()):
                continue
            fields = {f for s, e, v in self._terms.find(text[: letter.start()]) if e == letter.start() for f in v}
            fields |= {link.target for link in self.lexicon.scan(text[: letter.start()]) if link.end == letter.start() and link.kind == "field"}
            found = tuple((e.field, e.value) for e in self.values.exact(code) if e.field in fields)
            if found:
                yield _Candidate(letter.start(1), letter.end(1), _RANKS["value"], {"values": found})

    def _owned(self, text: str, hit: ValueHit, names: list[_Candidate]) -> bool:
        """US suppliers, even in small letters: a value right before the entity that has it, and no "show us suppliers"."""
        after = next((c for c in names if c.start == hit.end + 1 and c.parts.get("entities")), None)
        if after is None or _told(text, hit.start):
            return False
        datasets = [self.catalog.entity(e).dataset for e in after.parts["entities"]]  # type: ignore[attr-defined]
        owner = hit.field.split(".")[0]
        return any(d is not None and (d == owner or self.catalog.graph.paths(d, owner)) for d in datasets)

    def _kinds(self, text: str, names: list[_Candidate]) -> list[_Candidate]:
        """Ship mode type, 容器规格: a general word for a kind behind the name of a field is part of it."""
        known = {(c.start, c.end) for c in names}
        out = []
        for c in names:
            fields = tuple(f for f in c.parts.get("fields", ()) if self.catalog.field(f).spec.type == "string")  # type: ignore[attr-defined]
            kind = _KIND.match(text, c.end) if fields else None
            if kind and (c.start, kind.end()) not in known:
                out.append(_Candidate(c.start, kind.end(), _RANKS["name"], {"fields": fields}))
        return out

    def _telling(self, text: str, hit: ValueHit, named: set[int]) -> bool:
        """Whether a value that is written like a filler word means itself: urgent orders, 加急单, in a shop of few priorities."""
        word = text[hit.start : hit.end]
        owned = word.isascii() or hit.end in named or text[hit.end : hit.end + 1] in ("", "的", "(")
        return owned and len(word) >= _LETTERS[word.isascii()] and self._one_of_few(hit)

    def _of_its_rows(self, hit: ValueHit, names: list[_Candidate]) -> bool:
        """Successful payments, 成功的支付单: a value right before the name of the rows that hold it, whatever else its word says."""
        owner = hit.field.split(".")[0]
        beside = [c for c in names if 0 <= c.start - hit.end <= 1]
        rows = {self.catalog.entity(e).dataset for c in beside for e in c.parts.get("entities", ())}  # type: ignore[attr-defined]
        return owner in rows and self._one_of_few(hit)

    def _one_of_few(self, hit: ValueHit) -> bool:
        """Whether the catalog names the values of its field one by one: open orders, low priority."""
        return 0 < len(self.catalog.field(hit.field).spec.values) <= _FEW

    def _ids(self, text: str, name: _Candidate) -> list[_Candidate]:
        """Store 367, campaigns 8 and 13, 367号店: a whole-number key or code beside its name."""
        target = self._numbered(name)
        if not target:
            return []
        out = []
        after = _ID_AFTER.match(text, name.end)
        if after and not _is_year(after.group(1)):
            whole = _ENDS_IN_A_YEAR.sub("", after.group(0))
            numbers = tuple(int(n) for n in re.findall(r"\d+", whole))
            out.append(_Candidate(name.start, after.start() + len(whole), _RANKS["ids"], {"ids": (target, numbers)}))
        counted = _ID_COUNTED.search(text, 0, name.start)
        numbers = tuple(int(n) for n in re.findall(r"\d+", counted.group(1))) if counted else ()
        if counted and len(numbers) == (chinese_number(counted.group(2)) or int(counted.group(2))):
            return [_Candidate(counted.start(), name.end, _RANKS["ids"], {"ids": (target, numbers)})]
        before = _ID_BEFORE.search(text, 0, name.start)
        long = not text[name.start].isascii() and len(before.group(2)) > 2 and text[name.start : name.end] not in self._counting if before else False
        if before and (before.group(3) or long) and not _is_year(before.group(2)):
            numbers = tuple(int(n) for n in re.findall(r"\d+", before.group(0)))
            out.append(_Candidate(before.start(), name.end, _RANKS["ids"], {"ids": (target, numbers)}))
        return out

    def _graded(self, text: str, name: _Candidate) -> list[_Candidate]:
        """1-star, 五星: a number right before the short name of a field of whole numbers is one of its values."""
        refs = [r for r in name.parts.get("fields", ()) if self._is_grade(r)]  # type: ignore[attr-defined]
        word = text[name.start : name.end]
        several = word.endswith("s") if word.isascii() else False
        if len(refs) != 1 or (not word.isascii() and len(word) > 1) or word.removesuffix("s") in (*UNITS_OF_TIME, *_UNITS_ZH):
            return []
        before = text[: name.start].rstrip(" -")
        number = next((n for n in find_numbers(before) if n.end == len(before)), None)
        spelt = chinese_number(before[-1:]) if number is None and before[-1:] in _GRADES else None
        start, value = (number.start, number.value) if number and number.kind == "number" else (len(before) - 1, spelt)
        if value is None or value % 1 or before[:start].rstrip().endswith(_CUTS_OFF):
            return []
        if (span := _from_grade(before[:start], word)) and span[1] < value:
            return [_Candidate(span[0], name.end, _RANKS["ids"], {"ids": (refs[0], tuple(range(span[1], int(value) + 1)))})]
        if several:
            return []
        first, grades = _listed_before(before[:start], start)
        return [_Candidate(first, name.end, _RANKS["ids"], {"ids": (refs[0], (*grades, int(value)))})]

    def _is_grade(self, ref: str) -> bool:
        spec = self.catalog.field(ref).spec
        return spec.type == "integer" and spec.kind == "dimension" and not spec.entity

    def _numbered(self, name: _Candidate) -> str:
        """The entity or field of a name whose values are whole numbers."""
        for entity in name.parts.get("entities", ()):  # type: ignore[attr-defined]
            return str(entity)
        for ref in name.parts.get("fields", ()):  # type: ignore[attr-defined]
            if self.catalog.field(ref).spec.type == "integer" and self.catalog.field(ref).spec.kind == "dimension":
                return str(ref)
        return ""


def _say_nothing(mark: Mark) -> None:
    """Makes a filler of a mark."""
    mark.number, mark.ops, mark.shown = None, frozenset([FILLER]), ""
    mark.entities = mark.fields = mark.metrics = mark.counters = mark.either = ()


def _listed_before(before: str, start: int) -> tuple[int, tuple[int, ...]]:
    """One and two star, 1、2星: where the numbers begin that are listed before the last one, and these."""
    found: list[int] = []
    for number in reversed([n for n in find_numbers(before) if n.kind == "number" and not n.value % 1]):
        if not re.fullmatch(r"[- ]?(?: ?(?:,|、|/|&|和|与|及|或|\band\b|\bor\b) ?)+", before[number.end : start]):
            break
        if before[: number.start].rstrip().endswith(_CUTS_OFF):
            break
        found.insert(0, int(number.value))
        start = number.start
    return start, tuple(found)


def _beside(text: str, time: TimeSpan, start: int, end: int) -> bool:
    """Whether nothing but a joint stands between a time and a stretch of the text."""
    first, last = (time.end, start) if time.end <= start else (end, time.start)
    return first <= last and _TO_ITS_TIME.fullmatch(text, first, last) is not None


def _from_grade(before: str, word: str) -> tuple[int, int] | None:
    """1星到5星, 1 to 5 stars: where the first of a range of grades begins, and the grade."""
    found = re.search(rf"([1-9一二三四五六七八九])[ -]?(?:{re.escape(word)})?\s*(?:到|至|-|~|–|\bto\b)\s*$", before)
    value = chinese_number(found[1]) if found and found[1] in _GRADES else float(found[1]) if found else None
    return (found.start(), int(value)) if found and value is not None else None


_LETTER = re.compile(r"(?:\s*(?:=|:|is|of|was|为|是))?\s*([a-z])(?![a-z'])")
# What may stand behind a noun without making another one of it: 店里, 顾客们.
_TWICE = re.compile(r"(一[个家位户种类款档间场张名]?)([一-鿿]{1,4}?)\1\2地?")
# 消费过万: a word of passing before a bare scale, and none of the verb.
_ROUND = ("百", "千", "万", "亿")
_A_THING = re.compile(r"\b(?:per|each|every|an|of|average|avg|first|last|single|whole|in|for|\d+) $")
_ENDINGS = "里内中上下们的儿子家处边"
# What a segmentation gains and loses: few long marks that leave no character over are best.
_PER_MARK = 0.6
_PER_LOST_CHARACTER = 1.0
_BY_RANK = (0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.0)
_LENGTH = 1.15
_THRESHOLD = 0.8


def _whole_words(text: str, candidates: list[_Candidate]) -> list[_Candidate]:
    """Without single Chinese characters cut out of a longer word that the rest of does not explain: 便 of 便宜, 案 of 档案.

    A list (名单) of customers is no customer's name (客户名).
    """
    joined = {at for c in candidates if c.parts.keys() == {"ops"} for at in range(c.start + 1, c.end - 1) if text[at] == "-"}
    candidates = [c for c in candidates if c.start - 1 not in joined and c.end not in joined]  # the selling products of best-selling products
    if not has_han(text):
        return candidates
    spans = {(c.start, c.end) for c in candidates}
    telling = {(c.start, c.end) for c in candidates if c.parts != {"ops": frozenset([FILLER])}}
    named = {(c.start, c.end) for c in candidates if c.parts.keys() & {"entities", "metrics", "fields"}}
    broken = set()
    for start, end, tag in chinese_words(text):
        cut = _is_noun(text[start:end], tag) and named & {(start, start + 1), (end - 1, end)}
        if end - start > 1 and not _tiled(start, end, telling if cut else spans):
            broken.add((start, end))
    inside = {at for s, e in broken for at in range(s, e)}
    whole = [c for c in candidates if c.end - c.start > 1 or c.start not in inside]
    return [c for c in whole if text[c.end - 1 : c.end + 1] != "名单"]


def _one_by_one(text: str, names: set[tuple[int, int]]) -> Iterator[_Candidate]:
    """一家店一家店地: each of what is named, said twice."""
    for match in _TWICE.finditer(text):
        if match.span(2) in names:
            yield _Candidate(*match.span(1), _RANKS["ops"], {"ops": frozenset(["by"])})
            yield _Candidate(match.end(2), match.end(), _RANKS["ops"], {"ops": frozenset([FILLER])})


def _is_noun(word: str, tag: str) -> bool:
    """货款: a noun of two characters that no name and a filler make up, although each is known."""
    return len(word) == 2 and tag == "n" and word[1] not in _ENDINGS and is_chinese_word(word)


def _tiled(start: int, end: int, spans: set[tuple[int, int]]) -> bool:
    """Whether spans laid end to end cover a word, the last one perhaps beyond it, the first perhaps from before it."""
    reached = {start} | {e for s, e in spans if s < start < e}
    for at in range(start, end):
        if at in reached:
            reached |= {e for s, e in spans if s == at}
    return any(at >= end for at in reached)


def segmented(text: str, candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates that do not overlap and together explain most of the text, left to right."""
    ending: dict[int, list[_Candidate]] = {}
    for candidate in candidates:
        ending.setdefault(candidate.end, []).append(candidate)
    best: list[tuple[float, _Candidate | None]] = [(0.0, None)]
    for end in range(1, len(text) + 1):
        lost = _PER_LOST_CHARACTER if text[end - 1].isalnum() else 0.0
        choice: tuple[float, _Candidate | None] = (best[end - 1][0] - lost, None)
        for candidate in ending.get(end, ()):
            worth = best[candidate.start][0] + _worth(candidate)
            if worth > choice[0]:
                choice = (worth, candidate)
        best.append(choice)
    out: list[_Candidate] = []
    at = len(text)
    while at > 0:
        chosen = best[at][1]
        if chosen is not None:
            out.append(chosen)
        at = chosen.start if chosen is not None else at - 1
    return out[::-1]


def _worth(candidate: _Candidate) -> float:
    """Longer is better by more than its length; a comparison is not cut for the sake of a longer neighbour."""
    ops = candidate.parts.get("ops")
    threshold = isinstance(ops, frozenset) and bool(ops & {"more_than", "at_least", "less_than", "at_most", "exclude"})
    length: float = (candidate.end - candidate.start) ** _LENGTH
    return length + _BY_RANK[candidate.rank] - _PER_MARK + _THRESHOLD * threshold


_SEGMENTATION = frozenset(["segmentation"])


def _merged(first: dict[str, object], second: dict[str, object]) -> dict[str, object]:
    """Both meanings of one stretch; a value that is spelled like an operator or a segment gives way to it."""
    parts = {**second, **first}
    operator = parts.get("ops")
    if (isinstance(operator, frozenset) and operator != {FILLER}) or parts.keys() & {"segments", "entities", "metrics", "fields"}:
        parts.pop("values", None)
    if operator == _SEGMENTATION and parts.keys() & {"fields", "segments"}:
        parts.pop("ops")  # customer segment, where the catalog has a field of that name
    if parts.keys() - {"lacking", "ops"} or (isinstance(operator, frozenset) and operator != {FILLER}):
        parts.pop("lacking", None)
    return parts


class _Words:
    """A small vocabulary with what its words stand for."""

    def __init__(self, words: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        merged: dict[str, tuple[str, ...]] = {}
        for word, targets in words:
            key = normalise(word).text
            merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *targets)))
        self.words = tuple(merged)
        self._targets = list(merged.values())
        self._scanner = Scanner(list(merged))

    def find(self, text: str) -> list[tuple[int, int, tuple[str, ...]]]:
        return [(f.start, f.end, self._targets[f.number]) for f in self._scanner.find(text)]


def _told_by(owners: tuple[str, ...]) -> dict[str, object]:
    """A verb: the datasets whose rows it tells of, and the segment of those of which it tells only one."""
    parts = [tuple(o.split(":")) for o in owners]
    whole = {dataset for dataset, segment in parts if not segment}
    return {"verbs": tuple(dict.fromkeys(d for d, _ in parts)), "deeds": tuple((d, s) for d, s in parts if s and d not in whole)}


_TAILS = re.compile(r"(?:是|有|为|达)?(?:多少|多大|多高|几何|几成|如何|怎么样|情况)?")


def _cuts_a_value(segment: _Candidate, others: list[_Candidate]) -> bool:
    """短视频广告带来的: a value that ends inside the name of a segment, of which only filler and a noun are left, is the more exact of the two."""
    ends = {c.end for c in others if "values" in c.parts and c.start < segment.start < c.end < segment.end}
    left = {c.end for c in others if c.start in ends and c.parts.get("ops") == {FILLER}}
    return segment.end in left or any(c.start in left and c.end == segment.end for c in others)


def _holds_an_amount(catalog: Catalog, text: str, segment: _Candidate, others: list[_Candidate]) -> bool:
    """Gas sales, 油品销售: the name of a segment in which a shorter name of it and the name of an amount join says both."""
    shorter = {c.end for c in others if c.start == segment.start and c.end < segment.end and c.parts.get("segments") == segment.parts["segments"]}
    named = {c.start for c in others if c.end == segment.end for m in c.parts.get("metrics", ()) if catalog.metric(m).format == "currency"}  # type: ignore[attr-defined]
    return any(start in named for end in shorter for start in (end, end + 1) if not text[end:start].strip())


def _cuts_a_metric(text: str, operator: OperatorSpan, metrics: list[_Candidate]) -> bool:
    """占比是多少 after 新客, where 新客占比 is a metric: a word of share that begins inside a longer name and only asks how much it is."""
    if "share" not in operator.names:
        return False
    over = [c for c in metrics if c.start < operator.start < c.end < operator.end]
    return any(_TAILS.fullmatch(text[c.end : operator.end]) for c in over)


def _joins(text: str, operator: OperatorSpan) -> bool:
    """A plus sign that does not follow a number right away lists things: sales + baskets."""
    return text[operator.start : operator.end] == "+" and not text[: operator.start][-1:].isdigit()


def _is_noun_by(text: str, operator: OperatorSpan) -> bool:
    """Clicks per order by source, the first order by city: behind such a word an order is a thing, and sorts nothing."""
    return bool(_A_THING.search(text, 0, operator.start)) and text[operator.start : operator.end].startswith("order ")


def _asks_whether(text: str, operator: OperatorSpan) -> bool:
    """有没有超过: the 没有 of yes or no denies nothing."""
    return text.startswith("没有", operator.start) and text[: operator.start].endswith("有")


def _shorter(text: str, times: list[_Candidate]) -> Iterator[TimeSpan]:
    """Quarterly, of quarterly average: the average may belong to the name behind it (average order value)."""
    for candidate in times:
        span = candidate.parts["time"]
        averaged = _AVERAGED.fullmatch(text, candidate.start, candidate.end)
        if isinstance(span, TimeSpan) and span.note == "average" and averaged:
            yield replace(span, end=averaged.end(1), note="")


def _number(text: str, n: NumberSpan, clock: Clock) -> _Candidate:
    """A number; four digits that are a year of the data, or near them, are the year."""
    digits = text[n.start : n.end]
    years = range((clock.data_start or clock.today).year - 2, clock.today.year + 2)
    if n.kind == "number" and digits.isdigit() and len(digits) == 4 and int(digits) in years:
        year = int(digits)
        time = TimeSpan(n.start, n.end, "range", dt.date(year, 1, 1), dt.date(year + 1, 1, 1), "year")
        return _Candidate(n.start, n.end, _RANKS["number"], {"time": time})
    return _Candidate(n.start, n.end, _RANKS["number"], {"number": n})


def _told(text: str, at: int) -> bool:
    """Show us customers: whether a word that takes a person stands before."""
    before = text[:at].split()
    return bool(before and before[-1] in _TELLING)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1990 <= int(digits) <= 2100


def _gaps(text: str, marks: list[Mark]) -> list[Mark]:
    """The words that no mark covers."""
    covered = sorted((m.start, m.end) for m in marks)
    out, at = [], 0
    for start, end in [*covered, (len(text), len(text))]:
        out += [Mark(at + w.start(), at + w.end(), w.group()) for w in _WORDS.finditer(text[at:start])]
        at = max(at, end)
    return out


def clock_events(catalog: Catalog, first: int, last: int) -> tuple[NamedEvent, ...]:
    """The catalog's named events, for the time grammar, and the holidays of its countries in the years from first to last."""
    day = dt.timedelta(days=1)
    calendar = catalog.spec.calendar
    own = tuple(
        NamedEvent(name, (*spec.names(), *_days(spec.names())), tuple((d.start, (d.end or d.start) + day) for d in spec.dates))
        for name, spec in calendar.events.items()
    )
    return (*own, *holidays(calendar.holidays, tuple(range(first, last + 1)))) if calendar.holidays else own


_SALE_OF = re.compile(r"^(.* day)s? (?:sale|sales|promotion|event|festival)$|^(.*[节日])(?:大促|促销|活动)$", re.IGNORECASE)


def _days(names: tuple[str, ...]) -> Iterator[str]:
    """Goddess Day, of the Goddess Day sale: what a sale is called after, where that is a day."""
    yield from (m[1] or m[2] for name in names if (m := _SALE_OF.match(name)))
