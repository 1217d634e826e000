"""Short names: beside campaigns, "type" is the campaign type and 编号 their number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from assistant.language import normalise
from assistant.reading.mark import Mark
from assistant.reading.rules.units import RANKED_UNITS
from assistant.reading.state import State
from semantic_layer.catalog import Catalog
from semantic_layer.spelling import has_han

_KEY_NAMES = ("编号", "号码", "编码", "代码", "单号", "id", "ids", "code", "codes")
_DATED = frozenset(["started", "ended", "filler"])  # "date", of things that do not last
_SHORTEST = {True: 2, False: 3}
# The short names of each dataset of a catalog, longest first: made once, as normalising hundreds of names takes long.
_KNOWN: WeakKeyDictionary[Catalog, dict[str, dict[str, str]]] = WeakKeyDictionary()


def name_short(state: State, dataset: str) -> None:
    """Turns words that nothing else explains into the fields of a dataset that they are short names of."""
    for name, ref in short_names(state.catalog, dataset).items():
        for start, end in _places(state.text, name):
            _rename(state, start, end, ref)


def _places(text: str, name: str) -> Iterator[tuple[int, int]]:
    pattern = re.escape(name) if has_han(name) else rf"(?<![a-z]){re.escape(name)}s?(?![a-z])"
    yield from ((m.start(), m.end()) for m in re.finditer(pattern, text))


def _rename(state: State, start: int, end: int, ref: str) -> None:
    inside = [m for m in state.marks if m.start < end and start < m.end]
    covered = inside and inside[0].start >= start and inside[-1].end <= end
    dated = "." in ref and state.catalog.dataset(ref.split(".")[0]).lasts is None
    free = all(not m.became and (m.unknown or m.filler or (dated and m.ops and m.ops <= _DATED) or _elsewhere(state, m, ref)) for m in inside)
    if covered and free:
        kind = {"fields": (ref,)} if "." in ref else {"entities": (ref,)}
        named = Mark(start, end, state.text[start:end], **kind)  # type: ignore[arg-type]
        state.marks[:] = sorted([*(m for m in state.marks if m not in inside), named], key=lambda m: m.start)


def _elsewhere(state: State, mark: Mark, ref: str) -> bool:
    """Suppliers with phone, where the name belongs to another dataset that the rows do not point to: the customer's phone."""
    if not mark.fields or mark.metrics or mark.entities or mark.values or "." not in ref:
        return False
    return not any(state.reaches(ref.split(".")[0], f) for f in mark.fields)


def short_names(catalog: Catalog, dataset: str) -> dict[str, str]:
    """The short names of a dataset's fields, longest first, with what each means."""
    known = _KNOWN.setdefault(catalog, {})
    if dataset not in known:
        known[dataset] = dict(sorted(_short_names(catalog, dataset).items(), key=lambda item: -len(item[0])))
    return known[dataset]


def _short_names(catalog: Catalog, dataset: str) -> dict[str, str]:
    """The names of a dataset's fields without what its rows are called; those that mean one field only."""
    spec = catalog.dataset(dataset)
    entities = {f.entity: catalog.entity(f.entity) for n, f in spec.fields.items() if f.entity and n in spec.primary_key}
    shown = [spec.fields[e.shown_by] for e in entities.values() if e.shown_by]
    owners = [normalise(n).text for e in (*entities.values(), *shown, spec) for n in e.names()]
    found: dict[str, set[str]] = {}
    for name, field in spec.fields.items():
        if field.entity:
            continue
        for long in field.names():
            for short in _without(normalise(long).text, owners):
                found.setdefault(short, set()).add(f"{dataset}.{name}")
    names = {short: next(iter(refs)) for short, refs in found.items() if len(refs) == 1 and short not in RANKED_UNITS}
    return {**({k: e for e in list(entities)[:1] for k in _KEY_NAMES if e} if len(entities) == 1 else {}), **names}


def _without(name: str, owners: list[str]) -> Iterator[str]:
    for owner in owners:
        han = has_han(name)
        rest = name.removeprefix(owner if han else f"{owner} ")
        if rest != name and len(rest) >= _SHORTEST[han]:
            yield rest
        words = name.split()
        if not han and len(words) > 1 and owner in words[:-1]:
            yield words[-1]
