"""What remains of a catalog with mistakes in its text, so that the other rules can still look at it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from semantic_layer.catalog.load import written_loc
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.source import Loc, Source

ROUNDS = 20


@dataclass(frozen=True)
class Salvage:
    """The valid part of a catalog.

    `dropped` are the keys left out; `relationships` says which item of the files each relationship was.
    """

    spec: CatalogSpec
    dropped: frozenset[Loc] = frozenset()
    relationships: tuple[int, ...] = ()


def salvage(source: Source) -> Salvage:
    """Leaves out whatever does not validate, as little as possible."""
    data = source.data
    dropped: set[Loc] = set()
    for _ in range(ROUNDS):
        kept = _without_dropped_relationships(data, dropped)
        try:
            spec = CatalogSpec.model_validate(kept)
        except ValidationError as error:
            if not dropped:
                data = copy.deepcopy(data)
            bad = {_existing(data, _in_files(written_loc(e["loc"], source), dropped, data)) for e in error.errors()}
            for loc in sorted(bad, key=len, reverse=True):
                _drop(data, loc)
            dropped |= bad
        else:
            return Salvage(spec, frozenset(dropped), _kept_relationships(data, dropped))
    return Salvage(CatalogSpec(), frozenset({()}))


def _kept_relationships(data: dict[str, Any], dropped: set[Loc]) -> tuple[int, ...]:
    items = data.get("relationships")
    return tuple(i for i in range(len(items)) if ("relationships", i) not in dropped) if isinstance(items, list) else ()


def _without_dropped_relationships(data: dict[str, Any], dropped: set[Loc]) -> dict[str, Any]:
    if not isinstance(data.get("relationships"), list):
        return data
    return {**data, "relationships": [data["relationships"][i] for i in _kept_relationships(data, dropped)]}


def _in_files(loc: Loc, dropped: set[Loc], data: dict[str, Any]) -> Loc:
    """The same location with the relationship's number as in the files."""
    if len(loc) > 1 and loc[0] == "relationships" and isinstance(loc[1], int):
        return (loc[0], _kept_relationships(data, dropped)[loc[1]])
    return loc


def _existing(data: Any, loc: Loc) -> Loc:
    """The longest part of `loc` that can be left out: a key, or a whole relationship; lists go as a whole."""
    out: Loc = ()
    for part in loc:
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif not (out == ("relationships",) and isinstance(part, int)):
            break
        out = (*out, part)
    return out


def _drop(data: dict[str, Any], loc: Loc) -> None:
    if not loc or isinstance(loc[-1], int):
        return
    node: Any = data
    for part in loc[:-1]:
        node = node.get(part) if isinstance(node, dict) else None
    if isinstance(node, dict):
        node.pop(loc[-1], None)
