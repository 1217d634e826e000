"""Rows with the columns that are named behind them: 把金额最大的10张订单列出来，要单号、下单时间; the returns of June: number, reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, rows_told
from assistant.reading.rules.deeds import told_of
from assistant.reading.rules.row_bounds import own_amount
from assistant.reading.rules.shorthand import short_names
from assistant.reading.state import State
from semantic_layer.query import Order
from semantic_layer.spelling import has_han

# What stands between the rows and their columns, and between one column and the next.
_LEADS = re.compile(
    r"[,:;?。]? ?(?:并?(?:要|显示|给出|给我|附上|附|带上|带|包括|包含|含上?|列出|写上|看|需要|标上|注明)(?:出|下|一下|他们的|它们的|每个的)?)[:：]? ?"
    r"|[,:;?。]|\s[-–—]\s"
    r"|,? ?\b(?:with|showing|show|including|incl\.?|along with|give me|i need|i want|plus)\b(?: (?:the|their|its|each one's))?[:：]? ?"
)
_ITEMS = re.compile(r" ?(?:、|,|;|\s和\s|和|以及|及|还有|跟|与|\band\b|&|\+) ?(?:\band\b )?| (?=[一-鿿])")
_AFTER = re.compile(r" ?(?:都|也)?(?:给我|列出来|列一下|一起给我?|发我|就行|即可|都要|please|pls|thanks)?[。.!！?？]*$")
_LISTING = ("list", "which", "attributes", "top", "bottom")
_WHEN = re.compile(r"(?:when|哪[天日]|什么时候|何时|时间|日期|date).*|.*(?:时间|日期|\bdate|哪天(?:下的?|买的?)?)")
_AMOUNT = re.compile(r"(?:应付|实付)(?:的?金额|多少钱?|的钱)?|付?了?(?:金额|多少钱?|钱数)|(?:order )?(?:amount|total|value)(?: due| paid)?|how much")
_NAME = re.compile(r"名字|名称|叫(?:什么|啥)|names?|titles?")
_NUMBER = re.compile(r".{0,3}(?:单号|编号|号码|id)|(?:[a-z]+ )?(?:no|nos|number|id|#)\.?")
_DETERMINED = re.compile(
    r"^(?:the |their |its |his |her |each |它的|他们的|各自的?|每个的?|哪[天日](?=.)|什么时候(?=.))"
    r"|(?:是?(?:多少|几号|几|啥|什么)|分别)$"
)
_BOTH_ENDS = re.compile(r"(?:起止|起讫|起始和结束)(?:日期|时间|日)?|start(?:ing)?(?:-| and | to )end(?:ing)?(?: (?:dates?|days?))?")
_SHORTEST = {True: 2, False: 4}


def rule(state: State) -> None:
    """Turns the columns that are named behind the rows into fields of them, and takes what ranks the rows; the list itself is read later."""
    for lead in _LEADS.finditer(state.text):
        tail = _AFTER.search(state.text)
        end = tail.start() if tail else len(state.text)
        items = list(_items(state.text, lead.end(), end))
        head = [m for m in state.marks if m.end <= lead.start() and not m.became]
        asked = any(m.has(*_LISTING) for m in head) or bool(lead[0].strip(" ,:;?。")) or bool(tail and tail[0].strip(" 。.!?？"))
        if len(items) < 2 or not head or not asked or _goes_on(state, lead.end()):
            continue
        for dataset in _datasets(state, head):
            refs = [_resolved(state, dataset, state.text[a:b]) for a, b in items]
            several = [ref for found in refs for ref in found]
            if all(refs) and len(set(several)) == len(several) and _tells_of_rows(state, head, dataset):
                _as_columns(state, (lead.start(), len(state.text)), items, refs)
                _as_rows(state, head, dataset)
                state.rows_of = dataset
                return


def _tells_of_rows(state: State, head: list[Mark], dataset: str) -> bool:
    """Whether all that is measured or ranked ahead of the columns are the rows themselves, by a column of theirs."""
    measured = [m for m in head if m.metrics and not m.entities and not _counts_rows(state, m, dataset)]
    ranked = [m for m in head if m.has("top", "bottom")]
    return all(_resolved(state, dataset, m.text) for m in measured) and all(_rank(state, m, head, dataset) for m in ranked)


def _counts_rows(state: State, mark: Mark, dataset: str) -> bool:
    leaf = state.catalog.formula(mark.metrics[0]).aggregates[0]
    counted = counted_entity(state, mark.metrics[0])
    return bool(counted and state.catalog.entity(counted).dataset == dataset) or (leaf.home == dataset and leaf.counts and leaf.kind == "additive")


def _goes_on(state: State, start: int) -> bool:
    """Whether periods, values or numbers stand behind it: a question that goes on, and no columns."""
    behind = [m for m in state.marks if m.start >= start]
    dated = [m for m in behind if m.time and not _WHEN.fullmatch(m.text)]
    return bool(dated) or any(m.values or m.segments or m.ids or m.has("by", "share", "average", "total") for m in behind)


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches between the joints of a list."""
    at = start
    for joint in [*_ITEMS.finditer(text, start, end), None]:
        stop = joint.start() if joint else end
        while at < stop and text[at] == " ":
            at += 1
        if text[at:stop].strip():
            yield at, at + len(text[at:stop].rstrip())
        at = joint.end() if joint else end


def _datasets(state: State, head: list[Mark]) -> Iterator[str]:
    """The datasets whose rows may be meant: of the things named, of what is counted, of the values, of what was done."""
    catalog = state.catalog
    for mark in head:
        yield from (d for e in mark.entities if (d := catalog.entity(e).dataset))
        counted = [e for n in mark.metrics if (e := counted_entity(state, n))]
        yield from (d for e in counted if (d := catalog.entity(e).dataset))
        yield from (a.home for n in mark.metrics for a in catalog.formula(n).aggregates[:1] if a.counts and a.kind == "additive")
    for mark in head:
        yield from (f.split(".")[0] for f, _ in mark.values)
        yield from mark.verbs


def _resolved(state: State, dataset: str, item: str) -> tuple[str, ...]:
    """The field or entity of a dataset's rows that a name of a column means, the first and last day in one; () for anything else."""
    bare = _DETERMINED.sub("", item.strip()).strip() or item.strip()
    known, spec = _names(state, dataset), state.catalog.dataset(dataset)
    if _BOTH_ENDS.fullmatch(bare) and spec.lasts:
        return tuple(f"{dataset}.{name}" for name in spec.lasts)
    ref = known.get(bare) or _generic(state, dataset, bare) or _marked(state, dataset, bare)
    if ref is None and _WHEN.fullmatch(bare) and spec.time and "." not in spec.time:
        ref = f"{dataset}.{spec.time}"
    if ref is None and len(bare) >= _SHORTEST[has_han(bare)]:
        near = {r for name, r in known.items() if bare in name and "." in r}
        ref = near.pop() if len(near) == 1 else None
    return (ref,) if ref else ()


def _generic(state: State, dataset: str, word: str) -> str | None:
    """What name, number and amount mean of the rows of a dataset."""
    spec = state.catalog.dataset(dataset)
    key = next((f.entity for k in spec.primary_key if (f := spec.fields[k]).entity), None)
    shown = state.catalog.entity(key).shown_by if key else None
    if _NAME.fullmatch(word):
        return f"{dataset}.{shown}" if shown else None
    if _NUMBER.fullmatch(word):
        return key
    return own_amount(state, dataset) if _AMOUNT.fullmatch(word) else None


def _marked(state: State, dataset: str, word: str) -> str | None:
    """What the word was found to name, where the rows lead there."""
    refs = [ref for m in state.marks if m.text == word for ref in (m.shown, *m.fields, *m.entities) if ref]
    return next((ref for ref in refs if state.reaches(dataset, ref)), None)


def _names(state: State, dataset: str) -> dict[str, str]:
    """All names of a dataset's own fields and its key, and their short names."""
    spec, names = state.catalog.dataset(dataset), dict(short_names(state.catalog, dataset))
    for field, about in spec.fields.items():
        ref = about.entity if about.entity and field in spec.primary_key else f"{dataset}.{field}"
        for name in (*about.names(), *(state.catalog.entity(about.entity).names() if about.entity else ())):
            names[name.lower()] = ref if not about.entity or field in spec.primary_key else about.entity
    for words, field in zip((("开始", "开始时间", "start", "starts"), ("结束", "结束时间", "end", "ends")), spec.lasts or (), strict=False):
        names |= dict.fromkeys(words, f"{dataset}.{field}")
    return names


def _as_columns(state: State, stretch: tuple[int, int], items: list[tuple[int, int]], refs: list[tuple[str, ...]]) -> None:
    """Marks of fields in place of whatever stood in the list; a word for a list stands before them."""
    start, end = stretch
    columns = []
    for (a, b), found in zip(items, refs, strict=True):
        for at, ref in enumerate(found):  # two columns of one word share it
            c, d = (a, b) if len(found) == 1 else ((a, a + 1), (a + 1, b))[at]
            kind = {"fields": (ref,)} if "." in ref else {"entities": (ref,)}
            columns.append(Mark(c, d, state.text[c:d], **kind))  # type: ignore[arg-type]
    lead = Mark(start, items[0][0], state.text[start : items[0][0]], ops=frozenset(["list", "attributes"]))
    state.marks[:] = sorted([*(m for m in state.marks if m.end <= start or m.start >= end), lead, *columns], key=lambda m: m.start)


def _as_rows(state: State, head: list[Mark], dataset: str) -> None:
    """The rows that the head of the question is about: what is counted keeps its conditions, what ranks them orders them."""
    own = [e for f in state.catalog.dataset(dataset).primary_key if (e := state.catalog.dataset(dataset).fields[f].entity)]
    for word in [m for m in head if m.has("top", "bottom")]:
        if told := _rank(state, word, head, dataset):
            order, limit, marks = told
            state.order.append(order)
            state.limit = limit
            if not any(order.by in m.fields for m in state.marks if m not in marks):  # by what they are ranked is shown
                last = marks.pop()
                last.fields, last.metrics, last.either, last.entities, last.number, last.ops = (order.by,), (), (), (), None, frozenset()
            for mark in marks:
                state.take(mark, "order")
    for mark in [m for m in head if (m.metrics or m.deeds) and not m.became]:
        kept = rows_told(state.catalog, mark.metrics[0]) if mark.metrics else told_of(mark, dataset)
        if (mark.metrics and not _counts_rows(state, mark, dataset)) or not (kept or mark.metrics):
            continue
        denial = next(iter(state.preceding(mark)), None)
        if mark.deeds and denial is not None and denial.has("not") and state.close(denial, mark, 1):
            kept = tuple(c.model_copy(update={"negated": True}) for c in kept)
            state.take(denial, "list")
        state.where += [c for c in kept if c not in state.where]
        mark.metrics, mark.counters, mark.either, mark.did, mark.ops = (), (), (), (), frozenset([FILLER])
        if own and mark.deeds == ():
            mark.entities = (own[0],)
        else:
            state.take(mark, "list")
    for mark in head:
        if mark.has("how_many") and not mark.number:
            state.take(mark, "list")


def _rank(state: State, word: Mark, head: list[Mark], dataset: str) -> tuple[Order, int, list[Mark]] | None:
    """金额最大的10张, the ten biggest: by the amount of the rows, or what stands right before the word."""
    number = next((m for m in head if m.number and m.number.kind in ("number", "limit") and not m.time and state.close(word, m, 12)), None)
    before = next((m for m in head if m.end <= word.start and state.close(m, word, 1) and not m.filler and m is not number), None)
    named = before if before is not None and not (before.time or before.values or before.has("list")) and not word.text.isascii() else None
    by = _resolved(state, dataset, named.text) if named else [f for f in [own_amount(state, dataset)] if f]
    many = number.number if number else word.number
    if len(by) != 1 or "." not in by[0] or many is None:
        return None
    marks = [*([number] if number else []), *([word, named] if named else [word])]
    return Order(by=by[0], desc=word.has("top")), int(many.value), marks
