"""Which of several things a word means, by what stands in the question: suppliers by region are split by their own region."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
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
            return found
    return _of_one_place(state, mark) or mark.either


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
