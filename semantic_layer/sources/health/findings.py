"""From what a refresh left to findings, worst first. Pure: nothing here reads a file or a clock."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import suppress

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import Message
from semantic_layer.sources.check import ARRIVED
from semantic_layer.sources.health.models import Example, Finding, Health, Point, SourceHealth
from semantic_layer.sources.health.state import Broken, Held, Kept
from semantic_layer.sources.history import unknown
from semantic_layer.sources.models import Severity, SourceSpec, SourcesSpec
from semantic_layer.sources.staging import sources_of

MISSING_SHARE = 0.1  # of the rows of a table; a column with more unknown values than that is named
_SEVERITIES = ("error", "warning", "info")
_KINDS = ("stopped", "late")
_BECAME = {
    "quarantine": Message("left out", "未入表"),
    "mark": Message("kept and marked", "保留并标记"),
    "repair": Message("repaired", "已修正"),
    "missing": Message("the value emptied", "该值置空"),
}


def judged(spec: SourcesSpec, kept: Kept, now: dt.datetime) -> Health:
    """What is wrong, worst first. `now` is on the shop's clock, without a zone."""
    found = [*_stopped(spec, kept), *_late(spec, kept, now), *_rules(spec, kept), *_duplicates(kept), *_missing(kept)]
    sources = tuple(
        SourceHealth(
            a.source, a.table, a.records, a.loaded, a.quarantined, a.exact_duplicates,
            kept.newest.get(a.source), tuple(d for r in kept.history for d in r.deliveries if d.source == a.source),
        )
        for a in kept.accounts
    )  # fmt: skip
    labels = {name: table.label for name, table in spec.tables.items()}
    return Health(tuple(sorted(found, key=worst_first)), sources, kept.last.at[:16] if kept.last else "", kept.built_at, labels)


def worst_first(f: Finding) -> tuple[object, ...]:
    """Sorts findings: by severity, then by what they do to metrics, as far as that is known, then by their share of the rows."""
    kind = _KINDS.index(f.kind) if f.kind in _KINDS else len(_KINDS)
    moved = f.effects.size if f.effects else 0.0
    return _SEVERITIES.index(f.severity), kind, -moved, -f.share, -f.count, f.table, f.source, f.rule, f.columns


def _stopped(spec: SourcesSpec, kept: Kept) -> Iterator[Finding]:
    for name, why in kept.last.stopped.items() if kept.last else ():
        if name not in spec.sources:
            continue
        good = kept.last.good_at.get(name) if kept.last else None
        since = (
            Message(f" Its data stay those of {good[:16]}.", f"沿用 {good[:16]} 的数据。")
            if good
            else Message(" There are no good data of it yet.", "尚无可用数据。")
        )
        yield Finding("stopped", "error", spec.sources[name].into, name, Message("stopped at the last refresh: ", "上次刷新时停下：") + why + since)


def _late(spec: SourcesSpec, kept: Kept, now: dt.datetime) -> Iterator[Finding]:
    for name, source in spec.sources.items():
        newest = kept.newest.get(name)
        if source.fresh_hours is None or newest is None:
            continue
        hours = (now - newest).total_seconds() / 3600
        if hours > source.fresh_hours:
            said = Message(
                f"nothing new for {hours:,.1f} hours; expected within {source.fresh_hours:g}",
                f"已有 {hours:,.1f} 小时没有新数据；应在 {source.fresh_hours:g} 小时内",
            )
            yield Finding("late", "error", source.into, name, said)
    for name, (mine, theirs) in kept.behind.items():
        keeps_up = spec.sources[name].keeps_up
        hours = (theirs - mine).total_seconds() / 3600
        if keeps_up is not None and hours > keeps_up.hours:
            said = Message(
                f"its data end on {mine:%Y-%m-%d %H:%M}, {hours:,.0f} hours before those of {keeps_up.with_}; expected within {keeps_up.hours:g}",
                f"数据止于 {mine:%Y-%m-%d %H:%M}，比 {keeps_up.with_} 早 {hours:,.0f} 小时；应在 {keeps_up.hours:g} 小时内",
            )
            yield Finding("late", "error", spec.sources[name].into, name, said)


def _rules(spec: SourcesSpec, kept: Kept) -> Iterator[Finding]:
    for b in kept.broken:
        columns = _columns(spec, b)
        became = _BECAME.get(b.outcome, Message(b.outcome, b.outcome))
        said = Message(
            f"{_of(b.count, b.of, 'en')} ({became.en}): {b.en or b.rule}",
            f"{_of(b.count, b.of, 'zh')}（{became.zh}）：{b.zh or b.rule}",
        )
        examples, trend = _examples(spec, kept, b, columns), _trend(kept, b.source, b.table, b.rule)
        yield Finding("rule", b.severity, b.table, b.source, said, columns, b.rule, b.outcome, b.count, b.of, examples, trend)


def _columns(spec: SourcesSpec, b: Broken) -> tuple[str, ...]:
    """The columns that a rule is about: those it names, or those of its condition."""
    if b.columns:
        return tuple(b.columns.split(", "))
    rule = spec.table(b.table).rules.get(b.rule.removeprefix("rule:"))
    if rule is None:
        return ()
    with suppress(SqlglotError):
        known = {c.lower(): c for c in spec.columns(b.table)}
        named = (c.name.lower() for c in sqlglot.parse_one(rule.bad, read="duckdb").find_all(exp.Column))
        return tuple(sorted({known[n] for n in named if n != ARRIVED and n in known}))
    return ()


def _examples(spec: SourcesSpec, kept: Kept, b: Broken, columns: tuple[str, ...]) -> tuple[Example, ...]:
    if b.source in spec.sources and b.outcome == "quarantine":
        source = spec.sources[b.source]
        hidden = _personal(spec, b.table)
        shown = _shown(source, columns, hidden)
        return tuple(Example(f"{h.file}:{h.line}", _values(h, shown)) for h in kept.held.get((b.source, b.rule), ()))
    if set(spec.table(b.table).key) & _personal(spec, b.table):
        return ()
    key = ", ".join(spec.table(b.table).key)
    return tuple(Example(f"{key} {k}", "") for k in kept.marked.get((b.table, b.rule), ()))


def _personal(spec: SourcesSpec, table: str) -> set[str]:
    """The columns of a table that say who somebody is."""
    people = spec.table(table).people
    named = (people.name, people.phone, people.email, people.birthday, people.address, people.phone_end) if people else ()
    return {c for c in named if c} | {c for s in spec.of_table(table).values() for c, said in s.columns.items() if said.personal}


def _shown(source: SourceSpec, columns: tuple[str, ...], hidden: set[str]) -> tuple[str, ...]:
    """The names under which the values of columns stand in quarantine, as the source or as the table calls them; none of what is hidden."""
    own = {c: sources_of(c, said) for c, said in source.columns.items()}
    secret = {*hidden, *(n for c in hidden if c in own for n in own[c])}
    names = [n for c in columns if c not in hidden for n in (c, *own.get(c, ()))]
    return tuple(n for n in dict.fromkeys(names) if n not in secret)


def _values(held: Held, shown: tuple[str, ...]) -> str:
    try:
        raw = json.loads(held.raw)
    except ValueError:  # a record that is no row at all: its text may hold anything
        return ""
    return ", ".join(f"{n}={raw[n]}" for n in shown if n in raw) if isinstance(raw, dict) else ""


def _duplicates(kept: Kept) -> Iterator[Finding]:
    for a in kept.accounts:
        if a.exact_duplicates:
            said = Message(
                f"{_of(a.exact_duplicates, a.records, 'en')} came more than once and were counted once",
                f"{_of(a.exact_duplicates, a.records, 'zh')}完全重复，只计一次",
            )
            before = (d for r in kept.history for d in r.deliveries if d.source == a.source)
            trend = tuple(Point(d.at, d.exact_duplicates, d.records) for d in before)
            yield Finding("duplicates", "info", a.table, a.source, said, count=a.exact_duplicates, of=a.records, trend=trend)


def _missing(kept: Kept) -> Iterator[Finding]:
    for c in kept.unknown:
        if c.count > MISSING_SHARE * c.of:
            column = c.check.removesuffix(unknown(""))
            said = Message(f"{column} is unknown in {_of(c.count, c.of, 'en')}", f"{_of(c.count, c.of, 'zh')}的 {column} 未知")
            severity: Severity = "warning" if c.count == c.of else "info"
            trend = _trend(kept, *c.key)
            yield Finding("missing", severity, c.table, "", said, (column,), count=c.count, of=c.of, trend=trend)


def _trend(kept: Kept, source: str, table: str, check: str) -> tuple[Point, ...]:
    """What earlier refreshes counted of a check; none where all rows passed it. Refreshes that did not look at the rows are left out."""
    points = []
    for refreshed in kept.history:
        looked_at = sum(d.records for d in refreshed.deliveries if d.source == source or (not source and d.table == table))
        found = next((c for c in refreshed.checks if c.key == (source, table, check)), None)
        if found is not None:
            points.append(Point(refreshed.at, found.count, found.of))
        elif looked_at:
            points.append(Point(refreshed.at, 0, looked_at))
    return tuple(points)


def _of(count: int, of: int, lang: str) -> str:
    share = count / of if of else 0.0
    text = f"{share:.1%}" if share >= 0.001 else "<0.1%"
    return f"{of:,} 行中的 {count:,} 行（{text}）" if lang == "zh" else f"{count:,} of {of:,} rows ({text})"
