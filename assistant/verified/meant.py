"""What a group or a value of a verified query is called in words that the catalog does not hold: what people called about, the topic.

A word stands for what the query holds and the question has not said yet, where nothing else in the catalog is nearer to it in meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from assistant.linking.lexicon import Link, band, spell
from assistant.reading.mark import Mark
from assistant.verified.framing import CLAUSES
from assistant.verified.likeness import MEANT
from assistant.verified.saying import Saying
from semantic_layer.spelling import has_han
from semantic_layer.values import ValueEntry, ValueIndex

_MOST = 200  # names of values; a field with more is none of kinds
_AHEAD = 0.05  # the least by which a value is nearer to a word than the other values of its field
_STRAY = ("list", "which", "of_which", "by")  # they tell how the answer is wanted


def parts_meant(saying: Saying) -> None:
    """Groups and values that the question has not named, by the words that name nothing else of the query."""
    for field in saying.unsaid_groups():
        for run in _runs(saying):
            if _means_field(saying, field, run):
                saying.said.add(("field", field))
                _account(saying, run)
                break
    for field, value in sorted(saying.facets.values - {(s[1], s[2]) for s in saying.said if s[0] == "value"}):
        for mark in [m for run in _runs(saying) for m in run if _is_loose(saying, m)]:
            if _means_value(saying, field, value, mark.text):
                saying.said.add(("value", field, value))
                _account(saying, [mark])
                break


def said_twice(saying: Saying, metric: str) -> None:
    """The most profitable brands, by gross profit: words that nobody knows and that mean the figure which is named besides."""
    for mark in [m for m in saying.loose if m.unknown and not saying.is_foreign(m)]:
        links = saying.reader.lexicon.meaning([mark.text])[0]
        if links and (links[0].kind, links[0].target) == ("metric", metric) and band(links) == "auto":
            _account(saying, [mark])


def cut_names(saying: Saying) -> None:
    """Search ad spending: a value whose name and that of the figure share a word."""
    unsaid = saying.facets.values - {(s[1], s[2]) for s in saying.said if s[0] == "value"}
    if not unsaid or not saying.foreign:
        return
    known = _entries(saying.reader.values)
    for entry in [e for field in {f for f, _ in unsaid} for e in known.get(field, ()) if (field, e.value) in unsaid]:
        if span := _named_at(saying, (entry.value, *entry.names)):
            saying.said.add(("value", entry.field, entry.value))
            _account(saying, [m for m in saying.marks if span[0] <= m.start and m.end <= span[1]])


def _named_at(saying: Saying, names: tuple[str, ...]) -> tuple[int, int] | None:
    """Where one of some names stands, ending in the middle of the name of a figure."""
    for name in names:
        for form in (spell(name), spell(name).removesuffix("s")):
            at = saying.text.find(form) if len(form) > 1 else -1
            inside = [m for m in saying.naming if m.start < at + len(form) < m.end and at < m.start]
            if at >= 0 and inside and (has_han(form) or not saying.text[at - 1 : at].isalpha()):
                return at, at + len(form)
    return None


def inside_names(saying: Saying) -> None:
    """各家快递准时率: the group right behind a word for each, in a name that begins with its own."""
    for field in saying.unsaid_groups():
        for mark in saying.marks:
            before = next((m for m in reversed(saying.marks) if m.end <= mark.start and not m.filler), None)
            if before is None or not before.has("by") or not mark.metrics or saying.is_foreign(mark):
                continue
            if any((k.kind, k.target, k.start) == ("field", field, 0) and k.end < len(mark.text) for k in saying.reader.lexicon.scan(mark.text)):
                saying.said.add(("field", field))


def _is_loose(saying: Saying, mark: Mark) -> bool:
    return mark in saying.loose and (saying.is_foreign(mark) or any(w in mark.text for w in saying.rest))


def _runs(saying: Saying) -> Iterator[list[Mark]]:
    """Stretches of words that say nothing of the query, or only whom or what it is about, with at least one that names nothing."""
    run: list[Mark] = []
    for mark in saying.marks:
        cut = bool(run) and CLAUSES.search(saying.text[run[-1].end : mark.start])
        if cut or mark in saying.settled or mark in saying.naming or mark.time or mark.has(*_STRAY):
            if any(_is_loose(saying, m) for m in run):
                yield _trimmed(run)
            run = []
        if not (mark in saying.settled or mark in saying.naming or mark.time or mark.has(*_STRAY)):
            run.append(mark)
    if any(_is_loose(saying, m) for m in run):
        yield _trimmed(run)


def _trimmed(run: list[Mark]) -> list[Mark]:
    """Without the fillers of Chinese at its ends, which belong to what is around."""
    while run and run[0].filler and has_han(run[0].text):
        run = run[1:]
    while run and run[-1].filler and has_han(run[-1].text):
        run = run[:-1]
    return run


def _means_field(saying: Saying, field: str, run: list[Mark]) -> bool:
    """Whether a stretch means the field, and each word in it that names nothing bears on that."""
    loose = [m for m in run if _is_loose(saying, m)]
    if any(m.number or m.values or m.segments for m in loose):
        return False
    spec = saying.reader.shop.catalog.field(field).spec
    before = next((m for m in reversed(saying.marks) if m.end <= run[0].start and not m.filler), None)
    split = before is not None and before.has("by")  # what each is, by what: no figure
    bearing = [m for m in loose if not _is_someone(saying, m) and len(run) > 1]
    phrases = [_phrase(saying, run), *(_phrase(saying, [m for m in run if m is not left]) for left in bearing)]
    links = [[k for k in found if not split or k.kind in ("field", "entity")] for found in saying.reader.lexicon.meaning(phrases)]
    same = {("field", field), *([("entity", spec.entity)] if spec.entity else [])}
    if not links[0] or (links[0][0].kind, links[0][0].target) not in same:
        return False
    others = [k for k in links[0] if (k.kind, k.target) not in same]
    if band([links[0][0], *others]) != "auto":
        return False
    (score, ahead), *without = (_standing(found, same) for found in links)
    return all(s < score or a < ahead for s, a in without)


def _is_someone(saying: Saying, mark: Mark) -> bool:
    """People, who do whatever is done."""
    return bool(mark.entities) and all(saying.reader.shop.catalog.entity(e).people for e in mark.entities)


def _standing(links: list[Link], same: set[tuple[str, str]]) -> tuple[float, float]:
    score = max((k.score for k in links if (k.kind, k.target) in same), default=0.0)
    return score, score - max((k.score for k in links if (k.kind, k.target) not in same), default=0.0)


def _means_value(saying: Saying, field: str, value: str, word: str) -> bool:
    """Phone, where the value is 电话: the word of the other language, nearer to it than to any other value of the field."""
    names = [(n, e.value) for e in _entries(saying.reader.values).get(field, ()) for n in (e.value, *e.names) if has_han(n) != has_han(word)]
    if not any(v == value for _, v in names) or len(names) > _MOST or len(word) < 2:
        return False
    likeness = saying.reader.lexicon.encode([n for n, _ in names]) @ saying.reader.lexicon.encode([word])[0]
    best: dict[str, float] = {}
    for (_, v), score in zip(names, likeness.tolist(), strict=True):
        best[v] = max(best.get(v, 0.0), score)
    others = max((s for v, s in best.items() if v != value), default=0.0)
    return best[value] >= MEANT and best[value] - others >= _AHEAD


@lru_cache(maxsize=4)
def _entries(values: ValueIndex) -> dict[str, tuple[ValueEntry, ...]]:
    """The values by their field."""
    known: dict[str, list[ValueEntry]] = {}
    for entry in values.entries:
        known.setdefault(entry.field, []).append(entry)
    return {field: tuple(entries) for field, entries in known.items()}


def _phrase(saying: Saying, marks: list[Mark]) -> str:
    gap = "" if has_han(saying.text) else " "
    return gap.join(saying.text[m.start : m.end] for m in marks)


def _account(saying: Saying, marks: list[Mark]) -> None:
    """Takes words out of what is left, that turned out to say something."""
    for mark in marks:
        if mark in saying.loose:
            saying.loose.remove(mark)
            saying.settled.append(mark)
            saying.foreign = [f for f in saying.foreign if f.text != mark.text]
            saying.rest = [w for w in saying.rest if w not in mark.text]
