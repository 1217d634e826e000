"""What names, values and verbs that stand side by side make of each other, by what the catalog says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from assistant.language.operators import FILLER
from assistant.linking.lexicon import Lexicon
from assistant.reading.kinds import of_a_kind
from assistant.reading.mark import Mark
from assistant.reading.rules.bound_words import wants_yes_or_no
from assistant.reading.state import State
from semantic_layer.spelling import has_han

_CAUSES = ("原因", "理由", "reason", "reasons", "cause", "causes")
_COUNTED = ("各", "大", "个", "种", "类", "top ", "main ")
_YES_OR_NO = re.compile(r"^(?:是否|有没有|能否)|与否$|or not$")


def adjoin(state: State, lexicon: Lexicon) -> None:
    """Settles the marks of a question by their neighbours."""
    for first, second in pairwise(state.marks):
        joined = state.text[first.end : second.start]
        if not joined:
            _says_the_field(state, first, second)
            _is_the_object(first, second)
        if joined.strip() in ("", "的"):
            _is_true(state, first, second)
    of_a_kind(state)
    _by_branch(state, lexicon)
    _except(state)
    _causes(state)
    _because(state)
    _without(state)
    _with_and_without(state)
    for op, mark in pairwise(list(state.marks)):
        if op.has("which", "by") and mark.metrics and mark.start == op.end and has_han(mark.text) and not mark.entities:
            _part(state, mark, lexicon)


_LOOKED_AT = re.compile(r"(?:来)?(?:看|统计|汇总|算|列|拆|展示|对比|比较|数)|[:,;]|$")
_DETERMINED = re.compile(r"(?:[各每哪个家间座号下总全大些]|所有的?|全部的?|[A-Za-z0-9])$")


def _by_branch(state: State, lexicon: Lexicon) -> None:
    """三季度分店看销售额: a name that begins with 分 splits by the rest of it, where it stands alone before what is looked at."""
    for mark in [m for m in state.marks if m.entities and not m.metrics and m.text.startswith("分")]:
        rest = {k.target for k in lexicon.scan(mark.text[1:]) if k.end - k.start == len(mark.text) - 1 and k.kind in ("entity", "field")}
        place = state.marks.index(mark)
        before, after = (state.marks[place - 1] if place else None), next((m for m in state.marks[place + 1 :] if m.start == mark.end), None)
        owned = _DETERMINED.search(state.text[: mark.start]) or (before and before.end == mark.start and (before.values or before.number))
        told = _LOOKED_AT.match(state.text, mark.end) or (after and after.metrics)
        if rest & {*mark.entities, mark.shown} and told and not owned:
            by, name = Mark(mark.start, mark.start + 1, mark.text[0], ops=frozenset(["by"])), replace(mark, start=mark.start + 1, text=mark.text[1:])
            state.marks[place : place + 1] = [by, name]


def _says_the_field(state: State, value: Mark, word: Mark) -> None:
    """花呗支付: behind its value, the beginning of 支付方式 says nothing more."""
    if not value.values or not word.verbs or word.metrics or not has_han(word.text) or len(word.text) < 2:
        return
    if any(n.startswith(word.text) for f, _ in value.values for n in state.catalog.field(f).spec.names()):
        word.verbs, word.deeds, word.segments, word.ops = (), (), (), frozenset([FILLER])


def _is_the_object(verb: Mark, value: Mark) -> None:
    """发过推送: what was sent, and not two deeds."""
    objects = {f.split(".")[0] for f, _ in value.values} & set(verb.verbs) if value.verbs else set()
    if objects:
        verb.verbs, value.verbs, value.deeds = tuple(d for d in verb.verbs if d in objects), (), ()


def _is_true(state: State, field: Mark, named: Mark) -> None:
    """付费流量来源: the sources of which the yes-or-no field before them is true."""
    refs = [f for f in field.fields if state.catalog.field(f).spec.type == "boolean"]
    if refs and named.shown.split(".")[0] == refs[0].split(".")[0] and not _YES_OR_NO.search(field.text):
        field.fields, field.values = (), ((refs[0], True),)  # type: ignore[assignment]


def _causes(state: State) -> None:
    """退货最多的三个原因, the top reasons for returns: a field that holds causes is asked for, and nothing is to be explained."""
    for mark in state.marks:
        if not mark.has("why") or mark.text not in _CAUSES:
            continue
        near = [m for m in (state.before(mark), state.after(mark)) if m]
        counted = any(m.number or m.has("by", "which", "top", "bottom") for m in near)
        names = {f"{d}.{f}": s.names() for d in set(_spoken_of(state)) for f, s in state.catalog.dataset(d).fields.items()}
        fields = [f for f, words in names.items() if any(n.endswith(mark.text.rstrip("s")) for n in words)]
        if (counted or state.text[: mark.start].endswith(_COUNTED)) and len(fields) == 1:
            mark.ops, mark.fields = frozenset(), (fields[0],)


def _except(state: State) -> None:
    """除生鲜外各部门: a value between the two halves of "apart from"."""
    for at, opening in enumerate(state.marks):
        closing = next((m for m in state.marks[at + 1 : at + 5] if m.text in ("外", "以外", "之外")), None)
        inside = [m for m in state.marks[at + 1 :] if closing and m.end <= closing.start]
        if opening.text == "除" and closing and inside and all(m.values or m.segments or m.ids or m.filler or m.text in "、和与及" for m in inside):
            opening.ops, closing.ops = frozenset(["exclude"]), frozenset([FILLER])


_BECAUSE = ("因为", "由于", "因", "due to", "because of", "owing to", "caused by", "on account of", "over", "down to")
_ASKS_FOR_THE_CAUSE = ("growth", "decline", "change", "growth_top", "decline_top", "higher", "lower")


def _because(state: State) -> None:
    """因为质量问题退货的, returns due to quality problems: a value of a field that holds causes says which rows, and explains nothing."""
    if any(m.has(*_ASKS_FOR_THE_CAUSE) for m in state.marks) or wants_yes_or_no(state):
        return
    for word, value in pairwise(state.marks):
        names = [n.lower() for f, _ in value.values for n in state.catalog.field(f).spec.names()]
        if word.text in _BECAUSE and names and any(n.endswith(_CAUSES) for n in names):
            word.ops, word.metrics, word.verbs = frozenset([FILLER]), (), ()


_WITHOUT = (
    "without", "without a", "without any", "no", "with no", "w/o", "not using",
    "没用", "没有用", "没有", "未用", "未使用", "没使用", "没", "不用",
)  # fmt: skip
_ARTICLES = ("a", "an", "any", "过", "了", "使用", "用")


def _without(state: State) -> None:
    """Orders without a coupon, 没用优惠券的订单: what the catalog calls those with one is turned round; no list of coupons is meant."""
    for word in [m for m in state.marks if m.text in _WITHOUT and m.has("exclude", "not")]:
        named = next((m for m in state.following(word, skip=lambda m: m.text in _ARTICLES)), None)
        if named is None or not named.entities or named.segments or not state.close(word, named, 4):
            continue
        using = _called_with(state, named.text.removesuffix("s"))
        if len(using) == 1:
            named.entities, named.metrics, named.counters, named.shown, named.fields = (), (), (), "", ()
            named.segments, word.ops = (using.pop(),), frozenset(["exclude"])


def _called_with(state: State, thing: str) -> set[str]:
    """The segments that a name calls those with, or those that used, a thing."""
    called = re.compile(rf"\bwith (?:an? )?{re.escape(thing)}s?$|^[使]?用[了过]?{re.escape(thing)}的?$")
    return {s for s, spec in state.catalog.spec.segments.items() for n in spec.names() if called.search(n.lower())}


def _with_and_without(state: State) -> None:
    """Orders with a coupon and without: those that a segment keeps, beside the others."""
    for op in [m for m in state.marks if m.text in ("without", "without one", "without it", "no", "not") and m.has("exclude", "not")]:
        kept, ahead = next(iter(state.preceding(op)), None), next(iter(state.following(op)), None)
        joint = state.text[kept.end : op.start].strip() if kept else ""
        if kept and kept.segments and joint in ("and", "or", "vs", "versus", "&", "/", ",") and (ahead is None or not state.close(op, ahead, 2)):
            op.ops = frozenset(["everything_else"])


def _spoken_of(state: State) -> Iterator[str]:
    """The datasets that the verbs, entities and metrics of the question are of."""
    for mark in state.marks:
        yield from mark.verbs
        yield from (d for e in mark.entities if (d := state.catalog.entity(e).dataset))
        yield from (h for n in mark.metrics[:1] for h in state.catalog.formula(n).homes)


def _part(state: State, mark: Mark, lexicon: Lexicon) -> None:
    """哪些商品评分低于3分: behind which, the name of a metric that begins with that of what is asked for is both."""
    shown = {f"{e.dataset}.{e.shown_by}": n for n, e in state.catalog.spec.entities.items() if e.shown_by}
    for at in range(2, len(mark.text) - 1):
        head = next((k for k in lexicon.scan(mark.text[:at]) if k.end - k.start == at and k.kind in ("entity", "field")), None)
        tail = [k.target for k in lexicon.scan(mark.text[at:]) if k.end - k.start == len(mark.text) - at and k.kind == "metric"]
        if head is None or mark.metrics[0] not in tail:
            continue
        entity = head.target if head.kind == "entity" else shown.get(head.target, "")
        first = Mark(mark.start, mark.start + at, mark.text[:at])
        if entity:
            first.entities, first.shown = (entity,), head.target if head.target in shown else ""
        else:
            first.fields = (head.target,)
        place = state.marks.index(mark)
        state.marks[place : place + 1] = [first, replace(mark, start=first.end, text=mark.text[at:])]
        return
