"""How many rows broke each rule: those of `sources.yaml`, and those that every column has by what it is declared to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.check import MARKS
from semantic_layer.sources.finish import has_marks
from semantic_layer.sources.ledger import rows_of
from semantic_layer.sources.models import Severity, SourcesSpec
from semantic_layer.sources.resolve import Resolved

_TEXT = {"encoding": ("it is no text", "不是文本"), "length": ("it is too long for a row", "过长，不成一行")}
_RECORDS = {
    "csv": {
        **_TEXT,
        "quotes": ("a quotation mark is not closed", "引号没有结束"),
        "columns": ("it has too few or too many columns", "列数过少或过多"),
    },
    "jsonl": {**_TEXT, "json": ("it is no object of JSON", "不是 JSON 对象")},
}


@dataclass(frozen=True)
class _Rule:
    """`code` is what staged rows name it by."""

    code: str
    column: str
    outcome: str
    severity: Severity
    en: str = ""
    zh: str = ""


@dataclass(frozen=True)
class Broken:
    """A rule that rows of a finished table broke; `source` is empty where it is looked at in the table as a whole."""

    source: str
    table: str
    rule: str
    outcome: str
    severity: str
    rows: int


def broken_rules(writer: Writer, database: Path) -> list[Broken]:
    """The rules that rows of the tables of a database broke, the gravest first. Raises ShopError."""
    order = "list_position(['error', 'warning', 'info'], severity), broken DESC, rule"
    with writer.attached(database, "wenshu_made"):
        found = writer.rows(
            "SELECT source, table_name, rule, outcome, severity, broken FROM wenshu_made.wenshu_state.quality "
            f"WHERE broken > 0 ORDER BY {order}"
        )
    return [Broken(str(s), str(t), str(r), str(o), str(v), int(n)) for s, t, r, o, v, n in found]


def lost_by_reason(writer: Writer, resolved: Resolved) -> dict[str, dict[str, int]]:
    """How many rows were lost, by source and reason."""
    found: dict[str, dict[str, int]] = {}
    for source, reason, n in writer.rows(f"SELECT _source, reason, count(*) FROM {resolved.lost} GROUP BY ALL"):
        found.setdefault(source, {})[reason] = int(n)
    return found


@dataclass(frozen=True)
class Since:
    """Rows that came after a generation. `finished` holds what they became, `gone` what they took the place of."""

    generation: int
    finished: str
    gone: str | None = None


def note_quality(
    writer: Writer, spec: SourcesSpec, table: str, records: Mapping[str, int], lost: Mapping[str, Mapping[str, int]], into: str, since: Since
) -> None:
    """Writes a row for each rule of each source of a table, also for those that no row broke.

    `records` counts the rows by source, `lost` says how many others took the place of, by source and reason.
    """
    marks: Counter[str] = Counter()
    if has_marks(spec.table(table)):
        marks.update(_counts(writer, f"SELECT {quoted(MARKS)} AS codes FROM {since.finished}"))
        marks.subtract(_counts(writer, f"SELECT {quoted(MARKS)} AS codes FROM {since.gone}") if since.gone else {})
    rows: list[list[object]] = []
    for source, checked in records.items():
        found = _counts(writer, f"SELECT concat_ws(';', _why, _fixed, _marks) AS codes FROM {rows_of(source)} WHERE _batch > {since.generation}")
        found |= lost.get(source, {})
        known = list(_rules(spec, source))
        rows += [[source, table, r.code, r.column, r.outcome, r.severity, found.pop(r.code, 0), checked, r.en, r.zh] for r in known]
        rows += [[source, table, code, "", "quarantine", "error", n, checked, "", ""] for code, n in sorted(found.items())]
    total = sum(records.values())
    rows += [["", table, r.code, r.column, r.outcome, r.severity, marks.get(r.code, 0), total, r.en, r.zh] for r in _of_table(spec, table)]
    writer.many(f"INSERT INTO {into} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _counts(writer: Writer, query: str) -> dict[str, int]:
    codes = f"SELECT unnest(string_split(codes, ';')) AS code FROM ({query}) WHERE codes <> ''"
    return {str(code): int(n) for code, n in writer.rows(f"SELECT code, count(*) FROM ({codes}) GROUP BY code")}


def _rules(spec: SourcesSpec, source: str) -> Iterator[_Rule]:
    said = spec.sources[source]
    table = spec.table(said.into)
    for code, (en, zh) in _RECORDS.get(said.kind or "", {}).items():
        yield _Rule(code, "", "quarantine", "error", en, zh)
    for name, column in said.columns.items():
        if column.required or name in table.key:
            yield _Rule(f"{name}:missing", name, "quarantine", "error", f"{name} is missing", f"缺少 {name}")
        if column.compute is not None:
            yield _Rule(f"{name}:computed", name, "repair", "info", f"{name} was computed from other columns", f"{name} 由其他列算出")
        elif column.default is not None:
            yield _Rule(f"{name}:default", name, "repair", "info", f"{name} got its default", f"{name} 取默认值")
        for step in dict.fromkeys(s.name for s in column.standardisers):
            strict = column.invalid == "quarantine"
            outcome, severity = ("quarantine", "error") if strict else ("missing", "warning")
            yield _Rule(f"{name}:{step}", name, outcome, severity, f"{name} is not what {step} reads", f"{name} 不是 {step} 能识别的值")  # type: ignore[arg-type]
    for name, rule in table.rules.items():
        code = name if rule.then == "mark" else f"rule:{name}"
        yield _Rule(code, "", rule.then, rule.severity, rule.description.get("en") or rule.bad, rule.description.get("zh") or rule.bad)
    for name, refers in table.refers.items():
        if refers.then == "quarantine":
            yield _Rule(f"refers:{name}", name, "quarantine", refers.severity, f"{name} is not in {refers.to}", f"{name} 不在 {refers.to} 中")
    if table.key:
        key = ", ".join(table.key)
        yield _Rule("key:superseded", key, "quarantine", "info", f"another row with the same {key} won", f"{key} 相同的另一行胜出")
        if table.repeats is not None:
            same = ", ".join(table.repeats.same)
            en, zh = f"sent again under another key, with the same {same}", f"以另一个键重复发送，{same} 相同"
            yield _Rule("key:repeated", key, "quarantine", "info", en, zh)
        if table.winner.otherwise == "none":
            yield _Rule("key:conflict", key, "quarantine", "error", f"rows with the same {key} contradict each other", f"{key} 相同的几行互相矛盾")


def _of_table(spec: SourcesSpec, table: str) -> Iterator[_Rule]:
    said = spec.table(table)
    for column, refers in said.refers.items():
        if refers.then != "quarantine":
            yield _Rule(f"refers:{column}", column, refers.then, refers.severity, f"{column} is not in {refers.to}", f"{column} 不在 {refers.to} 中")
    for column, fill in said.fill.items():
        how = "median" if fill.median_by is not None else "interpolated"
        yield _Rule(f"{column}:{how}", column, "repair", "info", f"{column} was filled", f"{column} 已填补")
