"""The SQL that makes typed rows of a batch: standardisers, missing values, rules; layer upon layer, each over the columns of the one below.

A staged row has the columns of its table and what became of it: `_why` names the reasons for which it goes into
quarantine, `_marks` the rules that mark it, `_fixed` what was repaired, `_raw` what stood in the source (only of rows
in quarantine, without personal data). All of it depends on the row alone, so that a row is worked on once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.sources.check import ARRIVED
from semantic_layer.sources.models import ColumnSpec, SourceSpec, SourcesSpec
from semantic_layer.sources.standardise import Context

OWN = {"_id": "BIGINT", "_batch": "BIGINT", "_hash": "UHUGEINT", "_why": "VARCHAR", "_marks": "VARCHAR", "_fixed": "VARCHAR", "_raw": "VARCHAR"}
FILE_BITS = 32  # a row's `_id` is the number of its file, then that of its line


@dataclass
class Layers:
    """A query that grows by one SELECT around it at a time."""

    sql: str

    def add(self, columns: Mapping[str, str]) -> None:
        """Further columns."""
        if columns:
            self.sql = f"SELECT *, {', '.join(f'{e} AS {quoted(c)}' for c, e in columns.items())} FROM ({self.sql})"

    def replace(self, columns: Mapping[str, str]) -> None:
        """Other values for columns that there are."""
        if columns:
            self.sql = f"SELECT * REPLACE ({', '.join(f'{e} AS {quoted(c)}' for c, e in columns.items())}) FROM ({self.sql})"


@dataclass
class Made:
    """The columns that hold a value on its way: as read, and after each step, by its number with its name."""

    read: str
    ends: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def last(self) -> str:
        """The one with the value as far as it is made."""
        return list(self.ends.values())[-1][1] if self.ends else self.read


@dataclass(frozen=True)
class Raw:
    """The rows of a batch as SQL: `_file`, `_line`, `_hash`, `_bad`, `_text` and a column `_r0`, `_r1`, ... for each wanted column.

    `_bad` says why a record is no row; `_text` is the record then.
    """

    sql: str


def wanted(source: SourceSpec) -> list[str]:
    """The columns of the source that are read, each once."""
    found: dict[str, None] = {}
    for name, column in source.columns.items():
        found.update(dict.fromkeys(sources_of(name, column)))
    return list(found)


def sources_of(name: str, column: ColumnSpec) -> tuple[str, ...]:
    """The columns of the source that a column is made of."""
    return () if column.value is not None else column.from_ or (name,)


def table_columns(spec: SourcesSpec, source: SourceSpec) -> dict[str, str]:
    """The columns of the table that a source's rows have, with types."""
    return {c: spec.columns(source.into)[c] for c in source.columns}


def staged(spec: SourcesSpec, name: str, rows: Raw, present: Iterable[str], context: Context) -> str:
    """The staged rows of a batch of the source `name`; `present` are the columns that its files have."""
    source = spec.sources[name]
    numbers = {column: f"_r{i}" for i, column in enumerate(wanted(source))}
    have = set(present)
    layers = Layers(rows.sql)
    layers.add({f"_m_{c}": _read(c, said, source, numbers, have) for c, said in source.columns.items()})
    steps = _standardise(layers, source, context)
    layers.add({c: _or_default(c, said, steps[c].last) for c, said in source.columns.items()})
    layers.replace({c: f"coalesce({quoted(c)}, TRY_CAST(({said.compute}) AS {said.type}))" for c, said in source.columns.items() if said.compute})
    broken = _rules(layers, spec, source)
    reasons = {c: _reason(c, steps[c]) for c, said in source.columns.items()}
    whys = ["_bad", *(reasons[c] for c, said in source.columns.items() if said.invalid == "quarantine" and said.as_)]
    whys += [
        f"CASE WHEN _bad IS NULL AND {quoted(c)} IS NULL AND NOT {_invalid(said, steps[c])} THEN {literal(f'{c}:missing')} END"
        for c, said in source.columns.items()
        if said.required or c in spec.table(source.into).key
    ]
    fixes = [
        f"CASE WHEN {quoted(c)} IS NOT NULL AND {quoted(steps[c].last)} IS NULL THEN {literal(c + (':computed' if said.compute else ':default'))} END"
        for c, said in source.columns.items()
        if said.compute or said.default is not None
    ]
    fixes += [reasons[c] for c, said in source.columns.items() if said.invalid == "missing" and said.as_]
    layers.add({
        "_why": _listed([*whys, *(f"CASE WHEN {flag} THEN {literal('rule:' + r)} END" for r, flag, then in broken if then == "quarantine")]),
        "_marks": _listed([f"CASE WHEN {flag} THEN {literal(r)} END" for r, flag, then in broken if then == "mark"]),
        "_fixed": _listed([*fixes, *(f"CASE WHEN {flag} THEN {literal('rule:' + r)} END" for r, flag, then in broken if then == "repair")]),
    })  # fmt: skip
    kept = ", ".join(quoted(c) for c in source.columns)
    raw = f"CASE WHEN _bad IS NOT NULL THEN _text WHEN _why IS NOT NULL THEN {_shown(source, numbers)} END"
    return f"SELECT _file * {1 << FILE_BITS} + _line AS _id, _hash, _why, _marks, _fixed, {raw} AS _raw, {kept} FROM ({layers.sql})"


def _read(name: str, said: ColumnSpec, source: SourceSpec, numbers: Mapping[str, str], have: set[str]) -> str:
    """The text that standardisers get; NULL where it stands for nothing."""
    if said.value is not None:
        return literal(said.value)
    parts = [_present(numbers[c], said, source) for c in sources_of(name, said) if c in have]
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    return parts[0] if len(parts) == 1 else f"NULLIF(concat_ws(' ', {', '.join(parts)}), '')"


def _present(column: str, said: ColumnSpec, source: SourceSpec) -> str:
    none = ", ".join(literal(v) for v in dict.fromkeys(("", *source.missing_values, *said.missing_values)))
    # Not by IN: DuckDB makes a join of each that has more than five values, and getting dozens of joins ready takes seconds.
    return f"CASE WHEN NOT list_contains([{none}], trim({column})) THEN {column} END"


def _standardise(layers: Layers, source: SourceSpec, context: Context) -> dict[str, Made]:
    """Adds a layer for each expression that any column has left; gives the columns that hold what each step gave."""
    todo = {c: [(i, s.name, layer) for i, s in enumerate(said.standardisers) for layer in s.layers(context)] for c, said in source.columns.items()}
    made = {c: Made(f"_m_{c}") for c in source.columns}
    begun: dict[tuple[str, int], str] = {}  # what each step was given
    for k in range(max(map(len, todo.values()))):
        new = {}
        for c, steps in todo.items():
            if k < len(steps):
                step, name, expression = steps[k]
                given = begun.setdefault((c, step), made[c].last)
                new[f"_s{k}_{c}"] = expression.replace("$x", quoted(made[c].last)).replace("$in", quoted(given))
                made[c].ends[step] = (name, f"_s{k}_{c}")
        layers.add(new)
    return made


def _or_default(name: str, said: ColumnSpec, last: str) -> str:
    value = quoted(last)
    return value if said.default is None else f"coalesce({value}, TRY_CAST({literal(said.default)} AS {said.type}))"


def _rules(layers: Layers, spec: SourcesSpec, source: SourceSpec) -> list[tuple[str, str, str]]:
    """Adds for each rule a column that says whether a row breaks it; gives the rule, that column, and what becomes of the row."""
    said = spec.table(source.into)
    if not said.rules:
        return []
    # Columns that only other sources of the table have are empty here.
    others = {c: f"CAST(NULL AS {kind})" for c, kind in spec.columns(source.into).items() if c not in source.columns}
    layers.add(
        {**others, ARRIVED: "(SELECT f.arrived_at FROM files f WHERE f.id = _file)"} if any(ARRIVED in r.bad for r in said.rules.values()) else others
    )
    found: list[tuple[str, str, str]] = []
    for i, (name, rule) in enumerate(said.rules.items()):
        flag = f"_b{i}"
        layers.add({flag: f"_bad IS NULL AND coalesce(({rule.bad}), FALSE)"})
        layers.replace(
            {
                c: f"CASE WHEN {flag} THEN CAST(({e}) AS {spec.columns(source.into)[c]}) ELSE {quoted(c)} END"
                for c, e in rule.repair.items()
                if c in source.columns
            }
        )
        found.append((name, flag, rule.then))
    return found


def _invalid(said: ColumnSpec, made: Made) -> str:
    """Whether there was something that is none of its kind."""
    return f"({quoted(made.read)} IS NOT NULL AND {quoted(made.last)} IS NULL)" if said.invalid == "quarantine" and said.as_ else "FALSE"


def _reason(name: str, made: Made) -> str:
    """The first step that gave nothing for something, as `column:step`."""
    cases = " ".join(f"WHEN {quoted(column)} IS NULL THEN {literal(f'{name}:{step}')}" for step, column in made.ends.values())
    return f"CASE WHEN {quoted(made.read)} IS NULL THEN NULL {cases} END" if cases else "NULL"


def _listed(parts: list[str]) -> str:
    return f"NULLIF(concat_ws(';', {', '.join(parts)}), '')" if parts else "CAST(NULL AS VARCHAR)"


def _shown(source: SourceSpec, numbers: Mapping[str, str]) -> str:
    """What stood in the source, as JSON; of personal data only the shape."""
    hidden = {c for name, said in source.columns.items() if said.personal for c in sources_of(name, said)}
    parts = [f"{literal(c)}: " + (f"regexp_replace({r}, '[^@.\\s-]', '*', 'g')" if c in hidden else r) for c, r in numbers.items()]
    return f"CAST(to_json({{{', '.join(parts)}}}) AS VARCHAR)" if parts else "NULL"
