"""What the rows of each finding do to the metrics of the catalog: computed with them and without, never estimated."""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from sqlglot import exp, parse_one

from semantic_layer.catalog import Catalog
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.errors import EngineError, Message, QueryError, ShopError
from semantic_layer.query import MetricRef, SemanticQuery
from semantic_layer.rights import fold
from semantic_layer.sources.check import MARKS
from semantic_layer.sources.finish import key_text
from semantic_layer.sources.health import Effect, Effects, Example, Finding, Health, worst_first
from semantic_layer.sources.health.state import EXAMPLES
from semantic_layer.sources.health.touched import DUPLICATE, TOUCHED, copy_touched
from semantic_layer.sources.models import SourcesSpec

log = logging.getLogger("wenshu.health")
Value = float | None

_NOT_THERE = Message("what has not come is not known", "尚未到达的数据无从得知")
_UNKNOWN_VALUES = Message("the values are not known", "这些值未知")
_NO_ROWS = Message("the records could not be read as rows", "这些记录无法读成行")
_NO_KEY = Message("the table has no key by which the rows could be told from others", "该表没有主键，无法区分这些行")
_REFUSED = Message("the tables do not fit the catalog; see wenshu catalog check", "数据表与数据目录不符，请看 wenshu catalog check")


def with_effects(health: Health, spec: SourcesSpec, catalog: Catalog, today: dt.date, database: Path, state: Path) -> Health:
    """The report with the effects of each finding, in the order of them, and with examples of rows that were repaired.

    Raises ShopError where the database cannot be opened.
    """
    with tempfile.TemporaryDirectory(prefix="wenshu-health-") as into, ExitStack() as opened:
        sources = {f.source for f in health.findings if f.source and f.kind in ("rule", "duplicates")}
        beside, why = {}, Message()
        try:
            beside = {TOUCHED: copy_touched(spec, sorted(sources), database, state, Path(into))} if sources else {}
        except ShopError as error:
            log.info("what a refresh touched cannot be read: %s", error)
            why = Message(error.en.rstrip("."), error.zh.rstrip("。"))
        db = opened.enter_context(Introspector(database, beside=beside))
        look = _Look(spec, _Metrics(catalog, today), db, why)
        found = (replace(f, effects=look.effects(f), examples=f.examples or look.examples(f)) for f in health.findings)
        return replace(health, findings=tuple(sorted(found, key=worst_first)))


@dataclass
class _Metrics:
    """The metrics of a catalog over all time, and what they read."""

    catalog: Catalog
    today: dt.date
    _compiled: dict[str, Compiled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.catalog.spec.metrics:
            try:
                self._compiled[name] = self.of([name])
            except QueryError as error:
                log.info("the metric %s cannot be asked by itself: %s", name, error)

    def of(self, names: Iterable[str]) -> Compiled:
        """The statement that gives some metrics."""
        return compile_query(SemanticQuery(metrics=tuple(MetricRef(metric=n) for n in names)), self.catalog, self.today)

    def resting_on(self, table: str) -> dict[str, frozenset[str]]:
        """The metrics that read a table, with the columns of it that each reads, folded; the default metric first."""
        found = {n: read for n, c in self._compiled.items() if (read := _columns_of(c.tree, table)) is not None}
        return dict(sorted(found.items(), key=lambda n: not self.catalog.spec.metrics[n[0]].default))


@dataclass
class _Look:
    """Looks at one finding after the other; `why` says why touched rows cannot be had, where that is so."""

    spec: SourcesSpec
    metrics: _Metrics
    db: Introspector
    why: Message
    _as_they_are: dict[str, dict[str, Value]] = field(default_factory=dict)

    def effects(self, f: Finding) -> Effects:
        """What the rows of a finding do."""
        resting = self.metrics.resting_on(f.table)
        if f.kind in ("late", "stopped"):
            return self._unknown(resting, _NOT_THERE)
        if f.kind == "missing" or f.outcome == "missing":
            return self._unknown(_reading(resting, f.columns), _UNKNOWN_VALUES)
        if f.outcome == "repair":
            resting = {n: read for n, read in resting.items() if read & {fold(c) for c in self._repaired(f)}}
        if not resting:
            return Effects()
        if f.source and self.why:
            return self._unknown(resting, self.why)
        return self._left_out(f, resting) if f.is_left_out else self._kept(f, resting)

    def examples(self, f: Finding) -> tuple[Example, ...]:
        """The keys of some rows that are in their table, otherwise than they came."""
        keys = self.spec.table(f.table).key
        if not (keys and f.source and f.outcome in ("repair", "missing")) or self.why:
            return ()
        if any(self.spec.sources[f.source].columns[k].personal for k in keys):
            return ()
        touched = f"{TOUCHED}.main.{quoted(f.source)} WHERE NOT _out AND {_has(f.rule, '_codes')}"
        found = self.db.values(f"SELECT {key_text(keys)} AS k FROM {touched} ORDER BY k LIMIT {EXAMPLES}")
        return tuple(Example(f"{', '.join(keys)} {k}", "") for k in found)

    def _unknown(self, metrics: Iterable[str], why: Message) -> Effects:
        return Effects(unknown=tuple((n, self.metrics.catalog.spec.metrics[n].label) for n in metrics), why=why)

    def _repaired(self, f: Finding) -> Iterable[str]:
        rule = self.spec.table(f.table).rules.get(f.rule.removeprefix("rule:"))
        return rule.repair if rule else f.columns

    def _left_out(self, f: Finding, resting: dict[str, frozenset[str]]) -> Effects:
        """Rows that are in no table: counted as well, as far as their values are known."""
        source = self.spec.sources[f.source]
        code = DUPLICATE if f.kind == "duplicates" else f.rule
        if f.kind == "rule" and ":" not in code:
            return self._unknown(resting, _NO_ROWS)
        refused = set(f.columns) if not code.startswith(("rule:", "refers:", "key:", DUPLICATE)) else set()
        known = {fold(c): c for c, said in source.columns.items() if not said.personal and c not in refused}
        computable = [n for n, read in resting.items() if read <= known.keys()]
        lacking = sorted({c for n, read in resting.items() for c in read - known.keys()})
        there = self.db.tables()[f.table]
        columns = ", ".join(quoted(c) for c in there)
        shown = ", ".join(quoted(known[fold(c)]) if fold(c) in known else f"NULL AS {quoted(c)}" for c in there)
        rows = f"SELECT {shown} FROM {TOUCHED}.main.{quoted(f.source)} WHERE _out AND {_has(code, '_codes')}"
        as_they_are = self._values_as_they_are(f.table)
        counted = self._values(computable, f.table, f"SELECT {columns} FROM {quoted(f.table)} UNION ALL {rows}")
        why = Message(f"no {', '.join(lacking)} is known of the rows", f"这些行没有可用的 {'、'.join(lacking)}")
        return self._computed(resting, computable, counted, as_they_are, why)

    def _kept(self, f: Finding, resting: dict[str, frozenset[str]]) -> Effects:
        """Rows that are in their table, repaired or marked: left out as well."""
        if f.source:
            keys = self.spec.table(f.table).key
            if not keys:
                return self._unknown(resting, _NO_KEY)
            same = " AND ".join(f"x.{quoted(k)} = t.{quoted(k)}" for k in keys)
            touched = f"SELECT 1 FROM {TOUCHED}.main.{quoted(f.source)} AS x WHERE NOT x._out AND {_has(f.rule, 'x._codes')} AND {same}"
            rest = f"SELECT t.* FROM {quoted(f.table)} AS t WHERE NOT EXISTS ({touched})"
        else:
            marked = _has(f.rule, f"string_split({quoted(MARKS)}, ';')")
            rest = f"SELECT * FROM {quoted(f.table)} WHERE NOT coalesce({marked}, FALSE)"
        names = list(resting)
        return self._computed(resting, names, self._values_as_they_are(f.table), self._values(names, f.table, rest), Message())

    def _computed(
        self, resting: Iterable[str], names: list[str], included: dict[str, Value] | None, excluded: dict[str, Value] | None, why: Message
    ) -> Effects:
        if included is None or excluded is None:
            return self._unknown(resting, _REFUSED)
        metrics = self.metrics.catalog.spec.metrics
        moved = [Effect(n, metrics[n].label, included.get(n), excluded.get(n)) for n in names]
        # The default metric is what people look at first; the others follow by the size of their move.
        moved.sort(key=lambda e: (not metrics[e.metric].default, -e.size))
        return replace(self._unknown((n for n in resting if n not in names), why), moved=tuple(moved))

    def _values_as_they_are(self, table: str) -> dict[str, Value] | None:
        if table not in self._as_they_are:
            found = self._values(list(self.metrics.resting_on(table)), table, None)
            if found is None:
                return None
            self._as_they_are[table] = found
        return self._as_they_are[table]

    def _values(self, names: list[str], table: str, rows: str | None) -> dict[str, Value] | None:
        """Metrics with other rows in the place of a table; None where the database refuses the statement."""
        if not names:
            return {}
        compiled = self.metrics.of(names)
        tree = _with_rows(compiled.tree, table, rows) if rows else compiled.tree
        try:
            (row,) = self.db.rows(tree.sql("duckdb", identify=True))
        except EngineError as error:
            log.info("the effect of rows of %s cannot be computed: %s", table, error)
            return None
        return {c.source: _number(v) for c, v in zip(compiled.columns, row, strict=True)}


def _reading(resting: dict[str, frozenset[str]], columns: Iterable[str]) -> list[str]:
    wanted = {fold(c) for c in columns}
    return [n for n, read in resting.items() if read & wanted]


def _has(code: str, codes: str) -> str:
    return f"list_contains({codes}, {literal(code)})"


def _number(value: object) -> Value:
    try:
        return None if value is None else float(cast(float, value))
    except (TypeError, ValueError):
        return None


def _is(table: str, tree: exp.Select) -> Callable[[exp.Table], bool]:
    """Tells the tables of a statement of that name from its own steps."""
    steps = {cte.alias for cte in tree.find_all(exp.CTE)}
    return lambda t: fold(t.name) == fold(table) and t.name not in steps


def _columns_of(tree: exp.Select, table: str) -> frozenset[str] | None:
    """The columns that a statement reads of a table, folded; None where it does not read the table."""
    found = list(filter(_is(table, tree), tree.find_all(exp.Table)))
    if not found:
        return None
    names = {t.alias_or_name for t in found}
    return frozenset(fold(c.name) for c in tree.find_all(exp.Column) if not c.table or c.table in names)


def _with_rows(tree: exp.Select, table: str, rows: str) -> exp.Select:
    """The statement with a query in the place of a table."""
    is_it = _is(table, tree)
    query = parse_one(rows, read="duckdb")

    def changed(node: exp.Expression) -> exp.Expression:
        if not (isinstance(node, exp.Table) and is_it(node)):
            return node
        return exp.Subquery(this=query.copy(), alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name)))

    return cast(exp.Select, tree.transform(changed))
