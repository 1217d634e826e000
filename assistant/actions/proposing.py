"""From a playbook and the data to proposals: reasons, audience, figures, what is missing. Language comes later."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from assistant.actions import samples
from assistant.actions.audiences import Crowd, crowd_of, past
from assistant.actions.filling import Unfilled, filled
from assistant.actions.formulas import names_in, value_of
from assistant.actions.loading import Known, homeless, lacking, needs
from assistant.actions.models import Audience, Number, Playbook, Trigger
from assistant.actions.watching import Reason, Run, reasons
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.errors import GuardError, Message, QueryError
from semantic_layer.query import SemanticQuery


@dataclass(frozen=True)
class Figure:
    """A number of a proposal and where it comes from: `data` (with its query, and how many it rests on), `assumed`, or `formula`."""

    name: str
    label: Text
    value: float | None
    format: str
    unit: str = ""
    source: str = "data"
    formula: str = ""
    query: SemanticQuery | None = None
    of: float | None = None
    low: float | None = None
    high: float | None = None
    edited: bool = False


@dataclass(frozen=True)
class Plan:
    """How a proposal is tried: sizes of the arms, people per arm for a rise of a fifth, the smallest rise that shows, waves to pool."""

    treated: int
    held: int
    per_arm: int
    detectable: float | None
    waves: int | None


@dataclass(frozen=True)
class Proposal:
    """An action that the data call for, or, with `missing`, one that they would call for if there were more to go by."""

    kind: str
    playbook: Playbook
    trigger: Trigger | None
    reason: Reason | None
    crowd: Crowd | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    plan: Plan | None = None
    missing: tuple[Message, ...] = ()
    unknown: tuple[Message, ...] = ()
    queries: tuple[SemanticQuery, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same reason, whatever the day."""
        key = [[name, str(value)] for name, value in self.reason.key] if self.reason else []
        place = self.playbook.trigger.index(self.trigger) if self.trigger else 0
        return f"{self.kind}-{hashlib.sha256(json.dumps([place, key], ensure_ascii=False).encode()).hexdigest()[:6]}" if key else self.kind

    @property
    def worth(self) -> float:
        """The money concerned, for ranking."""
        figure = self.figures.get(self.playbook.worth or "")
        return max(0.0, figure.value) if figure and figure.value else 0.0


@dataclass(frozen=True)
class Unmet:
    """A playbook that this shop, or what this user sees of it, has no names for."""

    kind: str
    playbook: Playbook
    names: tuple[tuple[str, str], ...]


Edits = Mapping[str, Mapping[str, float]]  # assumptions that were changed, by the id of the action


def proposals(known: Known, catalog: Catalog, run: Run, today: dt.date, edits: Edits) -> list[Proposal] | Unmet:
    """What a playbook proposes. A query that fails makes a proposal with that as what is missing. Raises EngineError."""
    lacks = (*lacking(needs(known.playbook), catalog), *homeless(known.playbook, catalog))
    if lacks:
        return Unmet(known.name, known.playbook, lacks)
    out: list[Proposal] = []
    for trigger in known.playbook.trigger or (None,):
        try:
            found: list[Reason | None] = list(reasons(trigger, run, today)) if trigger else [None]
        except (QueryError, GuardError, ValidationError) as error:
            out.append(Proposal(known.name, known.playbook, trigger, None, missing=(_failed(error),)))
            continue
        for reason in found:
            begun = Proposal(known.name, known.playbook, trigger, reason, missing=reason.lacks if reason else ())
            made = _made(begun, catalog, run, today, edits.get(begun.id, {}))
            if made is not None:
                out.append(made)
    return out


def _made(begun: Proposal, catalog: Catalog, run: Run, today: dt.date, edited: Mapping[str, float]) -> Proposal | None:
    playbook, reason = begun.playbook, begun.reason
    if begun.missing:
        return begun
    audience = (begun.trigger.audience if begun.trigger else None) or playbook.audience
    values: dict[str, Any] = {**(reason.values if reason else {}), "today": today}
    rows = reason.rows if reason else ()
    missing: list[Message] = []
    queries = [reason.query] if reason else []
    figures: dict[str, Figure] = {}
    try:
        crowd = crowd_of(audience, catalog, run, values, rows) if audience else None
        if crowd and reason is None and not crowd.size:
            return None
        if crowd:
            figures |= _sizes(crowd, playbook)
            if crowd.reached < crowd.least:
                missing.append(_too_small(crowd))
        if playbook.response and audience and crowd and not missing:
            base, note = _base(playbook, audience, catalog, run, today, values, rows)
            figures["base"] = base
            if note:
                missing.append(note)
        for name, number in {**(begun.trigger.numbers if begun.trigger else {}), **playbook.numbers}.items():
            figures[name] = _figure(name, number, figures, values, catalog, run, edited)
    except (QueryError, GuardError, ValidationError) as error:
        return replace(begun, missing=(_failed(error),))
    except Unfilled as gap:
        return replace(begun, missing=(Message(f"no value for {gap.name}", f"缺少 {gap.name} 的值"),))
    missing += [] if missing else list(_blanks(playbook, figures, values))
    plan = _plan(playbook, crowd, figures)
    queries += [q for q in (*(crowd.queries if crowd else ()), *(f.query for f in figures.values())) if q is not None]
    unknown = crowd.unknown if crowd else ()
    return replace(begun, crowd=crowd, figures=figures, plan=plan, missing=tuple(missing), unknown=unknown, queries=tuple(dict.fromkeys(queries)))


def _failed(error: QueryError | GuardError | ValidationError) -> Message:
    if isinstance(error, ValidationError):  # a value of the row does not fit where the playbook puts it
        return Message("a value of the triggering row does not fit into the playbook's query", "触发行的某个值无法代入剧本的查询")
    return Message(error.en, error.zh)


def _too_small(crowd: Crowd) -> Message:
    return Message(f"{crowd.reached} can be approached; {crowd.least} are needed", f"可触达 {crowd.reached}；至少需要 {crowd.least}")


def _blanks(playbook: Playbook, figures: Mapping[str, Figure], values: Mapping[str, Any]) -> Iterator[Message]:
    """The figures that the card rests on and that nobody knows."""
    for name in (playbook.target, playbook.cost, playbook.worth):
        figure = figures.get(name or "")
        if figure is not None and figure.value is None:
            yield _unknown(figure)
    even = figures.get(playbook.break_even or "")  # one that divides by nothing is known: nothing pays
    known = {k: _number(v) for k, v in values.items()} | {k: f.value for k, f in figures.items()}
    if even is not None and even.value is None and (not even.formula or any(known.get(name) is None for name in names_in(even.formula))):
        yield _unknown(even)


def _unknown(figure: Figure) -> Message:
    return Message(f"{figure.label.get('en')} cannot be computed", f"无法算出{figure.label.get('zh')}")


# -- figures ----------------------------------------------------------------------------------------------------

_SIZE = Text(zh="人群", en="audience")
_REACHED = Text(zh="可触达", en="can be approached")
_TREATED = Text(zh="触达", en="treated")
_HELD = Text(zh="留出", en="held out")


def _sizes(crowd: Crowd, playbook: Playbook) -> dict[str, Figure]:
    held = round(crowd.reached * playbook.test.holdout) if playbook.test else 0
    counted = (("size", _SIZE, crowd.size), ("reached", _REACHED, crowd.reached), ("treated", _TREATED, crowd.reached - held), ("held", _HELD, held))
    return {name: Figure(name, label, float(value), "integer", query=crowd.queries[0]) for name, label, value in counted}


def _base(
    playbook: Playbook, audience: Audience, catalog: Catalog, run: Run, today: dt.date, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[Figure, Message | None]:
    """How many of earlier audiences of this kind did it by themselves."""
    response = playbook.response
    assert response is not None
    found = past(response, audience, catalog, run, today, values, rows)
    low, high = samples.interval(found.hits, found.of)
    rate = found.hits / found.of if found.of else None
    figure = Figure("base", response.label, rate, "percent", query=found.query, of=found.of, low=low, high=high)
    if found.of >= response.least:
        return figure, None
    return figure, Message(
        f"earlier audiences of this kind: {found.of:.0f} people in {found.waves} waves; {response.least} are needed for a rate",
        f"历史上同类人群共 {found.of:.0f} 人（{found.waves} 期）；至少 {response.least} 人才给出比例",
    )


def _figure(
    name: str, number: Number, figures: Mapping[str, Figure], values: Mapping[str, Any], catalog: Catalog, run: Run, edited: Mapping[str, float]
) -> Figure:
    if number.assume is not None:
        value = edited.get(name, number.assume)
        return Figure(name, number.label, value, number.format, number.unit, "assumed", edited=name in edited)
    if number.formula is not None:
        known = {k: _number(v) for k, v in values.items()} | {k: f.value for k, f in figures.items()}
        return Figure(name, number.label, value_of(number.formula, known), number.format, number.unit, "formula", number.formula)
    query = SemanticQuery.model_validate(filled(number.query, values))
    found = run(query).rows
    only = float(found[0][-1]) if found and found[0] and found[0][-1] is not None else None
    named = next((m.metric for m in query.metrics if m.metric and not (m.share or m.per or m.over)), None)
    spec = catalog.metric(named) if named else None
    shape, unit = (spec.format, spec.unit) if spec else (number.format, number.unit)
    return Figure(name, number.label, only, shape, unit, query=query)


def _number(value: Any) -> float | None:
    return None if value is None or isinstance(value, (str, list, dt.date)) else float(value)


def _plan(playbook: Playbook, crowd: Crowd | None, figures: Mapping[str, Figure]) -> Plan | None:
    base = figures.get("base")
    if playbook.test is None or crowd is None or base is None or not base.value or base.value * (1 + samples.WORTH) >= 1:
        return None
    held = round(crowd.reached * playbook.test.holdout)
    treated = crowd.reached - held
    arm = treated / playbook.test.arms
    wanted = samples.WORTH * base.value
    waves = next((n for n in range(1, 53) if (samples.detectable(base.value, n * arm, n * held) or 1.0) <= wanted), None)
    return Plan(treated, held, samples.per_arm(base.value, base.value + wanted), samples.detectable(base.value, arm, held), waves)


def figures_of(proposal: Proposal) -> Mapping[str, float | None]:
    """All numbers by name, those of the triggering row as well."""
    row = {k: _number(v) for k, v in (proposal.reason.values if proposal.reason else {}).items()}
    return row | {name: f.value for name, f in proposal.figures.items()}


__all__ = ["Edits", "Figure", "Plan", "Proposal", "Unmet", "figures_of", "proposals"]
