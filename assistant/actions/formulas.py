"""Arithmetic of playbooks: + - * / over named figures, min, max and round; and the same written out with their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from semantic_layer.errors import InvalidValue

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_CALLS: dict[str, Callable[..., float]] = {"min": min, "max": max, "round": round}
_SIGNS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷"}
_MAX = 300


def parsed(formula: str) -> ast.expr:
    """The tree of a formula. Raises InvalidValue for what is no arithmetic."""
    try:
        tree = ast.parse(formula, mode="eval").body if len(formula) <= _MAX else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None or not _known(tree):
        raise InvalidValue(
            "a formula consists of names, numbers, + - * / and brackets, min, max, round", "公式由名称、数字、+ - * / 和括号、min、max、round 组成"
        )
    return tree


def _known(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return type(node.op) in _BINARY and _known(node.left) and _known(node.right)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and _known(node.operand)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _CALLS and bool(node.args) and not node.keywords and all(map(_known, node.args))
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and type(node.value) in (int, float))


def names_in(formula: str) -> set[str]:
    """The figures that a formula needs. Raises InvalidValue."""
    return {n.id for n in ast.walk(parsed(formula)) if isinstance(n, ast.Name)} - set(_CALLS)


def value_of(formula: str, values: Mapping[str, float | None]) -> float | None:
    """The value; None where a figure is unknown or something is divided by zero. Raises InvalidValue."""
    tree = parsed(formula)
    if any(values.get(name) is None for name in names_in(formula)):
        return None
    try:
        return float(_value(tree, values))
    except (ZeroDivisionError, OverflowError):
        return None


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float:
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values)
    if isinstance(node, ast.Call):
        return _CALLS[ast.unparse(node.func)](*(_value(a, values) for a in node.args))
    if isinstance(node, ast.Name):
        return float(values[node.id] or 0.0)
    assert isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
    return float(node.value)


def written_out(formula: str, shown: Mapping[str, str]) -> str:
    """The formula with each figure as people read it: (¥0.05 + 6.1% × 0.7 × ¥20) ÷ ..."""
    return _written(parsed(formula), shown, 0)


def _written(node: ast.expr, shown: Mapping[str, str], above: int) -> str:
    if isinstance(node, ast.BinOp):
        own = 1 if isinstance(node.op, (ast.Add, ast.Sub)) else 2
        right = own + (isinstance(node.op, (ast.Sub, ast.Div)))
        text = f"{_written(node.left, shown, own)} {_SIGNS[type(node.op)]} {_written(node.right, shown, right)}"
        return f"({text})" if own < above else text
    if isinstance(node, ast.UnaryOp):
        return f"−{_written(node.operand, shown, 3)}"
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        inner = ", ".join(_written(a, shown, 0) for a in node.args)
        return inner if name == "round" else f"{name}({inner})"
    if isinstance(node, ast.Name):
        return shown.get(node.id, node.id)
    return f"{node.value:g}"  # type: ignore[attr-defined]
