"""The chart of an answer: its form follows from the answer's shape, and it shows nothing but the answer's rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.answer import Answer
from assistant.answer.chart import forms_of, plan_of, spec_of
from assistant.answer.chart.picture import png, svg
from assistant.ask import Assistant
from assistant.channels.cli import app
from eval.suite import load_suite
from semantic_layer.errors import UsageError
from semantic_layer.shops import Shop

SUITES = Path(__file__).parents[2] / "eval" / "suites"
ASKED = [c.question for lang in ("zh", "en") for c in load_suite(SUITES / f"completejourney-dev-{lang}.jsonl") if c.expect == "answer"][::3]


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


def form(answer: Answer) -> str | None:
    plan = plan_of(answer)
    return plan.form if plan else None


def drawn(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of a chart, of all its panels."""
    return [row for part in spec.get("vconcat", [spec]) for row in part["data"]["values"]]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("上个月的销售额是多少", "spark"),
        ("上个月销售额环比", "bar"),
        ("2017年每个月的销售额", "line"),
        ("sales and customers by week in November", "line"),
        ("sales by department", "bar"),
        ("各部门销售额占比", "bar"),
        ("销售额按星期几", "column"),
        ("sales by month and brand", "line"),
        ("各收入档和年龄段的销售额", "heat"),
        ("sales by age group and brand", "stacked"),
        ("average basket value by age group and brand", "grouped"),
        ("top 15 households by sales and baskets", "scatter"),
    ],
)
def test_the_shape_of_an_answer_chooses_the_form(assistant: Assistant, question: str, expected: str | None) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered"
    assert form(answer) == expected
    assert (answer.chart is None) == (expected is None)


@pytest.mark.parametrize("question", ASKED)
def test_a_chart_shows_the_rows_and_is_vega_lite(assistant: Assistant, question: str) -> None:
    altair = pytest.importorskip("altair")
    answer = assistant.ask(question)
    for wanted in forms_of(answer):
        plan = plan_of(answer, wanted)
        assert plan is not None
        spec = json.loads(json.dumps(spec_of(answer, plan), default=str))
        altair.Chart.from_dict({k: v for k, v in spec.items() if k != "$schema"})  # raises what is no Vega-Lite
        values = [v for row in drawn(spec) for k, v in row.items() if k in ("value", "x", "y") and v is not None]
        rows = answer.trend.rows if wanted == "spark" and answer.trend else answer.rows
        cells = {float(v) for row in rows for v in row if isinstance(v, (int, float))}
        beyond = [v for v in values if not any(abs(v - c) <= 1e-9 * max(1.0, abs(c)) for c in cells)]
        if not plan.folded:
            assert not beyond
        elif wanted in ("bar", "column", "pie"):
            at = plan.values[0]
            assert sum(row["value"] for row in drawn(spec) if row["value"] is not None and row["series"] == answer.columns[at].label) == pytest.approx(
                sum(row[at] for row in answer.rows if row[at] is not None)
            )


def test_many_members_are_put_together_or_said_to_be_left_out(assistant: Assistant) -> None:
    departments = assistant.ask("sales by department")
    assert len(departments.rows) > 20
    assert departments.chart and len(drawn(departments.chart)) == 20
    assert drawn(departments.chart)[-1]["key"].endswith("others")
    assert "others" in departments.chart["title"]["subtitle"]
    average = assistant.ask("average basket value by store")
    assert average.chart and len(drawn(average.chart)) == 20
    assert "not drawn" in average.chart["title"]["subtitle"]


def test_customers_of_groups_are_never_added_up(assistant: Assistant) -> None:
    answer = assistant.ask("customers by department")
    plan = plan_of(answer)
    assert plan is not None
    assert not plan.folded
    assert "pie" not in forms_of(answer)


def test_a_period_that_is_not_over_is_no_fall(assistant: Assistant) -> None:
    answer = assistant.ask("sales by month")
    assert answer.chart
    marked = [row["key"] for row in drawn(answer.chart) if row.get("partial")]
    assert marked == ["2018-01"]


def test_two_members_of_one_name_stay_two() -> None:
    columns: list[Any] = [
        {"name": "city", "label": "city", "type": "string", "role": "dimension", "names": {"a": "Springfield", "b": "Springfield"}},
        {"name": "sales", "label": "sales", "type": "number", "role": "metric"},
    ]
    answer = Answer.model_validate({"id": "1", "question": "", "status": "answered", "columns": columns, "rows": [["a", 1], ["b", 2]]})
    plan = plan_of(answer)
    assert plan is not None
    assert len({row["key"] for row in drawn(spec_of(answer, plan))}) == 2


def test_pictures(assistant: Assistant) -> None:
    pytest.importorskip("vl_convert")
    answer = assistant.ask("2017年每个月的销售额")
    assert answer.chart
    assert png(answer.chart).startswith(b"\x89PNG")
    assert "销售额" in svg(answer.chart, dark=True)


def test_the_command_writes_charts(tmp_path: Path) -> None:
    run = CliRunner()
    file = tmp_path / "chart.json"
    result = run.invoke(app, ["ask", "sales by department", "--shop", "completejourney", "--chart", str(file)])
    assert result.exit_code == 0, result.output
    assert json.loads(file.read_text(encoding="utf-8"))["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    refused = run.invoke(app, ["ask", "sales by department", "--shop", "completejourney", "--chart", str(tmp_path / "chart.gif")])
    assert isinstance(refused.exception, UsageError)


def test_the_form_asked_for(assistant: Assistant) -> None:
    answer = assistant.ask("用饼图看各部门销售额")
    assert (answer.status, answer.form) == ("answered", "pie")
    assert answer.chart and answer.chart["layer"][0]["mark"]["type"] == "arc"
    impossible = assistant.ask("average basket value by store as a pie chart")
    assert impossible.status == "answered" and impossible.chart
    assert any("Pie" in caveat for caveat in impossible.caveats)
    assert assistant.ask("用表格列出各部门销售额").chart is None


def test_another_form_is_a_follow_up(assistant: Assistant) -> None:
    first = assistant.ask("sales by department", conversation="forms")
    again = assistant.ask("as a column chart", conversation="forms")
    assert again.status == "answered" and again.rows == first.rows
    assert again.form == "column"
    assert assistant.ask("换成饼图", conversation="nothing yet").status == "refused"
