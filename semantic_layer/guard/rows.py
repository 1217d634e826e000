"""What stands in for a table: the columns and rows of it that a role may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.errors import GuardError, did_you_mean
from semantic_layer.guard import allowed
from semantic_layer.guard.text import parsed
from semantic_layer.rights import Rights, fold

_NOT_IN_FILTERS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Exists, exp.AggFunc, exp.Window, exp.Star, exp.Columns, exp.Explode, exp.Lambda)


@dataclass(frozen=True)
class Link:
    """Many rows of table `many` point to at most one row of table `one`; pairs of expressions over their columns."""

    many: str
    one: str
    pairs: tuple[tuple[exp.Expr, exp.Expr], ...]


@dataclass(frozen=True)
class Table:
    """A table of the database as the gate knows it. `relation` is the text that stands for it in a statement, without a name."""

    schema: str
    name: str
    columns: tuple[str, ...]
    visible: frozenset[str]
    hidden: frozenset[str]
    relation: str
    filtered: bool


def read_filter(text: str, table: str, columns: Iterable[str]) -> exp.Expr:
    """A row filter as a tree. Raises GuardError unless it is one condition over the table's own columns."""
    try:
        tree = parsed(f"SELECT 1 WHERE {text}", "duckdb")
    except GuardError as error:
        raise _bad_filter(table, text, "cannot be read as one condition", "无法读作一个条件") from error
    where = tree.args.get("where")
    used = {key for key, value in tree.args.items() if value}
    if not isinstance(tree, exp.Select) or where is None or used - {"kind", "expressions", "where"}:
        raise _bad_filter(table, text, "is more than one condition", "不只是一个条件")
    known = {fold(c): c for c in columns}
    condition: exp.Expr = where.this
    for node in condition.walk():
        if isinstance(node, _NOT_IN_FILTERS):
            raise _bad_filter(
                table, text, "may not hold a query, an aggregate or a window: it is read for each row", "不能含子查询、聚合或窗口：它逐行判断"
            )
        named = node.name.lower() in allowed.FUNCTIONS if isinstance(node, exp.Anonymous) else type(node) in allowed.NODES
        if not named:
            raise _bad_filter(table, text, f"holds {node.sql('duckdb')[:40]}, which is not allowed", f"含有不允许的 {node.sql('duckdb')[:40]}")
        if isinstance(node, exp.Column):
            _check_column(node, table, text, known)
    return condition


def _check_column(column: exp.Column, table: str, text: str, known: Mapping[str, str]) -> None:
    if column.table and fold(column.table) != fold(table).split(".")[-1]:
        name = column.sql()
        raise _bad_filter(table, text, f"names {name}: only columns of {table} itself may stand in it", f"用到 {name}：只能用 {table} 自己的列")
    if fold(column.name) not in known:
        near = did_you_mean(column.name, known.values()), did_you_mean(column.name, known.values(), "zh")
        name = column.name
        raise _bad_filter(table, text, f"names {name}, which is no column of {table}.{near[0]}", f"用到 {name}，它不是 {table} 的列。{near[1]}")


def _bad_filter(table: str, text: str, en: str, zh: str) -> GuardError:
    return GuardError(f"The row filter of {table} ({text!r}) {en}", f"{table} 的行过滤条件（{text!r}）{zh}")


class Rows:
    """Builds, for each table a role may read, the relation that takes its place."""

    def __init__(self, tables: Mapping[str, Sequence[str]], rights: Rights, catalog: str, links: Iterable[Link]) -> None:
        self._columns = {fold(name): (name, tuple(columns)) for name, columns in tables.items()}
        self._rights = rights
        self._catalog = catalog
        self._links: dict[str, list[Link]] = {}
        for link in links:
            self._links.setdefault(fold(link.many), []).append(link)
        self._filters = {
            fold(table): read_filter(text, table, self._columns[fold(table)][1])
            for table, text in rights.row_filters.items()
            if fold(table) in self._columns
        }
        self._aliases = 0

    def tables(self) -> dict[str, Table]:
        """By folded name, the tables that may be read."""
        return {name: self._table(name) for name, (written, _) in self._columns.items() if self._rights.allows(written)}

    def _table(self, name: str) -> Table:
        written, columns = self._columns[name]
        schema, _, bare = written.rpartition(".")
        denied = self._rights.denied(written)
        shown = tuple(c for c in columns if fold(c) not in denied)
        alias = self._alias()
        condition = self._condition(name, alias, ())
        relation: exp.Expr = self._base(name)
        if condition is not None or len(shown) < len(columns):
            inner = exp.select(*(exp.column(c, table=alias, quoted=True) for c in shown)).from_(_aliased(relation, alias))
            relation = exp.Subquery(this=inner if condition is None else inner.where(condition))
        # Written once: it depends on rights and catalog only.
        text = relation.sql("duckdb", identify=True, comments=False)
        return Table(schema, bare, shown, frozenset(map(fold, shown)), denied, text, condition is not None)

    def _base(self, name: str) -> exp.Expr:
        schema, _, bare = self._columns[name][0].rpartition(".")
        return exp.table_(bare, db=schema or "main", catalog=self._catalog, quoted=True)

    def _condition(self, name: str, alias: str, seen: tuple[str, ...]) -> exp.Expr | None:
        """A table's own filter, and those of the tables it points to many-to-one: such a row belongs to what it points to."""
        found: list[exp.Expr] = []
        if own := self._filters.get(name):
            found.append(exp.paren(_qualified(own, alias)))
        for link in self._links.get(name, ()):
            target = fold(link.one)
            if target in seen or target == name or target not in self._columns:
                continue
            other = self._alias()
            inherited = self._condition(target, other, (*seen, name))
            if inherited is None:
                continue
            keys = [exp.EQ(this=_qualified(one, other), expression=_qualified(many, alias)) for many, one in link.pairs]
            rows = exp.select("1").from_(_aliased(self._base(target), other)).where(*keys, inherited)
            found.append(exp.Exists(this=rows))
        return exp.and_(*found, copy=False) if found else None

    def _alias(self) -> str:
        self._aliases += 1
        return f"row_{self._aliases}"


def _aliased(table: exp.Expr, alias: str) -> exp.Expr:
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return table


def _qualified(expression: exp.Expr, alias: str) -> exp.Expr:
    """A copy whose columns belong to `alias`, whatever else is in scope where it will stand."""
    tree = expression.copy()
    for column in list(tree.find_all(exp.Column)):
        new = exp.column(column.name, table=alias, quoted=True)
        if column is tree:
            return new
        column.replace(new)
    return tree
