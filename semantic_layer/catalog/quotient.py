"""A metric as one sum divided by another, where its expression is that: what a rate is made of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog.expressions import Aggregate, Formula


@dataclass(frozen=True)
class Quotient:
    """Sums of aggregates, each with its factor: `top` divided by `bottom`."""

    top: tuple[tuple[float, Aggregate], ...]
    bottom: tuple[tuple[float, Aggregate], ...]


def quotient(formula: Formula) -> Quotient | None:
    """The two sums of a rate or of an average; None where the formula is something else."""
    scale, tree = 1.0, _bare(formula.tree)
    if isinstance(tree, exp.Placeholder):
        return _average(formula.aggregates[int(tree.name)])
    if isinstance(tree, exp.Mul):  # a / b * 100
        for one, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
            if isinstance(_bare(one), exp.Div) and (number := _number(other)) is not None:
                scale, tree = number, _bare(one)
                break
    if not isinstance(tree, exp.Div):
        return None
    top, bottom = _linear(tree.this, scale), _linear(tree.expression, 1.0)
    if not top or not bottom:
        return None
    return Quotient(_of(formula, top), _of(formula, bottom))


def _average(aggregate: Aggregate) -> Quotient | None:
    if not isinstance(aggregate.call, exp.Avg) or not isinstance(aggregate.call.this, exp.Column):
        return None
    column = aggregate.call.this
    parts = [Aggregate(aggregate.home, call(this=column.copy()), aggregate.filter, aggregate.where) for call in (exp.Sum, exp.Count)]
    return Quotient(((1.0, parts[0]),), ((1.0, parts[1]),))


def _of(formula: Formula, terms: dict[int, float]) -> tuple[tuple[float, Aggregate], ...]:
    return tuple((factor, formula.aggregates[number]) for number, factor in terms.items() if factor)


def _linear(tree: exp.Expr, scale: float) -> dict[int, float] | None:
    """The factor of each aggregate in a sum; None where the tree is no sum of aggregates."""
    tree = _bare(tree)
    if isinstance(tree, exp.Placeholder):
        return {int(tree.name): scale}
    if isinstance(tree, exp.Neg):
        return _linear(tree.this, -scale)
    if isinstance(tree, (exp.Add, exp.Sub)):
        left = _linear(tree.this, scale)
        right = _linear(tree.expression, -scale if isinstance(tree, exp.Sub) else scale)
        if left is None or right is None:
            return None
        return {n: left.get(n, 0.0) + right.get(n, 0.0) for n in (*left, *right)}
    if isinstance(tree, exp.Mul):
        for one, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
            if (number := _number(one)) is not None:
                return _linear(other, scale * number)
    return None


def _bare(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, (exp.Paren, exp.Nullif)):
        tree = tree.this
    return tree


def _number(tree: exp.Expr) -> float | None:
    tree = _bare(tree)
    return float(tree.name) if isinstance(tree, exp.Literal) and not tree.is_string else None
