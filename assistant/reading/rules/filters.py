"""Values and segments as filters: kept, or taken out."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.language.general import chinese_words
from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack, Refuse
from assistant.reading.rules.counting import negation, rows_told
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import Condition, FieldCondition, Group, SegmentCondition
from semantic_layer.spelling import has_han

# They take out what stands behind them, and never what stands before: diamond members with no order.
_BEFORE = ("no", "without", "without any", "without the", "w/o", "sans", "excluding", "except", "except for", "other than", "apart from", "minus")


def excluded(state: State) -> None:
    """Without X, X excluded, leave X out, 不含X, X除外."""
    _without_part(state)
    done = any(m.verbs for m in state.marks) and len(state.free(lambda m: m.values or m.segments)) > 1
    for op in state.ops("exclude") + ([] if done else state.ops("not")):
        ahead = [m for m in state.following(op) if state.same_clause(op, m)]
        marks = ([] if ahead and _of_a_clause(state, op, ahead[0]) else _listed(state, ahead)) or (
            _listed(state, _without_owner(state, [m for m in state.preceding(op) if state.same_clause(m, op)]))[:1]
            if op.has("exclude") and op.text not in _BEFORE
            else []
        )
        if not marks:
            continue
        state.take(op, "exclude")
        for condition in conditions_of(state, marks, negated=True):
            state.where.append(condition)
        rest = next(iter(state.following(marks[-1])), None)  # 除了华东其他大区: the others of those
        if rest and rest.has("exclude") and not rest.became and rest.text in _AWAY and state.close(marks[-1], rest, 1):
            state.take(rest, "exclude")
            continue
        if rest and rest.has("everything_else") and rest.start - marks[-1].end <= _OTHERS_BEHIND:
            state.take(rest, "exclude")


_AWAY = ("aside", "out", "out of it", "off", "外", "之外", "以外", "后", "之后", "排除", "剔除", "掉", "剔掉")  # leaving gas aside
_OTHERS_BEHIND = 3  # 除了大促，其他活动; besides sales, the other campaigns
_THEREUPON = ("后", "之后", "以后", "外", "之外", "以外")


def _without_part(state: State) -> None:
    """GMV without cancelled orders, 不含取消订单的GMV: a number of certain rows behind the word takes these out of another figure."""
    for op in state.ops("exclude") + state.free(lambda m: m.text in ("without", "not counting")):
        part = next((m for m in state.following(op) if state.same_clause(op, m)), None)
        others = state.free(lambda m: m.metrics and m is not part and not m.entities) or state.free(lambda m: m.metrics and m is not part)  # noqa: B023
        told = rows_told(state.catalog, part.metrics[0]) if part and part.metrics and not part.became and others else ()
        if len(told) != 1 or part is None or not state.close(op, part, 6) or op.became:
            continue
        state.where.append(negation(told[0]))
        behind = next(iter(state.following(part, skip=lambda m: False)), None)
        for mark in (op, part, *([behind] if behind and behind.text in _THEREUPON and behind.start == part.end else [])):
            state.take(mark, "exclude")


def _of_a_clause(state: State, op: Mark, value: Mark) -> bool:
    """没来的已婚顾客: a Chinese clause with a verb of its own ends between a negation and what stands behind it."""
    between = state.text[op.end : value.start]
    return op.has("not") and not op.text.isascii() and len(between) > 1 and between.endswith("的")


def _without_owner(state: State, marks: list[Mark]) -> list[Mark]:
    """把欧洲客户刨掉, with Asian customers left out: what a value is of, between it and the word."""
    owner, value = [*marks[:2], None, None][:2]
    return marks[1:] if owner and value and owner.entities and not owner.became and value.values and state.close(value, owner, 2) else marks


def _listed(state: State, marks: list[Mark]) -> list[Mark]:
    """The values or segments that open a stretch of marks: X, X and Y."""
    out: list[Mark] = []
    for mark in marks:
        if not mark.became and (mark.values or mark.segments or mark.ids):
            out.append(mark)
        elif mark.fields and out and beside(state, mark, out[-1]):
            continue
        else:
            break
    return out


def included(state: State) -> None:
    """Every other value is a filter; several of one field are also told apart."""
    in_brackets(state)
    marks = state.free(lambda m: m.values or m.ids)
    rest = state.ops("everything_else")
    if rest and (marks or state.free(lambda m: m.segments)):
        _against_the_rest(state, marks or state.free(lambda m: m.segments), rest[0])
        return
    conditions = conditions_of(state, marks)
    for condition in conditions:
        if _explains_group(state, condition):
            continue
        state.where.append(condition)
        together = _added_up(state) or _plus(state, marks)
        if isinstance(condition, FieldCondition) and condition.op == "in" and not _ladder(state, condition) and not together:
            state.add_group(Group(field=condition.field))
            _tally(state, condition)


def _plus(state: State, values: list[Mark]) -> bool:
    """金卡+钻石会员的销售额: what a plus joins is one thing, and not told apart."""
    return any(state.text[a.end : b.start].strip() in ("+", "加", "加上") and a.values and b.values for a, b in pairwise(values))


def _explains_group(state: State, condition: Condition) -> bool:
    """By brand type, national versus private: all values of the field that the answer is split by only explain it."""
    if not isinstance(condition, FieldCondition) or condition.op != "in" or "." not in condition.field or not isinstance(condition.value, tuple):
        return False
    split = [t for op in state.ops("by") for t in [state.after(op)] if t and condition.field in t.fields]
    unfinished = bool(split) and re.search(r"…|\.{2,}|等(?!于)|\band so on\b|\betc\b", state.text[: split[0].end])
    return bool(split) and (_all_values(state, condition) or bool(unfinished))


def known(state: State) -> None:
    """Of known age, 知道年龄的: only where the field is filled in."""
    for op in state.ops("known"):
        mark = next((m for m in (state.after(op), state.before(op)) if m and m.fields), None)
        if mark:
            state.where.append(FieldCondition(field=mark.fields[0], op="not_null"))
            state.take(op, "known")
            _only(state, mark)
            if any(mark.fields[0] in m.fields for m in state.free(lambda m: m is not mark)):  # noqa: B023
                state.take(mark, "known")


# Including unknown, plus whatever can't be classified, the ones with no income on file too, 包括未知的.
_UNKNOWN_TOO = re.compile(
    r"(?:incl(?:uding|ude|\.)?|with|and|plus|also) (?:the |any |all )?(?:unknowns?|unclassified|blanks?|nulls?|missing)"
    r"(?: ones?| group| bucket)?(?: too| as well| included)?\b|(?:unknowns?|blanks?|nulls?)(?: ones?| values?)? (?:too|as well|included)\b"
    r"|(?:plus|and|also|including|incl\.?|with)? ?(?:whatever|anything|everything|those|the ones|the rest)(?: that| who)?"
    r" (?:can't|cannot|can not) be (?:classified|assigned|matched)"
    r"|(?:(?:and|also|plus|show me|include|including) )*(?:the ones|those|households|customers|people)"
    r"(?: who have| that have)? (?:with no|without an?|no) [a-z ]{2,24} (?:on file|known|recorded|on record)(?: too| as well| also)?\b"
    r"|(?:包括|包含|含|连同|加上)(?:未知|没填|不明|空值|没有登记)的?"
    r"|(?:未知|没填|不明|空值|没登记)的?(?:也|一起|一并)(?:要|算上?|列出?|带上?|给)?(?:来|出来)?"
)


def asks_for_unknown(state: State) -> None:
    """Words that want the unknown group shown neither keep nor take out anything."""
    if state.ops("by") and (said := _UNKNOWN_TOO.search(state.text)):
        for mark in state.free(lambda m: said.start() <= m.start and m.end <= said.end()):
            mark.ops, mark.fields, mark.entities, mark.metrics = frozenset(["unknown_too"]), (), (), ()


def unknown_too(state: State) -> None:
    """Takes the words that want the unknown group shown, where the answer has one; all values of its field then restrict nothing."""
    said = _UNKNOWN_TOO.search(state.text)
    fields = {g.field for g in state.groups if g.field and "." in g.field and not g.grain}
    if said is None or not fields or state.limit or any(getattr(c, "op", "") == "not_null" for c in state.where):
        return
    state.where[:] = [c for c in state.where if not (getattr(c, "field", "") in fields and _all_values(state, c))]
    if not any(getattr(c, "field", "") in fields for c in state.where):
        for mark in state.free(lambda m: said.start() <= m.start and m.end <= said.end()):
            state.take(mark, "unknown too")


def _all_values(state: State, condition: Condition) -> bool:
    """Whether a condition names every value that the catalog knows of its field."""
    if not isinstance(condition, FieldCondition) or condition.op != "in" or not isinstance(condition.value, tuple):
        return False
    return set(condition.value) >= set(state.catalog.field(condition.field).spec.values)


def _only(state: State, known: Mark) -> None:
    """Only people whose age we know, known ages only."""
    for only in state.ops("exactly"):
        if state.same_clause(only, known):
            state.take(only, "known")


def known_groups(state: State) -> None:
    """Among profiled households, known profiles only: without the rows that the fields of the groups say nothing of."""
    words = [*state.ops("known"), *state.free(lambda m: m.metrics and _of_known_rows(state, m))]
    fields = [g.field for g in state.groups if g.field and "." in g.field and not g.grain]
    told = [f for f in fields if state.catalog.field(f).spec.kind == "dimension" and state.catalog.dataset(f.split(".")[0]).time is None]
    if not words or not told:
        return
    filtered = {getattr(c, "field", "") for c in state.where}
    state.where += [FieldCondition(field=f, op="not_null") for f in told if f not in filtered]
    for word in words:
        state.take(word, "known")
        _only(state, word)


def _of_known_rows(state: State, mark: Mark) -> bool:
    """Among known households: the number of the rows that hold a group's field, said of whom the answer is."""
    before = next(iter(state.preceding(mark, skip=lambda m: False)), None)
    owners = {g.field.split(".")[0] for g in state.groups if g.field and "." in g.field and not g.grain}
    counts = state.catalog.formula(mark.metrics[0])
    others = state.metrics or state.free(lambda m: m.metrics and m is not mark)
    return bool(before and before.text in ("among", "amongst", "only", "for", "within") and others) and bool(set(counts.homes) & owners)


def in_brackets(state: State) -> None:
    """奶粉(INFANT FORMULA): the exact value in brackets says what the word before it means."""
    for mark in state.free(lambda m: m.values):
        before = next((m for m in state.marks if m.end == mark.start - 1 and state.text[m.end] == "("), None)
        if before and before.text == "的":
            before = next(state.preceding(before), None)  # 加急的(1-URGENT)
        before = before or next((m for m in state.marks if m.end == mark.start and _is_name(state, m, mark)), None)
        done = next((m for m in state.marks if before and m.end == before.start), None)
        bought = before is not None and bool(before.metrics) and done is not None and bool(done.verbs)  # 买过花(FLORAL), and nothing that was spent
        if before and not before.became and (before.unknown or before.values or bought):
            state.take(before, "explained")
    for mark in state.free(lambda m: m.segments):  # 打折卖的（低于吊牌价）
        inside = next((m for m in state.marks if m.start > mark.end and state.text[mark.end : m.start].strip("卖的 ") == "("), None)
        if inside and inside.segments == mark.segments and not inside.became:
            state.take(inside, "explained")


# Tags of jieba's dictionary: persons, places, organisations, other names, abbreviations.
_NAME_TAGS = ("nr", "ns", "nt", "nz", "j")
_NAME_ENDS = ("航空", "机场", "公司", "集团", "商店", "航司")


def _is_name(state: State, mark: Mark, code: Mark) -> bool:
    """美联航UA, 洛杉矶LAX: a Chinese name right before the code that says what it is."""
    if not (mark.unknown and has_han(mark.text) and code.text.isascii()):
        return False
    tags = [tag for _, _, tag in chinese_words(mark.text)]
    return mark.text.endswith(_NAME_ENDS) or all(t.startswith(_NAME_TAGS) for t in tags)


def _added_up(state: State) -> bool:
    """Whether several values are wanted as one: together, combined, 一共, 也算上; 买了A或B的: those who bought either."""
    if any(m.verbs for m in state.marks) and _either(state) and not state.ops("higher", "lower"):
        return True
    apart = [m for m in state.ops("by", "separately", "versus", "share") if not _before_a_value(state, m) or _sets_side_by_side(state, m)]
    return bool(state.ops("total")) and not apart


def _before_a_value(state: State, op: Mark) -> bool:
    after = next(iter(state.following(op)), None)
    return bool(after and (after.ids or after.values))


def _sets_side_by_side(state: State, op: Mark) -> bool:
    """National v Private: two values with a versus between them."""
    before = next(iter(state.preceding(op)), None)
    return bool(op.has("versus") and before and (before.ids or before.values))


def _either(state: State) -> bool:
    """Whether two values are joined by "or"."""
    taken = [m for m in state.marks if m.values and m.became.startswith("filter:")]
    joints = {state.text[a.end : b.start].strip() for a, b in pairwise(taken)}
    return bool(joints & {"or", "或", "或者", "或是"})


def _tally(state: State, condition: FieldCondition) -> None:
    """Meat, seafood and deli, the three departments: the number only counts what was listed."""
    n = len(condition.value) if isinstance(condition.value, tuple) else 1
    for mark in state.free(lambda m: m.number and m.number.value == n):
        after = state.after(mark)
        if after and condition.field in after.fields:
            state.take(mark, "tally")
            state.take(after, f"filter:{condition.field}")


def _ladder(state: State, condition: FieldCondition) -> bool:
    """Whether one name stood for several values (kids: 1, 2, 3+), which are then not told apart."""
    return any(m.became == f"filter:{condition.field}:any" for m in state.marks)


def _against_the_rest(state: State, marks: list[Mark], rest: Mark) -> None:
    conditions = conditions_of(state, marks)
    if len(conditions) == 1:
        state.add_group(Group(case=conditions[0], alias=None if isinstance(conditions[0], SegmentCondition) else "case"))
        state.take(rest, "case")
        for mark in state.ops("versus"):
            state.take(mark, "case")


def segments(state: State) -> None:
    """Segments that nothing else took."""
    marks = state.free(lambda m: m.segments)
    rest = state.ops("everything_else")
    if rest and marks:
        _against_the_rest(state, marks, rest[0])
        return
    state.where += conditions_of(state, marks)


_RANGE = re.compile(r"\d ?[-~–] ?\d|[到至]|\bto\b")


def conditions_of(state: State, marks: list[Mark], negated: bool = False) -> list[Condition]:
    """Conditions for marks of values and segments; values of one field go together."""
    out: list[Condition] = []
    chosen: dict[str, list[object]] = {}
    for mark in marks:
        if mark.values:
            field, values = choose(state, mark)
            _apposition(state, mark, field)
            if mark.worded:
                out.append(FieldCondition(field=field, op="contains", value=values[0], negated=negated))
                for op in state.free(lambda m: m.has("having")):
                    state.take(op, f"filter:{field}")
                state.take(mark, f"filter:{field}")
                continue
            chosen.setdefault(field, []).extend(values)
            state.take(mark, f"filter:{field}:any" if len(values) > 1 else f"filter:{field}")
        elif mark.ids:
            field, numbers = mark.ids
            chosen.setdefault(field, []).extend(numbers)
            listed = "." in field and len(numbers) > 1 and not mark.text[-1].isdigit() and mark.text[-1] != "号"  # one and two star reviews
            whole = (listed or _RANGE.search(mark.text)) and not state.ops("separately", "by", "versus", "share")  # 1 to 2 stars: together
            state.take(mark, f"filter:{field}:any" if whole else f"filter:{field}")
        elif mark.segments or mark.deeds:
            segment = mark.segments[0] if mark.segments else _told_segment(state, mark)
            out.append(SegmentCondition(segment=segment, negated=negated))
            state.take(mark, f"segment:{segment}")
    for field, found in chosen.items():
        distinct = tuple(dict.fromkeys(found))
        if distinct[0] is True:
            out.append(FieldCondition(field=field, value=not negated))
        elif len(distinct) == 1:
            out.append(FieldCondition(field=field, op="!=" if negated else "=", value=distinct[0]))  # type: ignore[arg-type]
        else:
            out.append(FieldCondition(field=field, op="not_in" if negated else "in", value=distinct))  # type: ignore[arg-type]
    return out


def _told_segment(state: State, mark: Mark) -> str:
    """The segment that a verb tells of, in the rows that the answer is of where it has several."""
    return next((s for d, s in mark.deeds if d in state.homes()), mark.deeds[0][1])


def choose(state: State, mark: Mark) -> tuple[str, list[str]]:
    """The field a value belongs to: the only one, the one named beside it, or the one that alone can be asked here.

    Raises AskBack when several are left.
    """
    fields = list(dict.fromkeys(f for f, _ in mark.values))
    named = [f for f in fields if any(f in m.fields and beside(state, m, mark) for m in state.marks)]
    directed = _directed(state, fields, mark)
    fields = named or directed or _of_its_list(state, fields, mark) or _owned(state, fields, mark) or fields
    if len(fields) > 1:
        reached = [f for f in fields if all(state.reaches(h, f) for h in state.homes())]
        fields = reached or fields
    if len(fields) > 1:
        fields = _coarsest(state, fields, mark)
    if len(fields) > 1:
        labels = [state.catalog.field(f).spec.label for f in fields]
        raise AskBack(
            Text(
                zh=f"“{mark.text}”在这些维度里都有：{'、'.join(x.zh for x in labels)}。请说明是哪一个。",
                en=f'"{mark.text}" is a value of {" and of ".join(x.en for x in labels)}. Please say which one.',
            ),
            unexplained=(mark.text,),
        )
    return fields[0], [v for f, v in mark.values if f == fields[0]]


_IN_A_LIST = re.compile(r"(?: |,|、|/|&|和|与|及|跟|或|比|对比|\b(?:and|or|vs\.?|versus|than|with|to|compared|plus)\b)+")


def _of_its_list(state: State, fields: list[str], mark: Mark) -> list[str]:
    """上海和杭州, Chengdu compared with Chongqing: what is listed beside a value of one field is one of that field too."""
    told: list[str] = []
    for first, second in pairwise([m for m in state.marks if m.values]):
        between = [m for m in state.marks if first.end <= m.start and m.end <= second.start]
        if mark in (first, second) and (_IN_A_LIST.fullmatch(state.text, first.end, second.start) or any(m.has("versus") for m in between)):
            other = {f for f, _ in (second if mark is first else first).values}
            told += [f for f in fields if other == {f}]
    return told if len(fields) > 1 and len(set(told)) == 1 else []


# From JFK, 飞往迈阿密: the words before a place, and what the field is then called after.
_DIRECTIONS = (
    (("from", "out of", "leaving", "从", "自", "由", "离开"), ("origin", "departure", "source", "from", "出发", "起飞", "始发", "起点", "发货")),
    (
        ("to", "into", "往", "到", "飞往", "销往", "发往", "卖给", "去", "抵达", "前往", "至"),
        ("destination", "arrival", "target", "customer", "buyer", "client", "目的", "到达", "终点", "收货", "客户", "买家"),
    ),
)


# Sales came from the east: what they were made of, and no way that was gone.
_BROUGHT = ("came from", "come from", "comes from", "coming from", "is from", "are from", "来自", "来自于", "出自")


# Parcels shipped from Chengdu: what is moved has two ends.
_MOVED = re.compile(
    r"(?:ship\w*|sent|send\w*|dispatch\w*|deliver\w*|fl(?:y|ew|ying|ights?)|depart\w*|leav\w*|发|发货|寄|运)\s*(?:out )?(?:from|从|自)$"
)


def _directed(state: State, fields: list[str], mark: Mark) -> list[str]:
    """The fields of the end of a way that the word before the value names. Raises Refuse where only the other end has the value."""
    said = state.text[: mark.start].rstrip(" (（")
    for (words, ends), (_, others) in zip(_DIRECTIONS, _DIRECTIONS[::-1], strict=True):
        if any(said.endswith(w) if not w.isascii() else said.split(" ")[-len(w.split()) :] == w.split() for w in words):
            found = [f for f in fields if _called(state, f, ends)]
            one_way = _MOVED.search(said) is not None and all(_called(state, f, others) for f in fields)
            if not found and fields and not said.endswith(_BROUGHT) and (one_way or _other_ends(state, fields, ends, others)):
                label = _field_label(state, fields[0])
                said_back = Text(zh=f"数据中“{mark.text}”只作为{label.zh}出现。", en=f'In the data "{mark.text}" stands only under {label.en}.')
                raise Refuse(said_back, unexplained=(mark.text,))
            return found
    return []


def _other_ends(state: State, fields: list[str], ends: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether all fields are the other end of a way of which the data have this end too: from JFK, where it is only a destination."""
    if not fields or not all(_called(state, f, others) for f in fields):
        return False
    dataset, _, name = fields[0].partition(".")
    beside = [f"{dataset}.{n}" for n in state.catalog.dataset(dataset).fields]
    table = state.catalog.dataset(dataset).source or dataset
    roles = [f"{d}.{name}" for d, spec in state.catalog.spec.datasets.items() if (spec.source or d) == table and name in spec.fields]
    telling = tuple(w for w in ends if w not in ("source", "from"))  # a source of traffic is no end of a way
    return any(f not in fields and _called(state, f, telling) for f in (*beside, *roles))


def _called(state: State, field: str, words: tuple[str, ...]) -> bool:
    return any(word in name for name in _field_names(state, field) for word in words)


def _field_label(state: State, field: str) -> Text:
    spec = state.catalog.field(field).spec
    return state.catalog.entity(spec.entity).label if spec.entity else spec.label


def _field_names(state: State, field: str) -> list[str]:
    spec = state.catalog.field(field).spec
    own = spec.names() if not spec.entity else (*spec.names(), *state.catalog.entity(spec.entity).names())
    return [n.lower() for n in own]


def _owned(state: State, fields: list[str], mark: Mark) -> list[str]:
    """Japanese customers, customers in Japan: the fields that what stands beside the value can be told by, where others cannot."""
    behind = next((m for m in state.following(mark, skip=lambda m: m.filler or m.values) if _of_one_thing(state, mark, m)), None)
    before = next((m for m in state.preceding(mark) if mark.text.isascii() and state.close(m, mark, gap=5)), None)
    joined = before is not None and state.text[before.end : mark.start].strip() in ("in", "from", "of", "based in", "located in")
    for neighbour in (before, behind) if joined else (behind, before):
        if neighbour is None or len(fields) < 2:
            continue
        owners = {f.split(".")[0] for f in neighbour.fields}
        owners |= {d for e in neighbour.entities if (d := state.catalog.entity(e).dataset)}
        owners |= {h for m in neighbour.metrics for h in state.catalog.formula(m).homes}
        if found := [f for f in fields if any(state.reaches(o, f) for o in owners)]:
            return found
    return []


def _of_one_thing(state: State, value: Mark, named: Mark) -> bool:
    """Whether a name stands right behind a value, or behind further values of it: 中国的汽车行业客户, Chinese furniture customers."""
    inner = [m for m in state.marks if value.end <= m.start and m.end <= named.start and not m.filler]
    return state.close(value, named, gap=2) or (bool(inner) and all(state.close(a, b, gap=2) for a, b in pairwise([value, *inner, named])))


def _coarsest(state: State, fields: list[str], mark: Mark) -> list[str]:
    """Within one hierarchy a shared name means the wider level; the reading says so."""
    for levels in state.catalog.spec.hierarchies.values():
        if all(f in levels for f in fields):
            first = min(fields, key=levels.index)
            label = state.catalog.field(first).spec.label
            state.assume(f"“{mark.text}”按{label.zh}理解", f'"{mark.text}" is read as a {label.en}')
            return [first]
    return fields


def beside(state: State, field_mark: Mark, value_mark: Mark) -> bool:
    """Whether a field's name stands right beside a value: 软饮料品类, the deli department."""
    return state.close(field_mark, value_mark, gap=3)


def _wider(state: State, field: str, mark: Mark, name: Mark) -> bool:
    """手机类目: the name of a wider level right behind a value only says what kind of thing it is."""
    wider = [level for h in state.catalog.spec.hierarchies.values() if field in h for level in h[: h.index(field)]]
    return bool(set(wider) & set(name.fields)) and 0 <= name.start - mark.end <= 1


def _apposition(state: State, mark: Mark, field: str) -> None:
    """The field's own name beside its value says nothing more, unless it is what is asked for by group."""
    for other in state.free(lambda m: field in m.fields or _wider(state, field, mark, m)):
        grouped = any(p.has("by", "which") for p in [state.before(other)] if p)
        if beside(state, other, mark) and not grouped:
            state.take(other, f"filter:{field}")
