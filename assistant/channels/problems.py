"""What a check found, as lines for people or as JSON for editors and CI."""

from __future__ import annotations

import json
from collections.abc import Sequence

from semantic_layer.catalog.source import Problem


def errors(problems: Sequence[Problem]) -> int:
    """How many of the problems are errors; the others are warnings."""
    return sum(p.severity == "error" for p in problems)


def as_text(shop: str, problems: Sequence[Problem], lang: str) -> str:
    """A sentence, then a line for each problem."""
    wrong = errors(problems)
    warnings = len(problems) - wrong
    if lang == "zh":
        said = f"店铺 {shop} 的目录有 {wrong} 处错误" if wrong else f"店铺 {shop} 的目录没有错误"
        said += f"，{warnings} 条警告" if warnings else ""
    else:
        said = f"The catalog of {shop} has {wrong} problem(s)" if wrong else f"The catalog of {shop} has no problems"
        said += f", {warnings} warning(s)" if warnings else ""
    lines = [f"  {p.text(lang)}" for p in problems]
    return "\n".join([said + ("：" if lang == "zh" else ":"), *lines]) if lines else said + ("。" if lang == "zh" else ".")


def as_json(problems: Sequence[Problem], lang: str) -> str:
    """An object with the counts and the problems; line and column count from 1 and are null where they are not known."""
    listed = [
        {
            "file": p.place.file,
            "line": p.place.line or None,
            "column": p.place.column or None,
            "field": p.field,
            "rule": p.rule,
            "severity": p.severity,
            "message": p.said(lang),
        }
        for p in problems
    ]
    wrong = errors(problems)
    return json.dumps({"errors": wrong, "warnings": len(problems) - wrong, "problems": listed}, ensure_ascii=False, indent=2)
