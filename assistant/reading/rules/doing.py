"""Finding what entities did in a question: verbs, negations, and the things and periods that belong to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, counts_rows, tells_which
from assistant.reading.rules.doers import home_of, homes_of, place_of, stands_in
from assistant.reading.rules.doings_again import carried
from assistant.reading.state import State

# Negations of a verb, known or not: never put in the cart, 从没碰过. Others (not fuel) may take out a value.
_VERBAL = re.compile(r"never|n't$|(?:did|have|has|does|do|had)(?:nt| not)$|^fail|^without ever|single time|从|曾|压根|根本|始终")
# How many baskets did those who never redeemed a coupon have in May: what they have is asked for, and the period is its own.
_HAVE = re.compile(r"\b(?:have|had|spend|make|do|did|bring|generate|get|buy)\b(?: in)?")
_DATED = re.compile(r"的?(?:时间|日期|那天|当天)|日(?!常)| (?:date|time)\b")  # 按下单时间: the date of what was done
_REACH = 4  # how many words may stand between a negation and its verb


@dataclass
class Doing:
    """One thing that an entity did: `things` are the marks of what it was done with, `times` and `days` (of the week) those of when."""

    anchor: Mark
    dataset: str
    entity: str
    negated: bool = False
    things: list[Mark] = field(default_factory=list)
    times: list[Mark] = field(default_factory=list)
    words: list[Mark] = field(default_factory=list)
    days: list[Mark] = field(default_factory=list)
    both: bool = False
    shared: bool = False  # its period is also that of what is asked

    @property
    def bare(self) -> bool:
        """Whether it says nothing but that it happened."""
        return not self.things and not self.times and not self.days


def find_doings(state: State, who: str) -> list[Doing]:
    """The doings of the question, left to right."""
    content = [m for m in state.marks if (not m.filler or m.has("both", "not", "having") or _rows_behind(state, m)) and not m.became]
    doings: list[Doing] = []
    taken: set[int] = set()
    for at, mark in enumerate(content):
        if id(mark) in taken:
            continue
        if mark.has("not"):
            verb = _verb_after(state, content, at) or _verb_before(state, mark)
            if verb and id(verb) in taken:
                doings = [d for d in doings if d.anchor is not verb]
            anchor = verb or mark
            if verb is None and (not _VERBAL.search(mark.text) if not doings else not _repeats(state, mark)):
                continue
            dataset = dataset_of(state, anchor, who) if verb else doings[-1].dataset if doings else home_of(state)
            if verb is None and doings:
                mark.deeds = doings[-1].anchor.deeds  # opened it in May but not in June
            doing = Doing(anchor, dataset, _subject(state, anchor, dataset, who), True, words=[mark])
        elif doings and _tells_more(state, doings[-1], mark):
            doings[-1].anchor = mark
            doings[-1].words.append(mark)
            continue
        elif doings and mark.verbs and _is_purpose(state, doings[-1], mark):
            doings[-1].words.append(mark)
            continue
        elif doings and _once_more(state, content, at, doings[-1]):
            doing = Doing(mark, doings[-1].dataset, doings[-1].entity, words=[mark])
            mark.verbs, mark.deeds = doings[-1].anchor.verbs or doings[-1].anchor.did, doings[-1].anchor.deeds
        elif mark.did and _in_parts(state, content, mark):
            dataset = dataset_of(state, mark, who)
            doing = Doing(mark, dataset, counted_entity(state, mark.metrics[0]) or who, words=[mark])
        elif (mark.verbs or mark.has("having")) and (not mark.metrics or _in_each(state, mark)) and not _says_no_deed(state, mark):
            dataset = dataset_of(state, mark, who)
            doing = Doing(mark, dataset, _subject(state, mark, dataset, who), words=[mark])
            if not mark.verbs and state.catalog.entity(doing.entity).dataset and not state.ops("both"):
                continue
        else:
            continue
        taken.add(id(doing.anchor))
        doing.words = list(dict.fromkeys([*doing.words, doing.anchor]))
        doings.append(doing)
    for doing, following in zip(doings, [*doings[1:], None], strict=False):
        _collect(state, content, doing, following, doings)
    carried(state, doings)
    kept = [d for d in doings if stands_in(state, d.entity, d.dataset)]
    return _merged([d for d in kept if d.anchor.verbs or d.anchor.did or not d.bare or _told_apart(d, kept) or d.anchor.has("having")])


def _in_each(state: State, mark: Mark) -> bool:
    """Placed orders in both 618s: what was done in each of several periods, and no number of orders."""
    both = next(iter(state.following(mark, skip=lambda m: m.filler and not m.has("both"))), None)
    counted = {counts_rows(state, n) or (state.catalog.entity(e).dataset if (e := counted_entity(state, n)) else None) for n in mark.metrics}
    return both is not None and both.has("both") and mark.text.isascii() and bool(counted & set(mark.verbs))


def _rows_behind(state: State, verb: Mark) -> list[str]:
    """The datasets of a verb whose rows stand right behind it as its object: sent a message, and not a parcel."""
    behind = next(iter(state.following(verb)), None) if verb.verbs else None
    named = behind.entities if behind and state.same_clause(verb, behind) else ()
    return [d for e in named for d in verb.verbs if state.catalog.entity(e).dataset == d]


def _tells_more(state: State, done: Doing, mark: Mark) -> bool:
    """找客服投诉, contacted support to complain: right behind a verb, one that tells which of its rows is the same doing, denied with it."""
    told = [s for d, s in mark.deeds if d == done.dataset]
    beside = state.text[done.anchor.end : mark.start].strip() in ("", "to")
    return bool(told) and beside and not any(d == done.dataset for d, _ in done.anchor.deeds)


def _is_purpose(state: State, done: Doing, mark: Mark) -> bool:
    """Did not come back to order: what somebody came for is the same doing."""
    return state.text[done.anchor.end : mark.start] == " to " and bool(set(done.anchor.verbs) & set(homes_of(state))) and bool(mark.verbs)


def _repeats(state: State, negation: Mark) -> bool:
    """Opened it in May but not in June, milk but not bread: no verb of its own, known or not, stands behind the negation."""
    behind = next(iter(state.following(negation)), None)
    if behind is None or not state.same_clause(negation, behind):
        return True
    named = behind.time or behind.values or behind.ids or behind.segments or behind.entities or behind.fields or behind.metrics or behind.number
    done = behind.text.isascii() and behind.text.endswith(("ed", "ing"))  # never added anything
    return bool(named) or (bool(behind.ops) and not done)


def _once_more(state: State, content: list[Mark], at: int, done: Doing) -> bool:
    """Bought last Double 11 and again in this 618: an again with a period of its own and no verb repeats the verb before it."""
    mark, behind = content[at], content[at + 1] if at + 1 < len(content) else None
    own = behind is not None and behind.time is not None and behind.time.kind == "range" and state.close(mark, behind, 4)
    return own and mark.has("continuing") and mark.text in _AGAIN and not mark.verbs and state.same_clause(done.anchor, mark)


_AGAIN = ("again", "once more", "once again")


def _says_no_deed(state: State, mark: Mark) -> bool:
    """A verb that names a date, a segment of what cannot do it, or what is ranked: the most returned products, 收藏最多的."""
    if _DATED.match(state.text, mark.end) or _is_a_part(state, mark) or (mark.segments and _is_of_rows(state, mark)):
        return True
    described = None if mark.text.isascii() or mark.deeds else next(iter(state.following(mark)), None)
    if described and state.text[mark.end : described.start] == "的":
        return any(state.catalog.entity(e).dataset in mark.verbs for e in described.entities)  # 5月发的包裹
    beside = next(iter(state.preceding(mark) if mark.text.isascii() else state.following(mark)), None)
    ranked = beside is not None and beside.has("top", "bottom") and not beside.number and state.close(mark, beside, 1)
    return ranked and bool(mark.verbs) and not set(homes_of(state)) & set(mark.verbs)


def _is_a_part(state: State, mark: Mark) -> bool:
    """客服咨询里投诉占多大比例: what the rows that are measured are split by is a part of them, and nothing that people did."""
    fields = {f.split(".")[0] for f, _ in mark.values}
    measured = {h for m in state.free(lambda m: m.metrics and m is not mark) for h in state.catalog.formula(m.metrics[0]).homes}
    return bool(fields & measured) and bool(state.ops("share"))


def _in_parts(state: State, content: list[Mark], mark: Mark) -> bool:
    """Customers who ordered in both Q1 and Q2: a metric named by a verb is no plain metric where more is said of who did it."""
    counted = counted_entity(state, mark.metrics[0])
    if not counted or state.catalog.entity(counted).dataset in mark.did:
        return False  # number of returns: the rows themselves, and nobody who did it
    others = any(m.has("both", "not") or ((m.verbs or m.did) and not m.has("having")) for m in content if m is not mark)
    return others or len([m for m in content if m.time and m.time.kind == "range"]) > 1


def _is_of_rows(state: State, mark: Mark) -> bool:
    """Receipts that used a coupon: where the subject cannot do what the verb says, the segment of the same name is meant."""
    near = [m for m in (next(iter(state.preceding(mark)), None), next(iter(state.following(mark)), None)) if m]
    counted = [counted_entity(state, n) for m in near for n in m.metrics]
    entities = [e for e in (*(e for m in near for e in m.entities), *counted) if e]
    return bool(entities) and not any(state.catalog.entity_field(e, d) for e in entities for d in mark.verbs)


def _verb_after(state: State, content: list[Mark], at: int) -> Mark | None:
    """The verb that a negation belongs to: close behind it, with no other negation or break between."""
    for mark in content[at + 1 : at + 1 + _REACH]:
        if not state.same_clause(content[at], mark) or mark.has("not") or (mark.time and mark.time.kind == "range" and content[at].text.isascii()):
            return None
        if mark.verbs:
            return mark
    return None


def _verb_before(state: State, negation: Mark) -> Mark | None:
    """连一笔成交都没有: a Chinese verb that its negation ends, with not even one of it."""
    before = next(iter(state.preceding(negation, skip=lambda m: m.filler or m.has("both"))), None)
    if before is None or not before.verbs or not negation.text.endswith("没有") or not state.close(before, negation, 2):
        return None
    one = list(state.preceding(before, skip=lambda m: m.filler or bool(m.counters)))[:1]
    if not one or not (one[0].number and one[0].number.value == 1):
        return None
    for mark in state.marks:
        if one[0].start <= mark.start < before.start or (mark.text == "连" and mark.end == one[0].start):
            state.take(mark, "not one")
    return before


def dataset_of(state: State, verb: Mark, who: str) -> str:
    """The dataset of a verb; where it has several, the one whose rows are its object, or one in which the doer stands, the default metric's first."""
    homes = homes_of(state)
    objects = _rows_behind(state, verb)
    named = {h for m in state.free(lambda m: m.metrics) for h in state.catalog.formula(m.metrics[0]).homes}

    def told(dataset: str) -> tuple[bool, bool, bool, bool, bool, int]:
        held, reached = state.catalog.entity_field(who, dataset) is not None, stands_in(state, who, dataset)
        own = dataset in homes
        return dataset not in objects, not reached, not held, dataset not in named and not own, not own, homes.index(dataset) if own else 0

    return min(verb.verbs or verb.did, key=told, default="") or place_of(state, who)


def _subject(state: State, verb: Mark, dataset: str, who: str) -> str:
    """Who did it: what stands right before an English verb, or what the Chinese clause describes; else the usual doer."""
    near = next((m for m in state.preceding(verb) if not m.became), None) if verb.text.isascii() else described_entity(state, verb)
    if near and near.entities and state.catalog.entity_field(near.entities[0], dataset) and (near.metrics or verb.has("having")):
        return near.entities[0]
    return _sold_itself(state, verb, dataset) or who


def _sold_itself(state: State, verb: Mark, dataset: str) -> str:
    """Which products have never sold: what is asked for right before a denied verb, which cannot be what nobody did it with."""
    near = next((m for m in state.preceding(verb, skip=lambda m: m.filler or m.has("not", "having"))), None) if verb.text.isascii() else None
    asked = next((m for m in state.preceding(near)), None) if near else None
    denied = near is not None and any(m.has("not") for m in state.marks if near.end <= m.start and m.end <= verb.start)
    if near is None or not denied or not near.entities or not (asked is None or asked.has("which", "list", "how_many")):
        return ""
    entity = near.entities[0]
    own = state.catalog.entity(entity)
    return entity if own.dataset and not own.people and state.catalog.entity_field(entity, dataset) else ""


def described_entity(state: State, verb: Mark) -> Mark | None:
    """The entity that a Chinese clause ends in: 买过啤酒的顾客."""
    for mark in state.following(verb, skip=lambda m: False):
        if not state.same_clause(verb, mark):
            return None
        before = state.marks[state.marks.index(mark) - 1]
        if mark.entities and before.text == "的" and not _OF_IT.search(state.text, verb.end, before.start):
            return mark
    return None


# 没核销过它的券, 没核销过该活动的券的家庭: the coupons of what was named before are no-one who did it.
_OF_IT = re.compile(r"(?:[它其]|(?:该|此|这个?|那个?|同一?个?|本)(?:营销|促销)?活动|(?:该|此|这个?|那个?|同一?个?)[^的,;了过]{1,4})$")


def _collect(state: State, content: list[Mark], doing: Doing, following: Doing | None, all_doings: list[Doing]) -> None:
    """What belongs to a doing: behind it up to the next one, and the period (and in a list the things) right before it."""
    first = min(content.index(w) for w in doing.words)
    last = max(content.index(w) for w in doing.words)
    stop = min(content.index(w) for w in following.words) if following else len(content)
    described = None if doing.anchor.text.isascii() else described_entity(state, doing.anchor)
    for mark in content[first + 1 : last]:  # never put dairy in the cart
        if mark.values or mark.ids or mark.segments or (doing.things and _is_kind(state, doing.things[-1], mark)):
            _belongs(state, doing, mark)
    for at, mark in enumerate(content[last + 1 : stop], last + 1):
        if doing.negated and content[at - 1].has("single") and mark.metrics:
            doing.words.append(mark)  # never sold a single line
            continue
        if following and _is_topic(state, content, at, following):
            break
        if mark is described or _ends(state, doing, mark) or (mark.time and _HAVE.search(state.text, content[at - 1].end, mark.start)):
            break
        if mark.time and mark.time.kind == "range" and not doing.anchor.text.isascii():
            break  # 11月来过、12月没来: the period stands before its verb
        _belongs(state, doing, mark)
    owned = {id(m) for d in all_doings for m in (*d.things, *d.times, *d.words)}
    for mark in reversed(content[:first]):
        if id(mark) in owned or not state.same_clause(mark, content[first]):
            break
        bounded = any(m.became.startswith("threshold:") for m in state.marks if mark.end <= m.start and m.end <= content[first].start)
        if mark.time and (bounded or _TURNED.match(content[first].text)):
            break  # 去年买过10次以上但没用过券, saved 100 times in May but not sold: the period is that of the bound too
        if mark.time and doing.negated and _is_of_named(state, content, mark, doing.entity):
            break
        wanted = mark.time and mark.time.kind == "range" and (not doing.times or doing.both)
        if doing.both and mark.time and mark.time.kind == "grain" and not doing.times:
            doing.words.insert(0, mark)  # each month of those that are named
            continue
        topic = _is_topic(state, content, content.index(mark), doing)
        turned = doing.negated and _TURNED.match(content[first].text)  # got campaign 13 but never redeemed: it is of the former
        listed = (mark.values or mark.ids) and (doing.both or topic or (_only_there(state, mark, doing.dataset) and not turned))
        if mark.entities and doing.dataset not in homes_of(state) and mark.entities[0] != doing.entity and not doing.anchor.text.isascii():
            _belongs(state, doing, mark, front=True)
            continue
        passed = mark.has("both", "how_many", "but") or mark.unknown or (mark.number and mark.number.value <= 12) or mark.counters
        if wanted or listed or mark.has("both"):
            _belongs(state, doing, mark, front=True)
            if wanted and doing.anchor.text.isascii():
                break
        elif not passed or doing.anchor.text.isascii():
            break
    if doing.both and len(doing.times) > 1:
        doing.words += list(state.free(lambda m: m.number and not m.time and m.number.value == len(doing.times)))


def _is_of_named(state: State, content: list[Mark], time: Mark, entity: str) -> bool:
    """Paying customers in H1 who never returned anything: the period right behind those that are named is theirs."""
    at = content.index(time)
    named = content[at - 1] if at else None
    return named is not None and time.text.isascii() and state.close(named, time, 4) and tells_which(state.catalog, named, entity)


_TURNED = re.compile(r"but\b|但|却|可")


def _is_topic(state: State, content: list[Mark], at: int, following: Doing) -> bool:
    """买过牛奶,但面包一次都没买过, milk but bread they never bought: what was not bought stands before the denied verb, behind a but."""
    mark, before = content[at], content[at - 1] if at else None
    if not following.negated or not (mark.values or mark.ids):
        return False
    told = state.text[mark.end : following.words[0].start].strip()
    turned = before is not None and before.has("but")
    if not following.anchor.text.isascii():
        said = state.text[: mark.start].rstrip()
        behind = next(iter(state.following(following.anchor)), None)  # 买过猫粮、狗粮一次没买的; in 没买过啤酒 what was not bought is behind
        turned = turned or said.endswith((",", ";", "但", "却", "而")) or (said.endswith("、") and not (behind and behind.values))
    return turned and (not told or bool(_NOT_ONCE.fullmatch(told)))


_NOT_ONCE = re.compile(r"(?:却|从来|从|根本|压根|倒|就|是|一次|一回|都|也|连|they|who)+")


def _ends(state: State, doing: Doing, mark: Mark) -> bool:
    """Whether a mark behind a doing no longer belongs to it."""
    if not state.same_clause(doing.anchor, mark) and not (doing.things and (mark.values or mark.ids) and _comma_only(state, doing, mark)):
        return True
    measure = mark.metrics and counted_entity(state, mark.metrics[0]) != doing.entity and not _is_object(state, doing, mark)
    return bool(measure or mark.has("by", "versus", "share", "which", "exclude", "separately") or (mark.has("how_many") and not mark.text.isascii()))


def _is_object(state: State, doing: Doing, mark: Mark) -> bool:
    """Opened a notice: right behind the verb, what its own rows are."""
    own = any(state.catalog.entity(e).dataset == doing.dataset for e in mark.entities)
    return own and bool(doing.anchor.verbs or doing.anchor.did) and next(iter(state.following(doing.anchor)), None) is mark


def _comma_only(state: State, doing: Doing, mark: Mark) -> bool:
    return state.text[doing.things[-1].end : mark.start].strip() in (",", "、", ", and", ",和")


def _belongs(state: State, doing: Doing, mark: Mark, front: bool = False) -> None:
    if mark.time and mark.time.kind == "range":
        doing.times.insert(0, mark) if front else doing.times.append(mark)
    elif mark.time and mark.time.kind == "weekday" and doing.negated:
        doing.days.append(mark)
    elif mark.values or mark.ids or mark.segments:
        doing.things.insert(0, mark) if front else doing.things.append(mark)
    elif doing.things and _is_kind(state, doing.things[-1], mark):
        doing.words.append(mark)
    elif mark.has("both"):
        doing.both = True
        doing.words.append(mark)
    elif mark.has("but") or (mark.has("single") and doing.negated) or _said_of_it(state, doing, mark):
        doing.words.append(mark)


def _said_of_it(state: State, doing: Doing, mark: Mark) -> bool:
    """Redeemed a coupon, paid for an order: what the rows of the verb are, or are about."""
    about = [e for e in mark.entities[:1] if e != doing.entity and doing.dataset not in homes_of(state)]
    rows = any(state.catalog.entity(e).dataset == doing.dataset or stands_in(state, e, doing.dataset) for e in about)
    return rows or (not mark.metrics and _is_object(state, doing, mark))


def _is_kind(state: State, thing: Mark, mark: Mark) -> bool:
    """A private-label item, 自有品牌的商品: the entity right behind a value of its own says nothing more."""
    owners = {f.split(".")[0] for f, _ in thing.values}
    return thing.end <= mark.start and state.close(thing, mark, 2) and any(state.catalog.entity(e).dataset in owners for e in mark.entities)


def _only_there(state: State, mark: Mark, dataset: str) -> bool:
    refs = [mark.ids[0]] if mark.ids else [f for f, _ in mark.values]
    home = home_of(state)
    return dataset not in homes_of(state) and any(state.reaches(dataset, r) for r in refs) and not any(state.reaches(home, r) for r in refs)


def _told_apart(doing: Doing, doings: list[Doing]) -> bool:
    """A bare negation beside its positive: redeemed or not."""
    return doing.negated and any(d is not doing and d.dataset == doing.dataset and not d.negated for d in doings)


def _merged(doings: list[Doing]) -> list[Doing]:
    """Two verbs for one doing, where the first says nothing of its own: came in and bought."""
    out: list[Doing] = []
    for doing in doings:
        same = out and out[-1].dataset == doing.dataset and out[-1].negated == doing.negated and out[-1].entity == doing.entity
        told = {s for d, s in doing.anchor.deeds if d == doing.dataset}
        same = same and told <= {s for _, s in out[-1].anchor.deeds}  # got a coupon, and used it: two
        named = same and out[-1].things and out[-1].things[-1].end + 1 >= doing.anchor.start >= out[-1].things[-1].end
        if same and (out[-1].bare or doing.bare or (named and not doing.things)) and not doing.both:  # wrote a one star review in May
            out[-1].things += doing.things
            out[-1].times += doing.times
            out[-1].words += doing.words
        else:
            out.append(doing)
    return out
