"""When a playbook speaks: the rows of its trigger that are reasons to act, each with the figures it rests on."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.actions import samples
from assistant.actions.filling import ROW, filled
from assistant.actions.models import Rate, Shift, Trial, Trigger
from semantic_layer.errors import Message
from semantic_layer.query import SemanticQuery
from semantic_layer.shops.access import Rows

_WORTH_SAYING = 0.5  # of what is needed: with less, it is not said either that there is too little
Run = Callable[[SemanticQuery], Rows]


@dataclass(frozen=True)
class Reason:
    """A row that calls for an action. `columns` are its groups with their fields, `values` all its columns and figures by name.

    `lacks` says what evidence it wants for; such a reason leads to no proposal.
    """

    key: tuple[tuple[str, Any], ...]
    columns: Mapping[str, str]
    values: Mapping[str, Any]
    query: SemanticQuery
    score: float = 0.0
    lacks: tuple[Message, ...] = ()
    low: float | None = None
    high: float | None = None
    rows: tuple[Mapping[str, Any], ...] = field(default=())


def reasons(trigger: Trigger, run: Run, today: dt.date) -> list[Reason]:
    """The reasons that the data give, strongest first. Raises QueryError, GuardError, EngineError."""
    if trigger.shift:
        found = _apart(_shifted(trigger.shift, run, today))
    elif trigger.rate:
        found = _apart(_rated(trigger.rate, run, today))
    else:
        found = list(_rows(trigger, run, today))
    ready = [r for r in found if not r.lacks][: trigger.most]
    return ready + [r for r in found if r.lacks][: trigger.most]


def _rows(trigger: Trigger, run: Run, today: dt.date) -> Iterator[Reason]:
    query = SemanticQuery.model_validate(filled(trigger.query, {"today": today}))
    columns = {g.name: g.field or "" for g in query.group_by}
    rows = _records(run(query))
    if trigger.together:
        known = tuple(r for r in rows if all(r[name] is not None for name in columns))  # the unknown group is no member
        if known:
            yield Reason((), {}, {}, query, rows=known)
        return
    for place, row in enumerate(rows):
        key = tuple((name, row[name]) for name in (trigger.key or tuple(columns)))
        if any(value is None for _, value in key):
            continue
        values = {**row, ROW: _conditions(columns, dict(key))}
        reason = Reason(key, columns, values, query, score=float(len(rows) - place), rows=tuple(rows))
        if trigger.trial is None:
            yield reason
        elif tried := _tried(trigger.trial, reason, run):
            yield tried


def _records(found: Rows) -> list[dict[str, Any]]:
    names = [c.name for c in found.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def _conditions(columns: Mapping[str, str], key: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"field": columns[name], "value": _plain(value)} for name, value in key.items() if columns.get(name)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _between(since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Conditions: the row's time lies in [since, until)."""
    return [{"field": "time", "op": ">=", "value": since.isoformat()}, {"field": "time", "op": "<", "value": until.isoformat()}]


def _metric(metric: Any, alias: str, conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    given = {"metric": metric} if isinstance(metric, str) else dict(metric)
    return given | {"alias": alias, "where": [*given.get("where", ()), *conditions]}


# -- a part of a count that moved -------------------------------------------------------------------------------


def _shifted(shift: Shift, run: Run, today: dt.date) -> Iterator[Reason]:
    seen: set[tuple[tuple[str, Any], ...]] = set()
    for days in shift.days:
        for by in shift.by:
            for reason in _moved(shift, by, days, run, today):
                if reason.key not in seen or not reason.lacks:
                    yield reason
                if not reason.lacks:
                    seen.add(reason.key)


def _moved(shift: Shift, by: tuple[str, ...], days: int, run: Run, today: dt.date) -> Iterator[Reason]:
    weeks = shift.against // 7
    since = today - dt.timedelta(days=days)
    first = since - dt.timedelta(days=7 * weeks)
    starts = [first + dt.timedelta(days=7 * n) for n in range(weeks)]
    metrics = [_metric(shift.metric, "now", _between(since, today))]
    metrics += [_metric(shift.metric, f"week_{n}", _between(start, start + dt.timedelta(days=7))) for n, start in enumerate(starts, 1)]
    time = {"start": first.isoformat(), "end": today.isoformat()}
    query = SemanticQuery.model_validate({"metrics": metrics, "group_by": list(by), "time": time})
    columns = {g.name: g.field or "" for g in query.group_by}
    rows = [r for r in _records(run(query)) if all(r[name] is not None for name in columns)]
    members = [(tuple((c, r[c]) for c in columns), float(r["now"] or 0), [float(r[f"week_{n}"] or 0) for n in range(1, weeks + 1)]) for r in rows]
    for key, now, expected, z, total in _deviations(members):
        change = now / expected - 1
        if (change > -shift.change or z > -shift.z) if shift.direction == "down" else (change < shift.change or z < shift.z):
            continue
        enough = expected if shift.direction == "down" else now
        if enough < shift.expected * _WORTH_SAYING:
            continue
        lacks = (_too_few(enough, shift.expected, days),) if enough < shift.expected else ()
        values = {
            **dict(key), "now": now, "expected": expected, "change": change, "z": z, "days": days, "against": 7 * weeks, "trend": total,
            "now_from": since, "before_from": first, ROW: _conditions(columns, dict(key)),
        }  # fmt: skip
        yield Reason(key, columns, values, query, score=abs(z), lacks=lacks)


def _too_few(there: float, wanted: float, days: int) -> Message:
    return Message(
        f"{there:.0f} in {days} days are too few to tell a change from chance; {wanted:.0f} are needed",
        f"{days} 天内只有 {there:.0f}，分不清变化与偶然；需要 {wanted:.0f}",
    )


def _deviations(members: Sequence[tuple[Any, float, list[float]]]) -> Iterator[tuple[Any, float, float, float, float]]:
    """For each member: key, now, expected by its part of all in the weeks before, z, and all now against all before.

    z is on the scale of square roots, where a count's variance does not depend on it (Anscombe 1948), times how much more than chance the
    member's own weeks spread, half-way to what all spread.
    """
    all_now = sum(now for _, now, _ in members)
    all_weeks = [sum(weeks[i] for _, _, weeks in members) for i in range(len(members[0][2]))] if members else []
    before = sum(all_weeks)
    if not before or not all_now:
        return
    spreads = {}
    for key, _, weeks in members:
        part = sum(weeks) / before
        parts = [(w - part * a) ** 2 / (part * a * (1 - part)) for w, a in zip(weeks, all_weeks, strict=True) if 0 < part < 1 and a]
        if sum(weeks) >= len(weeks) and parts:
            spreads[key] = sum(parts) / max(1, len(parts) - 1)
    pooled = sum(spreads.values()) / len(spreads) if spreads else 1.0
    for key, now, weeks in members:
        part = sum(weeks) / before
        if not 0 < part < 1:
            continue
        expected = part * all_now
        spread = max(1.0, (spreads.get(key, pooled) + pooled) / 2)
        distance = 2 * (math.sqrt(now + 0.375) - math.sqrt(expected + 0.375))
        z = distance / math.sqrt(spread * (1 - part) * (1 + all_now / before))
        yield key, now, expected, z, all_now / before


def _apart(found: Iterator[Reason]) -> list[Reason]:
    """The strongest first, without those that hold another or are held by one: a region falls with the category that fell in it."""
    kept: list[Reason] = []
    for reason in sorted(found, key=lambda r: (bool(r.lacks), -r.score)):
        mine = set(reason.key)
        if not any(mine <= set(k.key) or set(k.key) <= mine for k in kept):
            kept.append(reason)
    return kept


# -- a rate that moved ------------------------------------------------------------------------------------------


def _rated(rate: Rate, run: Run, today: dt.date) -> Iterator[Reason]:
    seen: set[tuple[tuple[str, Any], ...]] = set()
    for days in rate.days:
        since = today - dt.timedelta(days=days)
        first = since - dt.timedelta(days=rate.against)
        sides = (("now", _between(since, today)), ("before", _between(first, since)))
        metrics = [_metric(m, f"{name}_{when}", c) for when, c in sides for name, m in (("hits", rate.hits), ("of", rate.of))]
        time = {"start": first.isoformat(), "end": today.isoformat()}
        query = SemanticQuery.model_validate({"metrics": metrics, "group_by": list(rate.by), "time": time})
        columns = {g.name: g.field or "" for g in query.group_by}
        rows = [r for r in _records(run(query)) if all(r[name] is not None for name in columns)]
        for row in rows:
            reason = _rate_of(rate, row, rows, columns, days, query, (first, since))
            if reason and (reason.key not in seen or not reason.lacks):
                yield reason
                if not reason.lacks:
                    seen.add(reason.key)


def _rate_of(
    rate: Rate,
    row: dict[str, Any],
    rows: list[dict[str, Any]],
    columns: Mapping[str, str],
    days: int,
    query: SemanticQuery,
    dates: tuple[dt.date, dt.date],
) -> Reason | None:
    now, of_now = float(row["hits_now"] or 0), float(row["of_now"] or 0)
    like = [row]
    if float(row["of_before"] or 0) < rate.least:  # what is new has no past of its own
        first = next(iter(columns))
        like = [r for r in rows if r[first] == row[first]] if len(columns) > 1 else rows
    before, of_before = (sum(float(r[f"{name}_before"] or 0) for r in like) for name in ("hits", "of"))
    if of_now < rate.least * _WORTH_SAYING or not of_before:
        return None
    z = samples.gap_z(now, of_now, before, of_before)
    change = now / of_now - before / of_before
    if (change > -rate.change or z > -rate.z) if rate.direction == "down" else (change < rate.change or z < rate.z):
        return None
    key = tuple((name, row[name]) for name in columns)
    low, high = samples.interval(now, of_now)
    values = {
        **dict(key), "hits": now, "of": of_now, "rate": now / of_now, "change": change, "z": z, "days": days, "against": rate.against,
        "hits_before": before, "of_before": of_before, "rate_before": before / of_before,
        "now_from": dates[1], "before_from": dates[0], ROW: _conditions(columns, dict(key)),
    }  # fmt: skip
    lacks = (_too_few(of_now, rate.least, days),) if of_now < rate.least else ()
    return Reason(key, columns, values, query, score=abs(z), lacks=lacks, low=low, high=high)


# -- treated and held out ---------------------------------------------------------------------------------------

_MOST = 6  # of a person are counted


def _tried(trial: Trial, reason: Reason, run: Run) -> Reason | None:
    """The reason with both sides of its trial, where the treated did no more than those held out; with what it lacks, where it cannot tell."""
    values = dict(reason.values)
    time = filled(trial.time, values)
    did = [{"entity": trial.entity, "metric": trial.does, "op": ">=", "value": n, "time": time} for n in range(1, _MOST + 1)]
    metrics = [_metric(trial.of, "people", ()), *(_metric(trial.of, f"did_{n}", (each,)) for n, each in enumerate(did, 1))]
    query = SemanticQuery.model_validate({"metrics": metrics, "group_by": [trial.arm], "where": filled(list(trial.where), values)})
    arm = query.group_by[0].name
    sides = {str(row[arm]): row for row in _records(run(query))}
    treated, held = (_side(sides.get(name)) for name in (trial.treated, trial.held))
    values |= {"treated_of": treated.people, "treated_mean": treated.mean, "held_of": held.people, "held_mean": held.mean}

    def wanting(said: Message) -> Reason:
        return Reason(reason.key, reason.columns, values, query, lacks=(said,))

    if min(treated.people, held.people) < trial.least:
        return wanting(_no_trial(treated.people, held.people, trial.least))
    gap, error = treated.mean - held.mean, math.sqrt(treated.variance / treated.people + held.variance / held.people)
    smallest = samples.seen(error)
    low, high = gap - samples.half(error), gap + samples.half(error)
    values |= {"gap": gap, "gap_low": low, "gap_high": high, "smallest": smallest}
    if low > 0:
        return None
    if gap > 0 and smallest > trial.shows * held.mean:
        return wanting(_too_weak(gap, smallest))
    if high > trial.excludes * held.mean:  # whichever way the gap lies: a few people may do less by chance
        return wanting(_too_wide(gap, high, trial.excludes * held.mean))
    return Reason(reason.key, reason.columns, values, query, score=treated.people, low=low, high=high)


@dataclass(frozen=True)
class _Side:
    """One side of a trial: people, and mean and variance of what each did."""

    people: float
    mean: float
    variance: float


def _side(row: Mapping[str, Any] | None) -> _Side:
    """From how many did it at least once, twice, ...: the sum of those is the mean, of (2n - 1) times those the mean square."""
    people = float(row["people"] or 0) if row else 0.0
    if not row or not people:
        return _Side(0.0, 0.0, 0.0)
    shares = [float(row[f"did_{n}"] or 0) / people for n in range(1, _MOST + 1)]
    mean = sum(shares)
    square = sum((2 * n - 1) * share for n, share in enumerate(shares, 1))
    return _Side(people, mean, (square - mean * mean) * people / max(1.0, people - 1))


def _no_trial(treated: float, held: float, least: float) -> Message:
    if not held:
        return Message(
            "nobody was held out, so what it did cannot be told from what its people do anyway", "没有留出对照，无法区分活动效果与人群本来的行为"
        )
    return Message(
        f"{treated:.0f} treated and {held:.0f} held out; {least:.0f} on either side are needed",
        f"触达 {treated:.0f} 人、留出 {held:.0f} 人；两边各需 {least:.0f} 人",
    )


def _too_weak(gap: float, smallest: float) -> Message:
    return Message(
        f"the treated did {gap:+.3f} more each, and so few would only show {smallest:.3f} or more: neither a lift nor its absence can be told",
        f"触达组人均多 {gap:+.3f}，而这样的人数至少要差 {smallest:.3f} 才看得出：既不能说有增量，也不能说没有",
    )


def _too_wide(gap: float, high: float, excluded: float) -> Message:
    return Message(
        f"the treated did {gap:+.3f} each, which may by chance stand for up to {high:+.3f}: not even a lift of {excluded:.3f} is ruled out",
        f"触达组人均差 {gap:+.3f}，但考虑偶然性最多可能是 {high:+.3f}：连人均 {excluded:.3f} 的增量都不能排除",
    )
