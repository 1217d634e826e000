"""Shares: of a named part in the whole, or of each group in the total."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.counting import count_metric, counting_in
from assistant.reading.rules.filters import conditions_of
from assistant.reading.rules.parts import alias_of, slug
from assistant.reading.rules.two_periods import inside
from assistant.reading.rules.wholes import OVER, counted_of_all, known_rate_of_all
from assistant.reading.state import State
from semantic_layer.catalog.expressions import Formula
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import shift
from semantic_layer.query import (
    TIME,
    Condition,
    ExistsCondition,
    FieldCondition,
    Group,
    MetricRef,
    Order,
    SegmentCondition,
    SemanticQuery,
    Share,
    TimeRange,
)
from semantic_layer.spelling import has_han


def parts(state: State) -> None:
    """What share X has of the whole: X before 占 or share, after "came from"."""
    if _known_rate(state, state.ops("share")) or any(known_rate_of_all(state, op) for op in state.ops("share")):
        return
    _whole_of_values(state)
    for op in state.ops("share"):
        part = _part(state, op)
        if not part:
            continue
        metric = next((m for m in state.free(lambda m: m.metrics) if m not in part), None)
        counted = None if metric else _counted(state, part, op)
        name = metric.metrics[0] if metric else counted or state.meant_metric()
        if metric:
            state.take(metric, f"metric:{name}")
        elif counted:
            state.assume(f"占比按{state.catalog.metric(name).label.zh}计算", f"the share is of {state.catalog.metric(name).label.en}")
        elif whose := _of_people(state, part):
            raise _by_number_or_amount(state, part[0], whose, name)
        else:
            state.assume(f"占比按{state.catalog.metric(name).label.zh}计算", f"the share is of {state.catalog.metric(name).label.en}")
        outside = _left_out_of(state, part)
        _of_part(state, name, tuple(conditions_of(state, part, negated=outside is not None)), op)
        state.take(op, "share")
        whole = next(iter(state.following(op)), None)
        if metric and whole and whole.metrics == metric.metrics and not whole.became and state.close(op, whole, 1):
            state.take(whole, "whole")  # 自有品牌卖的钱占总销售额的百分之几: the whole, and no second metric
        for other in state.ops("share", "total"):
            state.take(other, "share")
        return


_BEHIND = ("以外", "之外", "除外", "外", "excluded")


def _left_out_of(state: State, part: list[Mark]) -> Mark | None:
    """一线城市以外的占比, sales outside tier one cities: the part is what a word right beside its value takes out."""
    if len(part) != 1:
        return None
    for op in state.ops("exclude", "not"):
        behind = op.text in _BEHIND
        near = 0 <= (op.start - part[0].end if behind else part[0].start - op.end) <= 1
        if near and state.close(op, part[0], 1):
            return state.take(op, "exclude")
    return None


def _counted(state: State, part: list[Mark], op: Mark) -> str:
    """The metric that counts what the part is a part of, where its own words tell."""
    of_all = counted_of_all(state, part, op) or _counted_people(state, part) or _counted_whole(state, part, op)
    return of_all or _counted_rows(state, part) or _counted_named(state, part)


def _counted_people(state: State, part: list[Mark]) -> str:
    """女性用户占比: people right behind a value of theirs, of whom nothing else is told, are counted."""
    for mark in part:
        behind = next(state.following(mark), None)
        owners = {f.split(".")[0] for f, _ in mark.values}
        people = [e for e in behind.entities if state.catalog.entity(e).people and state.catalog.entity(e).dataset in owners] if behind else []
        others = state.free(lambda m: m is not behind and (m.verbs or m.counters or m.has("by_amount", "how_many")))  # noqa: B023
        if behind and people and state.close(mark, behind, 1) and not others and (counted := count_metric(state, people[0])):
            state.take(behind, "count")
            return counted.metric or ""
    return ""


def _counted_whole(state: State, part: list[Mark], op: Mark) -> str:
    """已完成的订单里高优先级占多少: things of which a part is told are counted."""
    if op.text.isascii() or state.free(lambda m: m.has("by_amount")):
        return ""
    for within in [m for m in state.marks if m.text in _AMONG and m.end <= op.start]:
        whole = next(state.preceding(within, skip=lambda m: False), None)
        apart = whole is not None and whole.entities and not whole.became and whole.end == within.start and all(m.start >= within.end for m in part)
        if whole and apart and (counted := count_metric(state, whole.entities[0])) and counted.metric:
            state.take(whole, "count")
            state.take(within, "share")
            return counted.metric
    return ""


def _counted_rows(state: State, part: list[Mark]) -> str:
    """晚发货占比: of what a metric of the catalog counts the rows, the share is that of their number."""
    segments = {s for m in part for s in m.segments}
    for name, spec in state.catalog.spec.metrics.items() if len(segments) == 1 else ():
        kept = state.catalog.segment(next(iter(segments))).where
        told = [c.segment for c in spec.filter if isinstance(c, SegmentCondition)] == list(segments) or (spec.filter and spec.filter == kept)
        formula = state.catalog.formula(name)
        leaf = formula.aggregates[0]
        if told and isinstance(formula.tree, exp.Placeholder) and leaf.counts and leaf.kind == "additive":
            return counting_in(state, leaf.home, None) or ""
    return ""


def _counted_named(state: State, part: list[Mark]) -> str:
    """用券订单占比, share of orders with a coupon: what the name of the part names is counted, where its rows are just that."""
    if len(part) != 1 or len(part[0].segments) != 1 or state.free(lambda m: m.has("by_amount")):
        return ""
    fields = [c.field for c in state.catalog.segment(part[0].segments[0]).where if isinstance(c, FieldCondition)]
    for name, spec in state.catalog.spec.entities.items() if fields else ():
        said = any(part[0].text.endswith(n.lower()) if has_han(n) else part[0].text.startswith(n.lower()) for n in spec.names())
        told = spec.dataset is not None and all(f.startswith(f"{spec.dataset}.") or state.reaches(spec.dataset, f) for f in fields)
        if told and said and (counted := count_metric(state, name)):
            return counted.metric or ""
    return ""


_AMONG = ("里", "中", "里面", "当中", "之中", "里头", "内")


def _of_people(state: State, part: list[Mark]) -> str:
    """The number of people, where a value of theirs is the part and neither they nor any amount are named: 女性占比."""
    owners = {f.split(".")[0] for m in part for f, _ in m.values}
    people = [e for e, spec in state.catalog.spec.entities.items() if spec.people and spec.dataset in owners]
    told = state.free(lambda m: m.entities or m.counters or m.verbs or m.has("by_amount")) or state.about
    counted = count_metric(state, people[0]) if people and not told else None
    return counted.metric or "" if counted else ""


def _by_number_or_amount(state: State, part: Mark, number: str, amount: str) -> AskBack:
    where = tuple(conditions_of(state, [part]))
    ways = [MetricRef(metric=n, where=where, share=True) for n in (number, amount)]
    rest = {"group_by": tuple(state.groups), "time": state.time}
    labels = [state.catalog.metric(n).label for n in (number, amount)]
    message = Text(
        zh=f"“{part.text}”的占比按{labels[0].zh}还是{labels[1].zh}算？",
        en=f'Is the share of "{part.text}" that of {labels[0].en} or of {labels[1].en}?',
    )
    return AskBack(message, tuple(SemanticQuery.model_validate({"metrics": (w,), **rest}) for w in ways), (part.text,))


def of_periods(state: State) -> None:
    """去年11月的销售额占全年的比例, what share of last year's sales fell in November: a period as the part of a wider one."""
    ops = state.ops("share")
    times = state.free(lambda m: m.time and m.time.kind == "range" and m.time.first and m.time.last)
    if not ops or len(times) != 2 or state.free(lambda m: m.time and m.time.kind in ("grain", "cyclic", "compare")) or state.ops("by", "which"):
        return
    part, whole = sorted((_as_range(m) for m in times), key=lambda r: (r.end or dt.date.max) - (r.start or dt.date.min))
    words = next(m.text for m in times if m.time and m.text == whole.words)
    if part.start and _BARE_YEAR.fullmatch(words):
        whole = TimeRange(start=dt.date(part.start.year, 1, 1), end=dt.date(part.start.year + 1, 1, 1), words=words)
    elif whole.start and whole.end and part.start and part.end and _BARE_MONTH.fullmatch(part.words) and shift(whole.start, 1, "year") == whole.end:
        months = (whole.start.year - part.start.year) * 12
        part = TimeRange(start=shift(part.start, months, "month"), end=shift(part.end, months, "month"), words=part.words)
    if not inside(part, whole) or (part.start, part.end) == (whole.start, whole.end):
        return
    named = next((m for m in state.free(lambda m: m.metrics)), None)
    name = named.metrics[0] if named else state.meant_metric()
    if state.catalog.formula(name).kind != "additive":
        return
    state.time = whole
    where = (FieldCondition(field=TIME, op=">=", value=part.start), FieldCondition(field=TIME, op="<", value=part.end))
    state.add_metric(MetricRef(metric=name, where=where, share=True))
    for word in state.ops("decline", "growth"):  # sales fell in November: that they lie in it
        if (behind := next(state.following(word), None)) in times and state.text[word.end : behind.start].strip() == "in":
            state.take(word, "time")
    for mark in [*times, *ops, *([named] if named else [])]:
        state.take(mark, f"metric:{name}" if mark is named else "share" if mark in ops else "time")


def _as_range(mark: Mark) -> TimeRange:
    assert mark.time
    return TimeRange(start=mark.time.first, end=mark.time.last, words=mark.text)


_BARE_YEAR = re.compile(r"[全整]年度?|一整年|(?:the )?(?:whole|full|entire) year|(?:the |that )?year")
_BARE_MONTH = re.compile(
    r"(?:(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*|q[1-4]|h[12]|(?:the )?(?:first|second|third|fourth) (?:quarter|half))"
    r"|第?[一二三四1-4]季度?|[上下]半年|(?:\d{1,2}|十?[一二三四五六七八九十])月份?"
)


def _whole_of_values(state: State) -> None:
    """仅退款占全部退货退款的比例: all of what is also a value of the part's field is the whole, and no second part."""
    for total in state.ops("total"):
        whole = next(iter(state.following(total)), None)
        if whole is None or not whole.values or not state.close(total, whole, 1):
            continue
        fields = {f for f, _ in whole.values}
        if any(m is not whole and fields & {f for f, _ in m.values} for m in state.free(lambda m: m.values)):
            state.take(whole, "whole")
            state.take(total, "share")


# How many were urgent, and what share is that; 有多少单，占比多少; 订单数和占比.
_AND_SHARE = re.compile(r"(?:(?P<comma>[,;])|\band\b|&|和|及|以及|还有|并)\s*(?:and |as |what |the |占|它|其|的)*$")


def _of_part(state: State, metric: str, where: tuple[Condition, ...], op: Mark) -> None:
    """Adds the share of a part, behind its own amount where that is asked for too."""
    joint = _AND_SHARE.search(state.text, 0, op.start)
    before = [m for m in state.marks if joint and m.end <= joint.start()]
    asked = [m for m in before if m.text.startswith(("how many", "how much", "多少", "几")) or m.text.endswith(("多少", "几"))]
    beside = [m for m in before if m.became == f"metric:{metric}" or metric in m.metrics]
    told = beside and joint and ("what" in state.text[joint.start() : op.end] if op.text.isascii() else beside[-1] is before[-1])
    if asked or told:
        state.add_metric(MetricRef(metric=metric, where=where, alias=alias_of(metric, where)))
        for mark in asked:
            state.take(mark, f"metric:{metric}")
    state.add_metric(MetricRef(metric=metric, where=where, share=True))


_FROM = ("是", "来自", "是来自", "出自", "由", "是由", "属于", "都是")


def _part(state: State, op: Mark) -> list[Mark]:
    """The values or segments that stand for the part."""

    def is_value(m: Mark) -> bool:
        return bool(m.values or m.segments or m.ids) and not m.became

    done = next(iter(state.preceding(op)), None)
    if done and done.deeds and not op.text.isascii() and state.close(done, op, 1) and not done.became:
        return [done]  # 这张券核销了百分之几

    ahead = next(iter(state.following(op)), None)
    if ahead and not op.text.isascii() and is_value(ahead) and state.text[op.end : ahead.start] in _FROM:
        return [ahead]  # 成交单有百分之几是付费流量带来的
    if op.text in OVER:
        ahead = None  # 各种付款方式占支付成功笔数的比重: what stands behind it is the whole
    if ahead and ahead.deeds and not ahead.became and state.text[op.end : ahead.start] in ("", "被", "都被") and not op.text.isascii():
        return [ahead]  # 各类券有百分之几被用掉了

    if ahead and op.text.isascii() and _is_asked_of(state, op, ahead):
        return [ahead]  # of the coupons we handed out, what percent got used
    whole = next(iter(state.following(op, skip=lambda m: m.filler or m.time or m.text == "'s")), None)
    restricted = state.free(is_value)
    if op.text.isascii() and (said := _told_behind(state, op, restricted)):
        return said
    if whole and whole.metrics and len(restricted) > 1 and (said := _said_of(state, op, whole, restricted)):
        return said
    behind = bool(whole and whole.metrics and len(restricted) == 1 and restricted[0].start > whole.end and state.same_clause(whole, restricted[0]))
    apart = all(b.start >= restricted[0].end or not state.same_clause(b, op) for b in state.ops("by")) if behind else False
    if behind and apart and not state.ops("which", "exclude"):
        return restricted  # what fraction of receipts used a coupon, 几成的单子用了券; per level, what share of users agreed
    told = _what_is(state, op, restricted)
    if told:
        return told
    if _several_of_one_field(state, restricted):
        return []
    each = [t for b in state.ops("by", "which") for t in [state.after(b)] if t and t.fields]
    if each and not any(is_value(m) for m in state.preceding(op)):
        return []
    if op.text.isascii():
        before = [m for m in _run(state, op, state.preceding(op)) if is_value(m)]
        if before:
            return _joined(state, before[0], restricted)
        starts = [i for w in (" from ", " is ", " was ", " are ") if (i := state.text.find(w, op.end)) >= 0]
        source = [m for m in state.following(op) if is_value(m) and m.start > min(starts, default=-1)]
        from_there = any(w in state.text for w in (" from ", " is ", " was ", " are ")) and not each
        return [m for m in source if source[0] in _joined(state, m, source)] if from_there else []
    if inside := [v for v in restricted for b in state.ops("by") if state.text[v.end : b.start] in ("在", "于") and b.end <= op.start]:
        return inside[:1]  # 自有品牌在各部门的占比: its part in each of them
    before = [m for m in _run(state, op, state.preceding(op)) if is_value(m)]
    earlier = [t for t in each if t.end <= op.start]
    if not before and not each and len(restricted) == 1 and _AND_SHARE.search(state.text, restricted[0].end, op.start):
        return restricted  # 欧洲客户营收多少，占比多少
    if not before or (earlier and before[0].start < earlier[-1].end):
        return []
    within = len(before) > 1 and "在" in state.text[before[1].end : before[0].start]
    return before[1:2] if within else _joined(state, before[0], restricted)


_PLUS = re.compile(r"\s*(?:和|与|跟|加|加上|及|、|\+|and|plus|or|&)\s*(?:the )?")


_OF_THE_WHOLE = re.compile(r"(?:out )?of (?:all )?(?:the |our )?")  # out of all receipts, what percentage had a coupon
_ASKED_OF_WHAT = re.compile(
    r"(?:what|how many|which) (?:%|percent(?:age)?|pct|per cent|share|part|fraction|proportion)(?: of (?:them|those|these))?$"
)


def _is_asked_of(state: State, op: Mark, ahead: Mark) -> bool:
    """Whether what stands right behind "what percent" is told of a whole that was named before: got used, had a coupon on them."""
    of_them = _OF_THE_WHOLE.match(state.text) is not None and op.start > state.text.find(",") > 0
    told = (ahead.deeds or (ahead.segments and of_them)) and not ahead.became and _ASKED_OF_WHAT.match(op.text)
    return bool(told) and state.same_clause(op, ahead) and " of " not in state.text[op.end : ahead.start]


def _told_behind(state: State, op: Mark, restricted: list[Mark]) -> list[Mark]:
    """What percentage of Huabei payments went through: what stands before the whole is of it, the one thing told behind it is the part."""
    whole = next((m for m in state.following(op) if m.metrics and state.same_clause(op, m)), None)
    if not re.match(r"(?:what|how many|which) ", op.text) or state.ops("by", "which"):
        return []
    if whole is None:
        return _done_with_rows(state, op, restricted)
    before = [m for m in restricted if op.end <= m.start and m.end <= whole.start]
    deeds = state.free(lambda m: m.deeds and not m.metrics and not m.segments)
    behind = [m for m in (*restricted, *deeds) if m.start >= whole.end and state.same_clause(whole, m)]
    inner = [m for m in state.following(op) if m.end <= whole.start and m not in before]
    own = bool(before) and len(restricted) + len(deeds) == len(before) + len(behind) and not inner
    return behind if own and len(behind) == 1 else []


def _done_with_rows(state: State, op: Mark, restricted: list[Mark]) -> list[Mark]:
    """What percent of SMS messages were opened: the rows are told by a value of theirs, and the part by what was done with them."""
    kind = next(iter(state.following(op)), None)
    done = state.free(lambda m: m.deeds and not m.metrics and m.start > op.end)
    rows = {f.split(".")[0] for f, _ in kind.values} if kind and kind.values else set()
    told = len(restricted) == 1 and kind in restricted and len(done) == 1 and state.same_clause(op, done[0])
    return done if told and rows & {d for d, _ in done[0].deeds} else []


def _joined(state: State, last: Mark, values: list[Mark]) -> list[Mark]:
    """金卡和钻石的人占了几成: values of one field that are joined are one part together, unless each is asked for."""
    out = [last]
    for mark in reversed([m for m in values if m.end <= last.start and m.values and last.values]):
        if mark.values[0][0] != last.values[0][0] or not _PLUS.fullmatch(state.text, mark.end, out[-1].start):
            break
        out.append(mark)
    apart = state.ops("separately") or any(m.text.startswith(("各", "分别", "each")) for m in state.marks)
    return out[::-1] if not apart else out[:1]


def _said_of(state: State, op: Mark, whole: Mark, values: list[Mark]) -> list[Mark]:
    """带孩子的顾客有百分之几的单子用了券: the one that is told of the whole, right behind a word for a share, is the part; others say of whose."""
    joint = state.text[op.end : whole.start].strip()
    behind = [m for m in values if m.start >= whole.end and state.same_clause(whole, m)]
    apart = all(m in behind or m.end <= op.start or not state.same_clause(whole, m) for m in values)
    told = joint in ("", "的", "of", "of the", "of our") and len(behind) == 1 and apart and bool(behind[0].segments)
    return behind if told and not state.ops("by", "which", "exclude") else []


def _several_of_one_field(state: State, values: list[Mark]) -> bool:
    """MEAT、PRODUCE各自的占比: values of one field in a list, each of which has a share."""
    told_apart = state.ops("separately", "by") or any(m.text.startswith("各") for m in state.marks)
    fields = [{f for f, _ in m.values} for m in values if m.values]
    return bool(told_apart) and len(fields) == len(values) > 1 and bool(set.intersection(*fields))


_IS = (" is ", " was ", " are ", " were ", " that ", " which ")


def _what_is(state: State, op: Mark, values: list[Mark]) -> list[Mark]:
    """Within each segment, what share of orders is urgent: the one value behind "is" is the part of each."""
    verb = min((i for w in _IS if (i := state.text.find(w, op.end)) >= 0), default=-1) if op.text.isascii() else -1
    behind = [m for m in values if verb >= 0 and m.start > verb]
    whole = [m for m in state.free(lambda m: m.metrics) if op.end <= m.start < verb]
    one = len(behind) == 1 or (len(behind) > 1 and _joined(state, behind[-1], behind) == behind)  # were gold or diamond members
    return behind if one and len(whole) == 1 and state.same_clause(whole[0], behind[0]) else []


def _run(state: State, op: Mark, marks: object) -> list[Mark]:
    """The marks before the word, as far as they may stand between the part and it."""
    out: list[Mark] = []
    for mark in marks:  # type: ignore[attr-defined]
        if not state.same_clause(mark, op):
            break
        if mark.has("share") and not op.text.isascii():
            return []
        if mark.has("by", "which"):
            return [] if op.text.isascii() else out
        out.append(mark)
    return out


def rule(state: State) -> None:
    """The share of each group in the total, or within another group."""
    ops = state.ops("share")
    if any(h.side == "share" for h in state.having):
        state.share = Share(within=_within(state))
        for op in ops:
            state.take(op, "share")
        return
    if not ops:
        return
    if not state.groups:
        head = next(iter(state.free(lambda m: m.groupable and not m.metrics)), None)
        if head is None:
            _of_conditions(state, ops)
            return
        state.add_group(Group(field=head.groupable))
        state.take(head, f"group:{head.groupable}")
    if not state.metrics:
        metric = next(iter(state.free(lambda m: m.metrics)), None)
        name = metric.metrics[0] if metric else state.meant_metric()
        if metric:
            state.take(metric, f"metric:{name}")
        state.add_metric(MetricRef(metric=name))
    for op in ops:
        state.take(op, "share")
    if _of_each_named(state) or _of_days(state, ops):
        return
    state.share = Share(within=_within(state))
    if state.order:
        first = state.order[0]
        state.order[0] = Order(by=first.by, desc=first.desc, side=first.side)


def _of_each_named(state: State) -> bool:
    """National 和 Private 各占多少: the share of each of the values named is of all there is, and not of what was named."""
    named = next((c for c in state.where if isinstance(c, FieldCondition) and c.op == "in" and any(g.field == c.field for g in state.groups)), None)
    plain = len(state.metrics) == 1 and state.metrics[0].metric and not state.metrics[0].where and not (state.order or state.compare or state.having)
    if named is None or not isinstance(named.value, tuple) or not plain or any(g.field != named.field and not g.grain for g in state.groups):
        return False
    name = state.metrics[0].metric or ""
    if any(m.has("versus") for m in state.marks) and _is_whole_field(state, named):
        state.where.remove(named)  # house brand against national: the split by brand, with what is neither
        return False
    state.where.remove(named)
    state.groups[:] = [g for g in state.groups if g.field != named.field]
    each = [FieldCondition(field=named.field, value=v) for v in named.value]
    state.metrics[:] = [MetricRef(metric=name, where=(c,), share=True, alias=f"{name}_part_{slug(c)}") for c in each]
    return True


_DAYS = ("weekday", "hours")


def _of_days(state: State, ops: list[Mark]) -> bool:
    """Weekend share of sales for each department, 各部门周末销售额占比: what days right beside the word are part of, in each group."""
    days = next((c for c in state.where if isinstance(c, FieldCondition) and c.field == TIME and c.grain in ("day_of_week", "hour_of_day")), None)
    plain = len(state.metrics) == 1 and state.metrics[0].metric and not state.metrics[0].where and not (state.compare or state.having)
    if days is None or not plain or not any(_beside_days(state, op) for op in ops):
        return False
    name = state.metrics[0].metric or ""
    state.where.remove(days)
    part = MetricRef(metric=name, where=(days,), share=True)
    state.metrics[:] = [part]
    state.order[:] = [Order(by=part.name, desc=o.desc) if o.by == name else o for o in state.order]
    return True


def _beside_days(state: State, op: Mark) -> bool:
    """Weekend share, 周末销售额占比, share of sales on weekends: nothing but the measure between the days and the word."""
    before = next(state.preceding(op, skip=lambda m: m.filler or m.became.startswith("metric:") or m.has("share")), None)
    if before is not None and before.became in _DAYS and state.same_clause(before, op):
        return True
    whole = next(state.following(op), None)
    behind = next(state.following(whole), None) if whole and whole.became.startswith("metric:") and op.text.isascii() else None
    return behind is not None and behind.became in _DAYS and state.same_clause(op, behind)


def _is_whole_field(state: State, condition: FieldCondition) -> bool:
    known = state.catalog.field(condition.field).spec.values if "." in condition.field else {}
    return bool(known) and isinstance(condition.value, tuple) and set(condition.value) >= set(known)


_CAME_FROM = re.compile(r" (?:(?:came|come|comes|coming|were|was|are|is) (?:from|by)|went to|goes? to|belong(?:s|ed)? to|fell (?:in|on|to)) ")


def _known_rate(state: State, ops: list[Mark]) -> bool:
    """What percent of baskets used a coupon: the metric that divides the named part by its whole. Not where a part of its own has the share."""
    if any((m.values or (m.segments and not m.deeds)) and state.close(m, op, 1) for op in ops for m in [next(iter(state.preceding(op)), None)] if m):
        return False  # mini program share, paid-traffic share of paid orders
    part = [m for m in state.free(lambda m: m.metrics) if m.text.isascii() and next(iter(state.preceding(m)), None) in ops]
    over = [m for op in ops if op.text.startswith("as ") for m in [next(iter(state.preceding(op)), None)] if m and m.metrics]
    told = next(state.following(part[0], skip=lambda m: False), None) if part else None
    if part and (over or (told and told.segments and not told.became) or _CAME_FROM.search(state.text, part[0].end)):
        return False  # orders as a % of cancelled ones; what % of coupon baskets came from families with kids, of paid orders used a coupon
    for metric in state.catalog.spec.metrics if len(part) == 1 else ():
        formula = state.catalog.formula(metric)
        above = state.catalog.aggregate_name(formula.aggregates[0])
        if isinstance(formula.tree, exp.Div) and len(formula.aggregates) == 2 and above == part[0].metrics[0] and _is_part(formula):
            state.add_metric(MetricRef(metric=metric))
            for mark in [*ops, *part]:
                state.take(mark, f"metric:{metric}")
            return True
    return False


def _is_part(formula: Formula) -> bool:
    """Whether what is divided is some of what it is divided by: coupon baskets by baskets, and no profit by sales."""
    above, below = formula.aggregates
    return above.counts and below.counts and len(above.filter) > len(below.filter)


def _of_conditions(state: State, ops: list[Mark]) -> None:
    """Without groups, the one condition of the question is the part: weekends' share of sales. Of people, what they did beside the word."""
    if len(state.metrics) != 1 or not state.metrics[0].metric or state.metrics[0].where:
        return
    part = state.where[0] if len(state.where) == 1 else _what_they_did(state, ops[0])
    if part is None:
        return
    name = state.metrics.pop().metric or ""
    state.where.remove(part)
    _of_part(state, name, (part,), ops[0])
    for op in ops:
        state.take(op, "share")


def _what_they_did(state: State, op: Mark) -> Condition | None:
    """6月付款的买家里，退过货的占几成: of several conditions that of what they did, right before a Chinese word for a share."""
    done = [c for c in state.where if isinstance(c, ExistsCondition)]
    before = next(state.preceding(op, skip=lambda m: m.filler), None)
    beside = before is not None and before.became.startswith("exists:") and not op.text.isascii()
    dated = len(done) == 1 and bool(state.time is None or (done[0].time and done[0].time.start))  # else: then, or ever?
    return done[0] if dated and beside else None


def _within(state: State) -> tuple[str, ...]:
    """With time and another group: the share within each period. Within its wider level, where that is said."""
    time = [g.name for g in state.groups if g.grain]
    others = [g for g in state.groups if not g.grain]
    said = state.ops("within")
    if said and len(others) > 1:
        state.take(said[0], "share")
        wider = next(iter(state.preceding(said[0], skip=lambda m: m.filler)), None)
        named = wider.became.removeprefix("group:") if wider else ""
        return (*time, next((g.name for g in others if g.field == named), others[0].name))  # 每个大区里头各级城市
    if len(others) > 1 and (own := _said_as_whole(state, {g.field: g.name for g in others if g.field})):
        return (*time, own)
    return tuple(time) if others else ()


_ITS_OWN = re.compile(
    r"(?:本|该|其|所在|自己|自身|各自|各自所在|所属|所在的|自己所在)$"
    r"| (?:of|in|within) (?:its|their|the|that|each|his|her)(?: own)? $"
)


def _said_as_whole(state: State, groups: Mapping[str, str]) -> str:
    """各占本大区几成, their share of the region: the wider group, named again behind the word for a share as the whole that is divided."""
    for op in (m for m in state.marks if m.has("share")):
        wider = next(state.following(op, skip=lambda m: m.filler or m.unknown), None)
        name = groups.get(wider.groupable or "", "") if wider else ""
        if wider is None or not name or not _ITS_OWN.search(state.text, op.start, wider.start):
            continue
        for mark in state.marks:
            if op.end <= mark.start < wider.end:
                state.take(mark, "share")
        return name
    return ""
