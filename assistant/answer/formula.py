"""The formula of a metric in words: its arithmetic with the names that people use, and the rows that count."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from assistant.answer.say import Speaker
from semantic_layer.catalog.expressions import parse_sql
from semantic_layer.errors import Message, UnknownNameError

_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "−", exp.Mul: "×", exp.Div: "÷"}
_AGGREGATES: dict[type[exp.Expr], str] = {exp.Sum: "formula_sum", exp.Avg: "formula_avg", exp.Min: "formula_min", exp.Max: "formula_max"}


def formula(name: str, speaker: Speaker) -> str:
    """How a metric is computed. Raises UnknownNameError, CatalogError."""
    spec = speaker.catalog.metric(name)
    said = _Words(speaker).of(parse_sql(spec.expression, Message(f"metric {name}: ", f"指标 {name}：")))
    return speaker.word("formula_where", formula=said, conditions=speaker.conditions(spec.filter)) if spec.filter else said


def parts(name: str, speaker: Speaker) -> list[str]:
    """The metrics that a metric is made of directly. Raises UnknownNameError, CatalogError."""
    tree = parse_sql(speaker.catalog.metric(name).expression, Message(f"metric {name}: ", f"指标 {name}："))
    named = (c.name for c in tree.find_all(exp.Column) if not c.table)
    return [m for m in dict.fromkeys(named) if m in speaker.catalog.spec.metrics]


class _Words:
    """Puts an expression into one language; what has no words stays SQL, with its columns named."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def of(self, tree: exp.Expr) -> str:
        """The whole expression."""
        for kinds, said in self._known:
            if isinstance(tree, kinds):
                return said(tree)
        return self._sql(tree)

    @property
    def _known(self) -> tuple[tuple[tuple[type[exp.Expr], ...], Callable[[exp.Expr], str]], ...]:
        return (
            ((exp.Column,), self._column),
            ((exp.Paren,), lambda tree: f"({self.of(tree.this)})"),
            (tuple(_SIGNS), lambda tree: f"{self.of(tree.this)} {_SIGNS[type(tree)]} {self.of(tree.expression)}"),
            ((exp.Nullif,), lambda tree: self.of(tree.this)),  # guards a division by zero
            ((exp.Coalesce, exp.Cast), lambda tree: self.of(tree.this)),
            ((exp.Count,), self._count),
            (tuple(_AGGREGATES), lambda tree: self._speaker.word(_AGGREGATES[type(tree)], what=self._whole(tree.this))),
        )

    def _whole(self, tree: exp.Expr) -> str:
        """In brackets where it is arithmetic."""
        return f"({self.of(tree)})" if isinstance(tree, tuple(_SIGNS)) else self.of(tree)

    def _column(self, tree: exp.Expr) -> str:
        assert isinstance(tree, exp.Column)
        catalog = self._speaker.catalog
        try:
            if tree.table:
                return self._speaker.field(f"{tree.table}.{tree.name}")
            return catalog.metric(tree.name).label.get(self._speaker.lang) or tree.name
        except UnknownNameError:
            return tree.name

    def _count(self, tree: exp.Expr) -> str:
        held = tree.this
        if isinstance(held, exp.Distinct):
            named = self._speaker.join([self.of(e) for e in held.expressions])
            return self._speaker.word("formula_distinct", what=named)
        return self._speaker.word("formula_count", what=self._counted(held))

    def _counted(self, held: exp.Expr) -> str:
        """What rows are counted of: the dataset, where its key or its star is."""
        if isinstance(held, exp.Column) and held.table in self._speaker.catalog.spec.datasets:
            return self._speaker.catalog.dataset(held.table).label.get(self._speaker.lang) or held.table
        return self.of(held)

    def _sql(self, tree: exp.Expr) -> str:
        def named(node: exp.Expr) -> exp.Expr:
            return exp.column(self._column(node), quoted=False) if isinstance(node, exp.Column) else node

        return tree.copy().transform(named).sql(dialect="duckdb")
