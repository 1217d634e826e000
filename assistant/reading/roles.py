"""Which of several things a word means, by what stands in the question: suppliers by region are split by their own region."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from assistant.language.operators import FILLER
from assistant.reading.catalog_words import verbs_of
from assistant.reading.mark import Mark
from assistant.reading.rules.averages import averages_column
from assistant.reading.rules.counting import counted_entity
from assistant.reading.rules.doers import doer
from assistant.reading.state import State

_BESIDE = 5  # characters between a word and what it is of: the region of the customer


def meant_here(state: State, mark: Mark) -> tuple[str, ...]:
    """The meanings of a word that are named too, or are of the entity beside it, else of the one entity of the question; else all."""
    own = _of_what_is_beside(state, mark)
    named = {n for m in state.marks if not m.either for n in m.metrics} & set(mark.either)
    if len(named) == 1 and len(own) != 1:
        return tuple(named)
    for owners in (_owners(state, _beside(state, mark)), _owners(state, _others(state, mark))):
        found = tuple(name for name in mark.either if any(_is_of(state, owner, name) for owner in owners))
        if found and len(found) < len(mark.either):
            return _nearest(state, found) or found
    return _of_one_place(state, mark) or _nearest(state, mark.either) or mark.either


def nearest_first(state: State) -> None:
    """Campaigns by kind, messages by channel: of several things with one name that of what is asked for comes first."""
    for mark in state.marks:
        if len(mark.fields) + len(mark.entities) < 2 or mark.metrics or mark.values:
            continue
        homes = _measured(state)
        away = {r: min((d for h in homes if (d := _distance(state, h, r)) is not None), default=_FAR) for r in (*mark.fields, *mark.entities)}
        mark.fields = tuple(sorted(mark.fields, key=lambda f: away[f]))
        if mark.fields and mark.entities and away[mark.fields[0]] < min(away[e] for e in mark.entities):
            mark.entities, mark.shown = (), ""


_FAR = 99


def counted_on_average(state: State) -> None:
    """人均下了几单, 平均每人买几次: where an average is asked for, a question word with a counter names what is averaged."""
    if not any(m.has("average") or m.text in ("人均", "均") for m in state.marks) or any(m.metrics for m in state.marks):
        return
    counting = {c: n for n, spec in state.catalog.spec.metrics.items() for c in spec.counters.zh}
    for mark in state.marks:
        if mark.text[0] == "几" and mark.text[1:] in counting:
            mark.metrics, mark.counters, mark.ops = (counting[mark.text[1:]],), (), frozenset()
    for few, counter in pairwise(state.marks):
        if few.text == "几" and counter.text in counting and few.end == counter.start:
            counter.metrics, counter.counters, few.ops = (counting[counter.text],), (), frozenset([FILLER])


def counted_persons(state: State) -> None:
    """下单的有几位: how many, and persons, unless the name of what is counted follows."""
    people = next((e for e in (doer(state),) if e and state.catalog.entity(e).people), None)
    for at, mark in enumerate(state.marks) if people else ():
        behind = next((m for m in state.marks if m.start == mark.end), None)
        named = behind and (behind.entities or behind.metrics or behind.values or behind.fields)
        if not named and mark.has("how_many") and not mark.metrics and len(mark.text) > 1 and mark.text[-1] in "位名" and people:
            persons = Mark(mark.end - 1, mark.end, mark.text[-1], ops=frozenset([FILLER]), entities=(people,))
            state.marks[at : at + 1] = [replace(mark, end=mark.end - 1, text=mark.text[:-1]), persons]
            return


_DIFFERENT = ("不同", "不一样", "不一样的")


def different_ones(state: State) -> None:
    """不同搜索词有多少个: what is counted once each, and no split by it."""
    for mark in [m for m in state.marks if m.text in _DIFFERENT and m.has("by")]:
        thing, *rest = [*state.following(mark), None]
        asked = rest[0] if rest else None
        alone = thing is not None and thing.groupable and not thing.metrics and asked is not None and asked.has("how_many") and not asked.entities
        if alone and asked is not None and state.after(asked) is None:
            mark.ops = frozenset(["different"])


_TO_THEM = re.compile(r"(?:过|了)?的")


def done_to_them(state: State) -> None:
    """被18号活动触达的家庭: what a metric is called after is done to those who are named behind it, and is no number of them."""
    for mark in state.marks if "被" in state.text else ():
        rows = tuple(d for d, words in verbs_of(state.catalog).items() if mark.text in words or f"{mark.text}过" in words)
        said = _TO_THEM.match(state.text, mark.end)
        behind = next((m for m in state.marks if said and m.start == said.end()), None)
        passive = "被" in state.text[: mark.start].rpartition(",")[2]
        if behind is None or not (mark.metrics and rows and passive):
            continue
        if behind.entities and state.catalog.entity(behind.entities[0]).people:
            mark.metrics, mark.verbs = (), mark.verbs or rows
        elif behind.metrics and (counted := counted_entity(state, behind.metrics[0])) and counted == counted_entity(state, mark.metrics[0]):
            behind.metrics, behind.ops = (), frozenset([FILLER])  # 被18号活动触达的家庭数: a number of them is what the word counts
            mark.verbs = ()


def several_each(state: State) -> None:
    """几家快递各自平均多少小时: so many as there are, of which each is asked about, and no question how many."""
    for mark in state.marks:
        if not (mark.has("how_many") and mark.text[:1] in "几" and len(mark.text) <= 2):
            continue
        thing, *rest = [*state.following(mark), None]
        apart = next((m for m in rest[:1] if m and (m.has("separately") or (m.has("by") and m.text.startswith("各")))), None)
        told = thing is not None and thing.groupable and not thing.metrics and apart is not None and not apart.has("how_many")
        if thing is not None and apart is not None and told and state.close(thing, apart, 1):
            mark.ops, mark.counters = frozenset([FILLER]), ()


def verb_said_twice(state: State) -> None:
    """退款退得最狠: the verb before 得 is that of the name before it, and measures nothing else."""
    for name, verb in pairwise(state.marks):
        copied = name.end == verb.start and verb.text.endswith("得") and len(verb.text) == 2 and verb.text[0] == name.text[0]
        if copied and name.metrics and (verb.metrics or verb.verbs) and name.metrics != verb.metrics:
            verb.metrics, verb.verbs, verb.deeds, verb.ops = (), (), (), frozenset([FILLER])


def averaged(state: State) -> None:
    """Brands with the worst star ratings: what a ranking is by, called like the field that a metric averages."""
    for word in [m for m in state.marks if m.has("top", "bottom", "judge", "judge_bad")]:
        field = next(iter(state.following(word)), None)
        if field is None or not field.fields or field.metrics or field.values or not state.close(word, field, 1):
            continue
        named = [n for n in state.catalog.spec.metrics if averages_column(state, n, field.fields[0])]
        if named and not any(m.metrics for m in state.marks):
            field.metrics, field.fields = (named[0],), ()


def brought_people(state: State) -> None:
    """Which day brought in the most shoppers: a verb of money that people are brought in by is no amount."""
    for mark in state.marks:
        if not (mark.metrics and FILLER in mark.ops):
            continue
        ahead = list(state.following(mark))[:2]
        told = len(ahead) == 2 and ahead[0].has("top", "bottom", "how_many", "more_than") and ahead[0].text not in ("more than", "over")
        if told and ahead[1].entities and ahead[1].metrics and state.close(mark, ahead[0], 1) and state.close(ahead[0], ahead[1], 1):
            mark.metrics = ()


def used_with(state: State) -> None:
    """How much did we knock off with card discounts: what the amount is of is named behind it, and is the one that is meant."""
    for first, second in pairwise([m for m in state.marks if m.metrics]):
        between = state.text[first.end : second.start].strip()
        alike = state.catalog.metric(first.metrics[0]).unit == state.catalog.metric(second.metrics[0]).unit
        means = between.removesuffix(" our") in ("with", "through", "via", "by way of", "in", "on")
        if first.text.startswith("how much") and means and alike and first.metrics[0] != second.metrics[0]:
            first.metrics, first.ops = (), frozenset([FILLER])


_WITH = ("用", "使用", "拿", "通过", "using")


def done_with(state: State) -> None:
    """用银行卡付, 用苹果手机: the means by which it is done, and no use of what the verb tells of."""
    for mark in state.marks:
        if mark.text not in _WITH or not mark.verbs:
            continue
        means = next(iter(state.following(mark)), None)
        if means is not None and means.start - mark.end <= 1 and means.values and not any(f.split(".")[0] in mark.verbs for f, _ in means.values):
            mark.verbs, mark.deeds, mark.segments, mark.ops = (), (), (), frozenset([FILLER])


def not_judged(state: State) -> None:
    """Reviews by stars, successful payments: a word of judgement that is also what the rows measured hold is meant as that.

    What was done (sold less than last year) is no measure that a column happens to be called after.
    """
    for mark in state.marks:
        if mark.verbs and mark.fields and all("." in f and state.catalog.field(f).spec.kind == "measure" for f in mark.fields):
            mark.fields = ()
    judges = [m for m in state.marks if m.has("judge") and (m.fields or m.values) and not m.has("top", "bottom")]
    homes = _measured(state) if any(m.metrics or m.entities for m in state.marks if m not in judges) else set()
    for mark in judges:
        if any(ref.split(".")[0] in homes for ref in (*mark.fields, *(f for f, _ in mark.values))):
            mark.ops = frozenset()


def _measured(state: State) -> set[str]:
    """The datasets of the metrics that are named, else of the entities, else of the default metric."""
    named = {h for m in state.marks if m.metrics and not m.either for h in state.catalog.formula(m.metrics[0]).homes}
    owned = {d for m in state.marks for e in m.entities[:1] if (d := state.catalog.entity(e).dataset)}
    return named or owned or set(state.catalog.formula(state.meant_metric()).homes)


def meant_apart(state: State, mark: Mark, name: str) -> bool:
    """Balances of suppliers and balances of customers: whether what stands beside a word gives it another meaning than a name."""
    own = _of_what_is_beside(state, mark)
    return len(own) == 1 and own[0] != name


def _of_what_is_beside(state: State, mark: Mark) -> tuple[str, ...]:
    owners = _owners(state, _beside(state, mark))
    return tuple(name for name in mark.either if any(_is_of(state, owner, name) for owner in owners))


def _beside(state: State, mark: Mark) -> list[Mark]:
    """What stands right beside a word, also in brackets behind it: 大区（按客户）."""
    around = [next(iter(state.preceding(mark)), None), next(iter(state.following(mark)), None)]
    if around[1] is not None and around[1].has("by") and state.text[mark.end : around[1].start].strip() == "(":
        around[1] = state.after(around[1])
    return [m for m in around if m and state.close(m, mark, _BESIDE)]


def _of_one_place(state: State, mark: Mark) -> tuple[str, ...]:
    """每个客户大区营收前三的国家: the meaning that is a level of what is named by another of its levels."""
    named = {ref for m in state.marks if not m.either for ref in (*m.fields, m.shown) if ref}
    for levels in state.catalog.spec.hierarchies.values():
        if named & set(levels) and (found := tuple(n for n in mark.either if n in levels)):
            return found
    return ()


def _nearest(state: State, meanings: tuple[str, ...]) -> tuple[str, ...]:
    """渠道 of messages is their own channel, and not that of the orders behind them: the meaning that the rows measured hold themselves.

    Of several that lie equally far from them the catalog names the usual one first; of others none is nearer to what was meant.
    """
    named = {h for m in state.marks if m.metrics and not m.either for h in state.catalog.formula(m.metrics[0]).homes}
    usual = state.catalog.formula(state.default_metric()).homes
    named = named or {h for h in usual if any(h in m.verbs for m in state.marks)}
    if len(named) != 1 or not all("." in n for n in meanings):
        return ()
    home = named.pop()
    away = {n: distance for n in meanings if (distance := _distance(state, home, n)) is not None}
    own = tuple(n for n, distance in away.items() if distance == 0)  # two of the same rows: which one is asked back
    return own or (tuple(away)[:1] if len(set(away.values())) == 1 else ())


def _distance(state: State, home: str, ref: str) -> int | None:
    """How many steps lead from a dataset to a field, or to what holds an entity."""
    if "." not in ref:
        if state.catalog.entity_field(ref, home):
            return 1
        held = [d for d in state.catalog.spec.datasets if state.catalog.entity_field(ref, d)]
        return min((len(p) + 1 for d in held for p in state.catalog.graph.paths(home, d)), default=None)
    dataset = ref.split(".")[0]
    if dataset == home:
        return 0
    paths = state.catalog.graph.paths(home, dataset)
    return min((len(p) for p in paths), default=None)


def _others(state: State, mark: Mark) -> list[Mark]:
    """What else the question is about; those that a value tells from others (European suppliers) are only some of it."""
    values = [m for m in state.marks if m.values]
    return [m for m in state.marks if m is not mark and not any(v.end <= m.start and state.close(v, m, 1) for v in values)]


def _owners(state: State, marks: Iterable[Mark]) -> set[str]:
    """The datasets of the entities that words stand for, or count."""
    entities = {e for m in marks if not m.either for e in (*m.entities, *_counted(state, m)) if e}
    return {d for e in entities if (d := state.catalog.entity(e).dataset)}


def _counted(state: State, mark: Mark) -> list[str | None]:
    return [counted_entity(state, n) for n in (*mark.metrics[:1], *mark.counters[:1])]


def _is_of(state: State, owner: str, name: str) -> bool:
    """Whether each row of a dataset has one of this field, or a metric is of its rows."""
    if "." not in name:
        return state.catalog.formula(name).homes == (owner,)
    dataset = name.split(".")[0]
    return dataset == owner or bool(state.catalog.graph.paths(owner, dataset))


# In their order: what a word is called after is told by what stands beside it before its own senses are weighed.
ROLES = (
    nearest_first,
    done_with,
    different_ones,
    not_judged,
    done_to_them,
    several_each,
    verb_said_twice,
    averaged,
    brought_people,
    used_with,
    counted_on_average,
    counted_persons,
)
