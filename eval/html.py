"""A run as one page that an operator can read: nothing from outside, no scripts, in Chinese or English."""

from __future__ import annotations

import json
from functools import cache, partial
from importlib import resources
from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined

from eval.grade import VERDICTS
from eval.paraphrases import Robustness
from eval.summary import Outcome, Summary
from eval.table import Table, answer_table
from semantic_layer.errors import UsageError

SHOWN_ROWS = 8
LATENCIES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))


def write_html(summary: Summary, path: Path, lang: str, wordings: Robustness | None = None, *, show_failures: bool | None = None) -> None:
    """Writes the page. Raises UsageError where the file cannot be written."""
    try:
        path.write_text(html(summary, lang, wordings, show_failures=show_failures), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", f"无法写入 {path}：{error.strerror}。") from None


def html(summary: Summary, lang: str, wordings: Robustness | None = None, *, show_failures: bool | None = None) -> str:
    """The page. Of a test suite it holds no question, unless `show_failures` asks for them."""
    shown = not summary.is_test if show_failures is None else show_failures
    say = partial(_word, lang)
    return _environment().from_string(_text("report.html.j2")).render(
        t=say,
        lang=lang,
        summary=summary,
        verdicts=VERDICTS,
        langs={**summary.by_lang, "all": summary.overall},
        lang_name=say,
        as_is=str,
        wordings=wordings,
        latencies=_latencies(summary, say("slowest")),
        failures=[o for o in summary.outcomes if not o.grade.expected] if shown else None,
        needed=_needed,
        found=_found,
        choices=_choices,
        shown_rows=SHOWN_ROWS,
    )


def _latencies(summary: Summary, slowest: str) -> list[tuple[str, float]]:
    found = [(name, summary.latency(part)) for name, part in (*LATENCIES, (slowest, 1.0))]
    return [(name, ms) for name, ms in found if ms is not None]


def _needed(outcome: Outcome) -> Table | None:
    """The gold columns that have to show."""
    gold = outcome.gold
    return gold and gold.only(outcome.case.must or gold.columns)


def _found(outcome: Outcome) -> Table | None:
    """The table of the answer, its columns named as people see them."""
    table = answer_table(outcome.answer or {})
    return table and Table([label or name for name, label in zip(table.columns, table.labels, strict=True)], table.rows)


def _choices(outcome: Outcome) -> list[str]:
    """What was offered instead of an answer, or beside one."""
    answer = outcome.answer or {}
    offered = answer.get("choices") or answer.get("nearest") or []
    return [str(each.get("text", "")) for each in offered if isinstance(each, dict)]


@cache
def _environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["share"] = lambda value: f"{value:.1%}"
    environment.filters["css"] = lambda value: f"{value:.2%}"
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.filters["cell"] = _cell
    return environment


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:,.2f}"
    return str(value)


def _word(lang: str, key: str, **parts: object) -> str:
    return _words()[key][lang].format(**parts)


@cache
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(_text("report_words.yaml"))
    return loaded


def _text(name: str) -> str:
    return resources.files("eval").joinpath(name).read_text(encoding="utf-8")
