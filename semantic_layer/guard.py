"""The one gate: every statement, whoever wrote it, is checked here, and the text that comes out is what runs.

Nothing is looked for that is bad; everything has to be known as good: each node of the tree, each function, each
table where it stands. What a future parser or engine adds is refused until it is listed here.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from semantic_layer.errors import GuardError, did_you_mean

MAX_BYTES = 50_000
MAX_NODES = 6_000
MAX_DEPTH = 60
MAX_LAMBDAS = 4  # nested ones take the engine gigabytes to bind

_ROOTS = (exp.Select, exp.SetOperation, exp.Subquery)
_SOURCES = (exp.Table, exp.Subquery, exp.Unnest)
_TABLE_PARTS = {"this", "db", "alias", "joins"}
_SYNTAX = (
    exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Unnest,
    exp.Where, exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
    exp.Fetch, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls,
    exp.Alias, exp.Identifier, exp.Column, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.Var, exp.DataType, exp.DataTypeParam,
    exp.Interval, exp.Paren, exp.Tuple, exp.Array, exp.Struct, exp.ToMap, exp.PropertyEQ, exp.Bracket, exp.Slice, exp.Lambda,
    exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONPathWildcard,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Escape, exp.SimilarTo, exp.Glob, exp.RegexpLike, exp.Exists, exp.Any, exp.All,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Pow, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor,
    exp.BitwiseNot, exp.Collate, exp.AtTimeZone, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.JSONExtract, exp.JSONExtractScalar,
)  # fmt: skip
_AGGREGATES = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Mode, exp.Stddev, exp.StddevSamp, exp.StddevPop,
    exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.Quantile, exp.PercentileCont, exp.PercentileDisc,
    exp.ApproxDistinct, exp.ApproxQuantile, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.First, exp.Last, exp.LogicalAnd, exp.LogicalOr,
    exp.GroupConcat, exp.ArrayAgg, exp.Skewness, exp.Kurtosis, exp.RegrSlope, exp.RegrIntercept, exp.RegrR2, exp.Grouping,
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue,
    exp.LastValue, exp.NthValue,
)  # fmt: skip
# Not here, because a short call can fill the memory or cannot be interrupted: repeat, lpad, rpad, format, levenshtein.
_SCALARS = (
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.Sqrt, exp.Exp,
    exp.Ln, exp.Log, exp.IsNan, exp.Pi, exp.WidthBucket,
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.ConcatWs, exp.Replace, exp.Reverse,
    exp.Contains, exp.StartsWith, exp.EndsWith, exp.StrPosition, exp.SplitPart, exp.Split, exp.RegexpExtract, exp.RegexpReplace,
    exp.Translate, exp.Ascii, exp.Chr, exp.MD5,
    exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.DateDiff, exp.DateAdd, exp.DateSub, exp.Year, exp.Quarter, exp.Month, exp.Week,
    exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.Hour, exp.Minute, exp.Second, exp.Dayname,
    exp.Monthname, exp.LastDay, exp.DateFromParts, exp.TimestampFromParts, exp.TimeToStr, exp.StrToTime, exp.TimeToUnix, exp.UnixToTime,
    exp.CurrentDate, exp.CurrentTimestamp, exp.DateBin, exp.ToDays, exp.Date,
    exp.Explode, exp.GenerateSeries, exp.ArrayContains, exp.ArraySize, exp.ArraySort, exp.ArrayDistinct, exp.ArrayFilter, exp.Transform,
    exp.Typeof,
)  # fmt: skip
_ALLOWED: frozenset[type[exp.Expr]] = frozenset((*_SYNTAX, *_OPERATORS, *_AGGREGATES, *_SCALARS))
_MAX_DIGITS = 4
_CALENDAR_UNITS = {"day", "week", "month", "quarter", "year"}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
# The engine folds the case of these letters only.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

_Visible = frozenset[str]


def guarded(statement: str | exp.Expr, tables: Iterable[str], dialect: str = "duckdb") -> str:
    """The statement, regenerated and fully quoted, if it is one SELECT over `tables`.

    Text is checked before it is parsed. Raises GuardError with what to change; it names nothing that is hidden.
    """
    tree = _parsed(statement, dialect) if isinstance(statement, str) else statement
    if not isinstance(tree, _ROOTS):
        raise GuardError("Only a SELECT can be run.", "只能运行 SELECT 查询。")
    _check(tree, frozenset(t.translate(_LOWER).removeprefix("main.") for t in tables))
    try:
        return tree.sql(dialect, identify=True, comments=False, copy=not isinstance(statement, str))
    except (SqlglotError, RecursionError) as error:
        raise _too_complicated() from error


def _too_complicated() -> GuardError:
    return GuardError("The statement is too complicated; split it.", "语句过于复杂，请拆分。")


def _parsed(text: str, dialect: str) -> exp.Expr:
    _check_text(text)
    engine = Dialect.get_or_raise(dialect)
    try:
        tokens = engine.tokenize(text)
        depth = deepest = 0
        for token in tokens:
            depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
            deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            raise GuardError(f"Brackets are nested deeper than {MAX_DEPTH}.", f"括号嵌套超过 {MAX_DEPTH} 层。")
        statements = [s for s in engine.parser().parse(tokens, text) if s is not None]
    except (SqlglotError, RecursionError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise GuardError("This is not SQL that can be read.", "无法读懂这段 SQL。") from error
    if len(statements) != 1:
        raise GuardError("Exactly one statement can be run at a time.", "一次只能运行一条语句。")
    return statements[0]


def _check_text(text: str) -> None:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise GuardError(f"The statement is longer than {MAX_BYTES // 1000} kB.", f"语句超过 {MAX_BYTES // 1000} kB。")
    odd = next((c for c in text if c not in "\t\n\r" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn")), None)
    if odd is not None:
        raise GuardError(
            f"The statement holds the invisible character U+{ord(odd):04X}; remove it.",
            f"语句含有不可见字符 U+{ord(odd):04X}，请删除。",
        )


def _check(tree: exp.Expr, tables: _Visible) -> None:
    """Visits every node once, with the CTEs that are visible where it stands."""
    nodes = lambdas = 0
    todo: list[tuple[exp.Expr, _Visible]] = [(tree, frozenset())]
    while todo:
        node, ctes = todo.pop()
        nodes += 1
        kind = type(node)
        if kind is exp.Identifier:
            continue
        if kind not in _ALLOWED:
            raise _refused(node)
        if kind is exp.Table:
            _check_table(node, ctes, tables)
        elif kind is exp.From or kind is exp.Join:
            if not isinstance(node.this, _SOURCES):
                raise GuardError("FROM may name tables and subqueries only.", "FROM 只能使用表和子查询。")
        elif kind is exp.GenerateSeries:
            _check_series(node)
        lambdas += kind is exp.Lambda
        if nodes > MAX_NODES or lambdas > MAX_LAMBDAS:
            raise _too_complicated()
        todo += _children(node, ctes)


def _refused(node: exp.Expr) -> GuardError:
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        return GuardError(f"The function {name} is not allowed.", f"不允许使用函数 {name}。")
    name = node.key.upper()
    return GuardError(f"{name} is not allowed: write one SELECT that only reads.", f"不允许使用 {name}：只能写一条只读的 SELECT。")


def _children(node: exp.Expr, ctes: _Visible) -> list[tuple[exp.Expr, _Visible]]:
    """The parts of a node, each with the CTEs it sees: a WITH is seen by its node, and by its own later CTEs."""
    parts: list[exp.Expr] = []
    bodies: list[tuple[exp.Expr, _Visible]] = []
    for value in node.args.values():
        if isinstance(value, exp.With):
            for cte in _ctes(value):
                bodies.append((cte.this, ctes))
                ctes |= {cte.alias.translate(_LOWER)}
        elif isinstance(value, exp.Expr):
            parts.append(value)
        elif isinstance(value, list):
            parts += [v for v in value if isinstance(v, exp.Expr)]
    return bodies + [(part, ctes) for part in parts]


def _ctes(node: exp.With) -> list[exp.Expr]:
    """The CTEs of a WITH. A recursive one would see itself, and may run without end."""
    if node.args.get("recursive") or node.args.get("search"):
        raise GuardError("WITH RECURSIVE is not allowed.", "不允许使用 WITH RECURSIVE。")
    ctes = node.expressions
    if not all(type(c) is exp.CTE and isinstance(c.this, _ROOTS) for c in ctes):
        raise GuardError("WITH may hold SELECT statements only.", "WITH 中只能使用 SELECT 语句。")
    return ctes


def _check_table(table: exp.Expr, ctes: _Visible, tables: _Visible) -> None:
    """A table is one of the shop's, or a CTE that is visible here; functions and files are neither."""
    if not isinstance(table.this, exp.Identifier):
        raise GuardError("Functions are not allowed in FROM.", "FROM 中不允许使用函数。")
    if any(value for part, value in table.args.items() if part not in _TABLE_PARTS):
        raise GuardError("Write only the name of a table, and AS with another name.", "表只能写表名，以及 AS 加别名。")
    schema, name = table.text("db").translate(_LOWER), table.name.translate(_LOWER)
    if not schema and name in ctes:
        return
    full = f"{schema}.{name}" if schema not in ("", "main") else name
    if full not in tables:
        hint = did_you_mean(name, tables), did_you_mean(name, tables, "zh")
        raise GuardError(f"There is no table {table.name}.{hint[0]}", f"没有表 {table.name}。{hint[1]}")


def _check_series(series: exp.Expr) -> None:
    """A list is made in memory, whatever the limit: days between two days, or few numbers written out."""
    step = series.args.get("step")
    if isinstance(step, exp.Interval) and step.text("unit").lower() in _CALENDAR_UNITS:
        return
    numbers = [series.args.get("start"), series.args.get("end")]
    if step is None and all(isinstance(n, exp.Literal) and n.this.isdecimal() and len(n.this) <= _MAX_DIGITS for n in numbers):
        return
    raise GuardError(
        f"A series runs over days, or over whole numbers of at most {_MAX_DIGITS} digits.",
        f"序列只能按天等日历单位生成，或直接写出不超过 {_MAX_DIGITS} 位的整数。",
    )
