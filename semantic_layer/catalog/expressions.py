"""Reads a metric's SQL expression into its aggregates; the metric's kind is derived here, never declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from semantic_layer.catalog.source import shown
from semantic_layer.errors import CatalogError, Message, hint
from semantic_layer.query import Condition

Kind = Literal["additive", "distinct", "ratio", "other"]
DIALECT = "duckdb"
MAX_NODES = 5_000  # of a metric with those it is made of written out; a few that double each other have more than fit anywhere


@dataclass(frozen=True)
class Aggregate:
    """One aggregate call over fields of its home dataset (and of datasets the home points to).

    `call` holds columns as `dataset.field`; COUNT over rows is COUNT(*). Two sets of conditions restrict its
    rows: `filter` comes from the catalog, and an entity condition in it is evaluated within each slice of an
    answer; `where` comes from the query, and an entity condition in it stands on its own.
    """

    home: str
    call: exp.AggFunc
    filter: tuple[Condition, ...] = ()
    where: tuple[Condition, ...] = ()

    @property
    def kind(self) -> Kind:
        """additive, distinct or other."""
        if isinstance(self.call, exp.Count):
            return "distinct" if isinstance(self.call.this, exp.Distinct) else "additive"
        return "additive" if isinstance(self.call, exp.Sum) else "other"

    @property
    def counts(self) -> bool:
        """Whether it gives whole numbers by nature."""
        return isinstance(self.call, exp.Count)


@dataclass(frozen=True)
class Formula:
    """A metric as arithmetic over aggregates: in `tree`, Placeholder `n` stands for `aggregates[n]`."""

    tree: exp.Expr
    aggregates: tuple[Aggregate, ...]

    @property
    def kind(self) -> Kind:
        """additive if a sum of additive aggregates, distinct if one distinct count, ratio if it divides."""
        if any(isinstance(n, exp.Div) for n in self.tree.walk()):
            return "ratio"
        kinds = {a.kind for a in self.aggregates}
        if kinds == {"additive"} and all(isinstance(n, _LINEAR) for n in self.tree.walk()):
            return "additive"
        return "distinct" if kinds == {"distinct"} and isinstance(self.tree, exp.Placeholder) else "other"

    @property
    def zero_when_empty(self) -> bool:
        """Whether no rows mean 0 (sums and counts) and not an unknown value."""
        return self.kind in ("additive", "distinct")

    @property
    def homes(self) -> tuple[str, ...]:
        """The home datasets, in order of appearance."""
        return tuple(dict.fromkeys(a.home for a in self.aggregates))

    def filtered(self, conditions: tuple[Condition, ...]) -> Formula:
        """The same formula with further conditions of the catalog."""
        return replace(self, aggregates=tuple(replace(a, filter=a.filter + conditions) for a in self.aggregates))

    def restricted(self, conditions: tuple[Condition, ...]) -> Formula:
        """The same formula with further conditions of a query."""
        return replace(self, aggregates=tuple(replace(a, where=a.where + conditions) for a in self.aggregates))

    def build(self, leaf: Callable[[int], exp.Expr]) -> exp.Expr:
        """The formula as SQL, with `leaf(n)` in the place of aggregate n."""
        return self.tree.copy().transform(lambda n: leaf(int(n.name)) if isinstance(n, exp.Placeholder) else n, copy=False)


_LINEAR = (exp.Placeholder, exp.Add, exp.Sub, exp.Paren, exp.Neg)


_FORBIDDEN: tuple[tuple[tuple[type[exp.Expr], ...], Message], ...] = (
    ((exp.Block, exp.Query, exp.DDL, exp.DML, exp.Command, exp.Drop), Message("a statement or a subquery", "语句或子查询")),
    ((exp.Window,), Message("a window function", "窗口函数")),
    (
        (exp.Alias,),
        Message("two expressions without an operator between them, or a name given with AS", "两个表达式之间没有运算符，或用 AS 起了别名"),
    ),
    ((exp.Placeholder, exp.Parameter), Message("a parameter", "参数")),
)


def parse_sql(text: str, what: Message) -> exp.Expr:
    """Parses one SQL expression; raises CatalogError with the place in the text. `what` says whose it is, with a colon."""
    try:
        return sqlglot.parse_one(text, dialect=DIALECT)
    except sqlglot.errors.SqlglotError as error:
        first: Any = error.errors[0] if isinstance(error, sqlglot.errors.ParseError) and error.errors else {}
        near, detail, given = shown(str(first.get("highlight") or "").strip()), first.get("description", ""), repr(shown(text))
        en = f"the expression {given} cannot be parsed" + (f": {detail}" if detail else "") + (f" near {near!r}" if near else "")
        raise _wrong(what, en, f"无法解析表达式 {given}" + (f"，问题在 {near!r} 附近" if near else "")) from error
    except RecursionError:
        raise _too_deep(what) from None


def _wrong(what: Message, en: str, zh: str) -> CatalogError:
    said = what + Message(en, zh)
    return CatalogError(said.en, said.zh)


def _too_deep(what: Message) -> CatalogError:
    return _wrong(what, "the expression is nested too deeply; define parts of it on their own", "表达式嵌套过深，请把其中的部分单独定义")


def forbidden(tree: exp.Expr) -> Message:
    """What the expression holds that no expression of a catalog may; empty if nothing."""
    nodes = {type(node) for node in tree.walk()}
    for kinds, name in _FORBIDDEN:
        if any(issubclass(node, kinds) for node in nodes):
            return name
    return Message()


def combine(parts: Iterable[Formula], tree: Callable[..., exp.Expr]) -> Formula:
    """One formula out of several: `tree` receives their trees and returns the new one."""
    trees: list[exp.Expr] = []
    aggregates: list[Aggregate] = []
    for part in parts:
        offset = [_index(aggregates, a) for a in part.aggregates]
        trees.append(part.build(lambda n, o=offset: exp.Placeholder(this=str(o[n]))))  # type: ignore[misc]
    return Formula(tree(*trees), tuple(aggregates))


def divide(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    """top / bottom, empty where bottom is 0."""
    return exp.Div(this=top, expression=exp.Nullif(this=bottom, expression=exp.Literal.number(0)), typed=False, safe=False)


def read_formula(
    name: str,
    text: str,
    metric: Callable[[str], Formula | None],
    metric_names: Iterable[str],
    home: Callable[[set[str], Message], str],
) -> Formula:
    """Parses a metric's expression.

    `metric` returns the formula of another metric (None if there is none of that name); `home` names the
    dataset that owns an aggregate over fields of the given datasets. Raises CatalogError.
    """
    what = Message(f"metric {name}: ", f"指标 {name}：")
    aggregates: list[Aggregate] = []
    size = [0]

    def visit(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.AggFunc):
            return exp.Placeholder(this=str(_index(aggregates, _aggregate(node, what, home))))
        if isinstance(node, exp.Column):
            return _reference(node)
        for key, child in list(node.args.items()):
            if isinstance(child, exp.Expr):
                node.set(key, visit(child))
            elif isinstance(child, list):
                node.set(key, [visit(c) if isinstance(c, exp.Expr) else c for c in child])
        return _safe_division(node)

    def _reference(node: exp.Column) -> exp.Expr:
        if node.table:
            column = f"{node.table}.{node.name}"
            raise _wrong(
                what, f"{column} stands outside an aggregate; wrap it in SUM, COUNT or the like", f"{column} 不在聚合函数中，请用 SUM、COUNT 等包住"
            )
        other = metric(node.name)
        if other is None:
            near = hint(node.name, metric_names)
            raise _wrong(what, f"there is no metric {node.name}.{near.en}", f"没有指标 {node.name}。{near.zh}")
        size[0] += sum(1 for _ in other.tree.walk())
        if size[0] > MAX_NODES:
            raise _wrong(
                what, "with the metrics it is made of it is too large; use each of them fewer times", "连同所用的指标展开后过大；请减少重复引用"
            )
        offset = [_index(aggregates, a) for a in other.aggregates]
        inner = other.build(lambda n: exp.Placeholder(this=str(offset[n])))
        return inner if isinstance(inner, exp.Placeholder) else exp.Paren(this=inner)

    parsed = parse_sql(text, what)
    if held := forbidden(parsed):
        raise _wrong(
            what,
            f"the expression {text!r} holds {held.en}; write aggregates over dataset.field and names of metrics",
            f"表达式 {text!r} 含有{held.zh}；请写 dataset.field 的聚合与指标名",
        )
    try:
        tree = visit(parsed)
    except RecursionError:
        raise _too_deep(what) from None
    if not aggregates:
        raise _wrong(what, f"the expression {text!r} holds no aggregate such as SUM or COUNT", f"表达式 {text!r} 没有 SUM、COUNT 之类的聚合")
    return Formula(tree, tuple(aggregates))


def _index(aggregates: list[Aggregate], item: Aggregate) -> int:
    if item not in aggregates:
        aggregates.append(item)
    return aggregates.index(item)


def _safe_division(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Div) and not isinstance(node.expression, (exp.Nullif, exp.Literal)):
        return divide(node.this, node.expression)
    return node


def _aggregate(node: exp.AggFunc, what: Message, home: Callable[[set[str], Message], str]) -> Aggregate:
    if any(isinstance(n, exp.AggFunc) for n in node.walk() if n is not node):
        raise _wrong(
            what, "an aggregate stands inside another; define the inner one as a metric of its own", "聚合中嵌套了聚合，请把内层定义为单独的指标"
        )
    datasets = set()
    for column in node.find_all(exp.Column):
        if not column.table:
            raise _wrong(what, f"write {column.name} as dataset.field", f"{column.name} 请写成 dataset.field")
        datasets.add(column.table)
    if not datasets:
        raise _wrong(
            what, f"{node.sql(DIALECT)} names no dataset; write COUNT(dataset.*)", f"{node.sql(DIALECT)} 没有指明数据集，请写 COUNT(dataset.*)"
        )
    call = node.copy()
    if isinstance(call, exp.Count) and isinstance(call.this, exp.Column) and isinstance(call.this.this, exp.Star):
        call.set("this", exp.Star())
    return Aggregate(home(datasets, what), call)
