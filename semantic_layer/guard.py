"""The one gate: every statement, whoever wrote it, is checked here, and the text that comes out is what runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from semantic_layer.errors import GuardError, did_you_mean

MAX_BYTES = 50_000
MAX_NODES = 6_000
MAX_DEPTH = 60
_ROOTS = (exp.Select, exp.SetOperation)
_SOURCES = (exp.Table, exp.Subquery, exp.Unnest)
_FORBIDDEN = (
    exp.Command, exp.DDL, exp.DML, exp.Copy, exp.Into, exp.Lock, exp.Show, exp.Describe, exp.Summarize, exp.Pragma, exp.Set, exp.Use,
    exp.Attach, exp.Detach, exp.Install, exp.Parameter, exp.Placeholder, exp.SessionParameter, exp.Drop, exp.Alter, exp.Transaction,
    exp.Commit, exp.Rollback, exp.Kill, exp.ReadCSV, exp.Lateral, exp.Cache, exp.Analyze,
)  # fmt: skip


def guarded(statement: str | exp.Expr, tables: Iterable[str], dialect: str = "duckdb") -> str:
    """The statement, regenerated and fully quoted, if it is one SELECT over `tables`.

    Text is checked before it is parsed. Raises GuardError with what to change; it names nothing that is hidden.
    """
    tree = _parsed(statement, dialect) if isinstance(statement, str) else statement
    if not isinstance(tree, _ROOTS):
        raise GuardError("Only a SELECT can be run.", "只能运行 SELECT 查询。")
    _check_nodes(tree)
    try:
        _check_tables(tree, {t.lower() for t in tables})
    except SqlglotError as error:
        raise GuardError("The tables of this statement cannot be made out.", "无法辨认这条语句所用的表。") from error
    return tree.sql(dialect, identify=True, comments=False)


def _parsed(text: str, dialect: str) -> exp.Expr:
    _check_text(text)
    try:
        statements = [s for s in sqlglot.parse(text, dialect=dialect) if s is not None]
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
    depth = deepest = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise GuardError(f"Brackets are nested deeper than {MAX_DEPTH}.", f"括号嵌套超过 {MAX_DEPTH} 层。")


def _check_nodes(tree: exp.Expr) -> None:
    for count, node in enumerate(tree.walk()):
        if count > MAX_NODES:
            raise GuardError("The statement is too complicated; split it.", "语句过于复杂，请拆分。")
        if isinstance(node, _FORBIDDEN):
            raise GuardError("Only reading is allowed: one SELECT without other commands.", "只允许读取：一条 SELECT，不含其他命令。")
        if isinstance(node, exp.Anonymous):
            raise GuardError(f"The function {node.name} is not allowed.", f"不允许使用函数 {node.name}。")


def _check_tables(tree: exp.Expr, allowed: set[str]) -> None:
    """Every source is a known table, a CTE that is visible where it stands, a subquery, or UNNEST."""
    for scope in traverse_scope(tree):
        for source in _from_and_joins(scope.expression):
            if not isinstance(source, _SOURCES):
                raise GuardError("FROM may name tables and subqueries only.", "FROM 只能使用表和子查询。")
            if isinstance(source, exp.Table):
                _check_table(source, set(scope.cte_sources), allowed)


def _from_and_joins(select: exp.Expr) -> list[exp.Expr]:
    parts = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    return [p.this for p in parts if p is not None]


def _check_table(table: exp.Table, ctes: set[str], allowed: set[str]) -> None:
    if not isinstance(table.this, exp.Identifier):
        raise GuardError("Functions are not allowed in FROM.", "FROM 中不允许使用函数。")
    if not table.db and table.name in ctes:
        return
    name = f"{table.db}.{table.name}".lower().removeprefix("main.") if table.db else table.name.lower()
    if table.catalog or name not in allowed:
        hint = did_you_mean(table.name, allowed), did_you_mean(table.name, allowed, "zh")
        raise GuardError(f"There is no table {table.name}.{hint[0]}", f"没有表 {table.name}。{hint[1]}")
