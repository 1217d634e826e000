"""Checks every node of a statement, finds its tables scope by scope, and puts in their place what the role may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import GuardError, did_you_mean
from semantic_layer.guard import allowed
from semantic_layer.guard.columns import check_columns
from semantic_layer.guard.rows import Link, Rows, Table
from semantic_layer.guard.text import MAX_BYTES, parsed, too_complicated
from semantic_layer.rights import EVERYTHING, Rights, fold

MAX_NODES = 6_000
MAX_LAMBDAS = 4  # nested ones take the engine gigabytes to bind
MAX_PIVOTED = 200  # each listed value becomes a column
MAX_SERIES = 10_000
MAX_LEVELS = 500  # of the tree; writing it out takes as many levels of the stack, and a thread's stack may be small

_ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, exp.Pivot)
_SOURCES = (exp.Table, exp.Subquery, exp.Unnest, exp.Values, exp.Lateral)
_OF_LISTS = ("list_", "array_", "apply", "filter", "reduce")
_TABLE_FUNCTIONS = (exp.GenerateSeries, exp.Explode)
_TABLE_PARTS = {"this", "db", "catalog", "alias", "joins", "pivots", "sample"}
_CALENDAR_UNITS = {unit + s for unit in ("minute", "hour", "day", "week", "month", "quarter", "year") for s in ("", "s")}

_NO_NODES = {str, bool, int, type(None)}

Ctes = Mapping[str, str]  # folded name as written -> name in the text that runs
_Place = tuple[exp.Expr, Ctes]  # a node, and the CTEs that are visible there


@dataclass(frozen=True)
class Admitted:
    """A statement that may run: its text, the tables it reads, and whether it gives the same rows while the data stay the same."""

    sql: str
    tables: tuple[str, ...]
    stable: bool


class Gate:
    """The gate as one role passes it.

    `tables` maps each table of the shop, hidden ones too, to its columns; `names` maps further names of tables (those of
    datasets) to them; `links` say along which keys row filters are inherited. Raises GuardError for a row filter that is
    no condition over its table's own columns.
    """

    dialect = "duckdb"

    def __init__(
        self,
        tables: Mapping[str, Iterable[str]],
        rights: Rights = EVERYTHING,
        catalog: str = "wenshu_shop",
        *,
        names: Mapping[str, str] | None = None,
        links: Iterable[Link] = (),
    ) -> None:
        self.rights = rights
        self._catalog = catalog
        self._max_bytes = min(MAX_BYTES, rights.limits.max_sql_bytes or MAX_BYTES)
        self._tables = Rows({name: tuple(columns) for name, columns in tables.items()}, rights, catalog, links).tables()
        self._named = {fold(name): name for name in tables if fold(name) in self._tables}
        for name, table in (names or {}).items():
            if fold(table) in self._tables:
                self._named.setdefault(fold(name), table)

    def admit(self, statement: str | exp.Expr, max_rows: int | None = None) -> Admitted:
        """The statement as it may run, bounded to one row more than `max_rows` (default: as the rights say).

        Raises GuardError with what to change; it names nothing that is hidden.
        """
        max_rows = max_rows or self.rights.limits.max_rows
        text = isinstance(statement, str)
        tree = parsed(statement, self.dialect, self._max_bytes) if isinstance(statement, str) else statement.copy()
        if not isinstance(tree, _ROOTS):
            raise GuardError("Only a SELECT can be run.", "只能运行 SELECT 查询。")
        found = _Walk(self._lookup).walk(tree)
        try:
            if text:
                check_columns(tree, {id(node): table for node, table in found.tables})
            for node, table in found.tables:
                _replace(node, table)
            for column in found.qualified:
                # The relation that stands for a table has its name only.
                column.set("db", None)
                column.set("catalog", None)
            for node, name in found.renamed:
                _rename(node, name)
            if max_rows is not None:
                _limit(tree, max_rows + 1)
            sql = tree.sql(self.dialect, identify=True, comments=False, copy=False)
        except (SqlglotError, RecursionError) as error:
            raise too_complicated() from error
        return Admitted(sql, tuple(sorted({f"{t.schema}.{t.name}".removeprefix(".") for _, t in found.tables})), found.stable)

    def unfiltered(self, tables: Iterable[str]) -> tuple[str, ...]:
        """Those of `tables` whose rows no filter reaches although the role has filters."""
        return tuple(t for t in tables if not self._tables[fold(t)].filtered) if self.rights.row_filters else ()

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The tables the role may read, with the columns it may see."""
        return {self._named[name]: table.columns for name, table in self._tables.items()}

    def _lookup(self, table: exp.Expr) -> Table:
        schema, name = table.text("db"), table.name
        if fold(table.text("catalog")) not in ("", fold(self._catalog)):
            schema = f"{table.text('catalog')}.{schema}"
        full = fold(f"{schema}.{name}" if schema else name)
        if full not in self._named:
            near = did_you_mean(name, self._named.values()), did_you_mean(name, self._named.values(), "zh")
            raise GuardError(f"There is no table {name}.{near[0]}", f"没有表 {name}。{near[1]}")
        return self._tables[fold(self._named[full])]


def _limit(tree: exp.Expr, rows: int) -> None:
    """Bounds the rows of a query that has no bound, or a larger one."""
    limit = tree.args.get("limit")
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Subquery) or isinstance(limit, exp.Fetch):
        return
    number = limit.expression if limit is not None else None
    if limit is None or (isinstance(number, exp.Literal) and number.this.isdecimal() and int(number.this[:20]) > rows):
        tree.set("limit", exp.Limit(expression=exp.Literal.number(rows)))


def _replace(node: exp.Expr, table: Table) -> None:
    """Makes a Table node stand for the relation of `table`, under the name by which the statement knows it."""
    if not node.args.get("alias"):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    node.set("this", exp.Var(this=table.relation))
    node.set("db", None)
    node.set("catalog", None)


def _rename(node: exp.Expr, name: str) -> None:
    """A recursive CTE runs under a name that no table has: the engine may look for a table of the old one."""
    if isinstance(node, exp.Table) and not node.args.get("alias"):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    target = node.args["alias"] if isinstance(node, exp.CTE) else node
    target.set("this", exp.to_identifier(name, quoted=True))


class _Walk:
    """Visits every node once, with the CTEs that are visible where it stands."""

    def __init__(self, lookup: Callable[[exp.Expr], Table]) -> None:
        self.tables: list[tuple[exp.Expr, Table]] = []
        self.renamed: list[tuple[exp.Expr, str]] = []
        self.qualified: list[exp.Expr] = []
        self.stable = True
        self._nodes = self._lambdas = 0
        self._lookup = lookup
        self._further: dict[int, Ctes] = {}  # by the id of a node: what it sees beyond its surroundings

    def walk(self, tree: exp.Expr) -> _Walk:
        """Raises GuardError for the first node that is not known as good, level by level."""
        places: list[_Place] = [(tree, {})]
        for _ in range(MAX_LEVELS + 1):
            below: list[_Place] = []
            for node, ctes in places:
                visit = _VISITS.get(type(node), _Walk._refuse)
                if visit is not None:
                    visit(self, node, ctes)
                self._descend(node, ctes, below)
            if not below:
                return self
            self._nodes += len(below)
            if self._nodes > MAX_NODES:
                break
            places = below
        raise too_complicated()

    def _descend(self, node: exp.Expr, ctes: Ctes, below: list[_Place]) -> None:
        """Adds the parts of a node, each with the CTEs it sees: a WITH is seen by its node, and by its own later CTEs."""
        args = node.args
        if self._further and (further := self._further.get(id(node))):
            ctes = {**ctes, **further}
        within = args.get("with_")
        if isinstance(within, exp.With):
            for cte, name in self._ctes(within):
                below.append((cte.this, ctes))
                ctes = {**ctes, fold(cte.alias): name}
        for value in args.values():
            kind = type(value)
            if kind is exp.Identifier:
                self._nodes += 1
            elif kind is list:
                below += [(part, ctes) for part in value if isinstance(part, exp.Expr)]
            elif kind not in _NO_NODES and value is not within and isinstance(value, exp.Expr):
                below.append((value, ctes))

    def _refuse(self, node: exp.Expr, ctes: Ctes) -> None:
        raise _refused(node)

    def _function(self, node: exp.Expr, ctes: Ctes) -> None:
        """A function for which the parser has no class."""
        if not _known_function(node.name.lower()):
            raise _refused(node)
        self.stable &= node.name.lower() not in allowed.VOLATILE_NAMES

    def _volatile(self, node: exp.Expr, ctes: Ctes) -> None:
        self.stable = False

    def _lambda(self, node: exp.Expr, ctes: Ctes) -> None:
        self._lambdas += 1
        if self._lambdas > MAX_LAMBDAS:
            raise too_complicated()
        _check_lambda(node)

    def _column(self, node: exp.Expr, ctes: Ctes) -> None:
        if node.args.get("db"):
            self.qualified.append(node)

    def _source(self, node: exp.Expr, ctes: Ctes) -> None:
        if not isinstance(node.this, _SOURCES):
            raise GuardError("FROM may name tables and subqueries only.", "FROM 只能使用表和子查询。")

    def _table(self, node: exp.Expr, ctes: Ctes) -> None:
        """A table is one of the shop's, or a CTE that is visible here; of functions only series; files are neither."""
        if not _TABLE_PARTS.issuperset(_given(node)):
            raise GuardError("Write only the name of a table, and AS with another name.", "表只能写表名，以及 AS 加别名。")
        if isinstance(node.this, _TABLE_FUNCTIONS):
            return
        if not isinstance(node.this, exp.Identifier):
            raise GuardError("Functions are not allowed in FROM.", "FROM 中不允许使用函数。")
        name = fold(node.name)
        if node.args.get("db") or name not in ctes:
            self.tables.append((node, self._lookup(node)))
        elif ctes[name] != name:
            self.renamed.append((node, ctes[name]))

    def _ctes(self, node: exp.With) -> Iterator[tuple[exp.Expr, str]]:
        """The CTEs of a WITH, each with the name under which it runs."""
        if node.args.get("search"):
            raise GuardError("WITH may hold SELECT statements only.", "WITH 中只能使用 SELECT 语句。")
        for cte in node.expressions:
            if type(cte) is not exp.CTE or not isinstance(cte.this, _ROOTS) or set(_given(cte)) - {"this", "alias", "materialized"}:
                raise GuardError("WITH may hold SELECT statements only.", "WITH 中只能使用 SELECT 语句。")
            name = fold(cte.alias)
            if node.args.get("recursive") and (step := _recursive_step(cte)) is not None:
                self.renamed.append((cte, f"recursive {name}"))
                self._further[id(step)] = {name: f"recursive {name}"}
                name = f"recursive {name}"
            yield cte, name


def _checked(check: Callable[[exp.Expr], None]) -> Callable[[_Walk, exp.Expr, Ctes], None]:
    return lambda walk, node, ctes: check(node)


def _given(node: exp.Expr) -> Iterator[str]:
    return (part for part, value in node.args.items() if value)


def _recursive_step(cte: exp.Expr) -> exp.Expr | None:
    """The part of a recursive CTE that sees the CTE itself: the last member of its UNION. The first ones read tables."""
    body = cte.this
    while isinstance(body, exp.Subquery) and set(_given(body)) == {"this"}:
        body = body.this
    plain = isinstance(body, exp.Union) and set(_given(body)) <= {"this", "expression", "distinct"}
    return body.expression if plain else None


def _known_function(name: str) -> bool:
    """Whether a call may stand that the parser has no class for; a method call, x.upper(), has none for any function."""
    kind = exp.FUNCTION_BY_NAME.get(name.upper())
    return name in allowed.FUNCTIONS or (kind in allowed.NODES and kind not in _CHECKS)


def _refused(node: exp.Expr) -> GuardError:
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        return GuardError(f"The function {name[:60]} is not allowed.", f"不允许使用函数 {name[:60]}。")
    name = node.key.upper()
    return GuardError(f"{name} is not allowed: write one SELECT that only reads.", f"不允许使用 {name}：只能写一条只读的 SELECT。")


def _check_series(series: exp.Expr) -> None:
    """A list is made in memory, whatever the limit: days between two days, or few numbers written out."""
    step = series.args.get("step")
    if isinstance(step, exp.Interval) and step.text("unit").lower() in _CALENDAR_UNITS:
        return
    numbers = [n.this if isinstance(n, exp.Neg) else n for n in (series.args.get("start"), series.args.get("end"), step) if n is not None]
    if all(isinstance(n, exp.Literal) and not n.is_string and n.this.isdecimal() and len(n.this) <= 5 and int(n.this) <= MAX_SERIES for n in numbers):
        return
    raise GuardError(
        f"A series runs over minutes, hours, days or longer, or over whole numbers up to {MAX_SERIES:,} written out.",
        f"序列只能按分钟、小时、天等单位生成，或直接写出不超过 {MAX_SERIES:,} 的整数。",
    )


def _check_pivot(pivot: exp.Expr) -> None:
    """A pivot lists its values: the engine would look them up in a statement of its own."""
    if pivot.args.get("unpivot"):
        return
    fields = pivot.expressions if pivot.this else pivot.args.get("fields") or []
    listed = [value for each in fields if isinstance(each, exp.In) and not each.args.get("query") for value in each.expressions]
    if not fields or not listed or not all(isinstance(each, exp.In) for each in fields):
        raise GuardError(
            "Write a pivot as FROM t PIVOT (SUM(x) FOR y IN ('a', 'b')), with its values listed.",
            "透视请写成 FROM t PIVOT (SUM(x) FOR y IN ('a', 'b'))，并列出取值。",
        )
    if len(listed) > MAX_PIVOTED:
        raise GuardError(f"A pivot may list {MAX_PIVOTED} values.", f"透视最多列出 {MAX_PIVOTED} 个取值。")


def _check_type(kind: exp.Expr) -> None:
    if kind.this in (exp.DType.USERDEFINED, exp.DType.UNKNOWN):
        raise GuardError("The type of a cast is not known.", "类型转换的目标类型未知。")


def _check_var(var: exp.Expr) -> None:
    if not var.name.replace("_", "").isalnum():
        raise GuardError("This is not SQL that can be read; check its spelling.", "无法读懂这段 SQL，请检查写法。")


def _check_dot(dot: exp.Expr) -> None:
    if not isinstance(dot.expression, (exp.Identifier, exp.Anonymous)):
        raise GuardError(
            "Write a function before its argument: upper(x), not x.upper().", "函数请写在参数前：用 upper(x)，不用 x.upper()。"
        )


def _check_lambda(function: exp.Expr) -> None:
    """x -> 'y' as an argument is read as a function; where none may stand, the part of a JSON value was meant."""
    parent = function.parent
    named = isinstance(parent, exp.Anonymous) and parent.name.lower().startswith(_OF_LISTS)
    of_list = named or isinstance(parent, (exp.Transform, exp.ArrayFilter))
    if not of_list or function.arg_key == "this" or function.index == 0:
        raise GuardError("Put the arrow in brackets: f((x -> 'y')).", "请给箭头表达式加上括号：f((x -> 'y'))。")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.GenerateSeries: _check_series,
    exp.Pivot: _check_pivot,
    exp.DataType: _check_type,
    exp.Var: _check_var,
    exp.Dot: _check_dot,
    exp.Lambda: _check_lambda,
}
# What is done at a node of each kind that may stand: for most of them, nothing.
_VISITS: dict[type[exp.Expr], Callable[[_Walk, exp.Expr, Ctes], None] | None] = {
    **dict.fromkeys(allowed.NODES),
    **{kind: _checked(check) for kind, check in _CHECKS.items()},
    **dict.fromkeys(allowed.VOLATILE, _Walk._volatile),
    exp.Anonymous: _Walk._function,
    exp.Lambda: _Walk._lambda,
    exp.Table: _Walk._table,
    exp.Column: _Walk._column,
    exp.From: _Walk._source,
    exp.Join: _Walk._source,
}
