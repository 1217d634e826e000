"""The chart of an answer: its form follows from the answer's shape, and it shows nothing but the answer's rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.answer import Answer
from assistant.answer.chart import forms_of, plan_of, spec_of
from assistant.answer.chart.picture import png, svg
from assistant.ask import Assistant
from assistant.channels.cli import app
from eval.agreement import disagreements
from eval.suite import load_suite
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.conftest import MakeShop

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
        ("sales and baskets by store", "scatter"),
        ("top 15 households by sales and baskets", "bar"),
        ("top 3 categories by sales in each department", "bar"),
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


@pytest.fixture(scope="module")
def mall(assistant_of: Callable[[str], Assistant]) -> Assistant:
    return assistant_of("mall")


def test_the_trend_beside_a_figure_ends_with_it(assistant: Assistant) -> None:
    answer = assistant.ask("上个月的销售额是多少")
    assert answer.trend and answer.chart and len(answer.rows) == 1
    last = drawn(answer.chart)[-1]
    assert last["key"] == "2017-12" and last["value"] == pytest.approx(answer.rows[0][0])
    assert len(drawn(answer.chart)) == 12  # the year that the data cover
    kept = Answer.model_validate(answer.to_json(kept=True))
    again = plan_of(kept)
    assert again is not None and [d["value"] for d in drawn(spec_of(kept, again))] == [d["value"] for d in drawn(answer.chart)]


@pytest.mark.parametrize("question", ["number of targeted households", "repeat customers in May", "上个月复购率"])
def test_what_has_no_time_or_looks_at_whole_histories_has_no_trend(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered" and len(answer.rows) == 1 and answer.trend is None


def test_provinces_are_a_map(mall: Assistant) -> None:
    answer = mall.ask("上个月各省份的销售额")
    assert not disagreements(answer)
    assert answer.chart and form(answer) == "map"
    tiles = {d["name"]: d["value"] for d in drawn(answer.chart)}
    assert len(tiles) == 34 and tiles["台湾"] is None
    assert tiles["浙江"] == next(row[1] for row in answer.rows if row[0] == "浙江")
    places = [(d["column"], d["row"]) for d in drawn(answer.chart)]
    assert len(set(places)) == 34
    assert form(mall.ask("上个月销售额最高的10个省份")) == "bar"  # an order is read from bars
    assert form(mall.ask("上个月各大区的销售额")) == "bar"


def test_steps_that_follow_each_other_are_a_funnel_whatever_their_order(mall: Assistant) -> None:
    answer = mall.ask("6月支付访客数、浏览人数、下单访客数、加购人数")
    assert not disagreements(answer)
    assert answer.chart and form(answer) == "funnel"
    steps = drawn(answer.chart)
    assert [d["key"] for d in steps] == ["浏览人数", "加购人数", "下单访客数", "支付访客数"]
    assert steps[1]["rate"] == f"{steps[1]['value'] / steps[0]['value']:.1%}"
    assert form(mall.ask("6月浏览人数和销售额")) is None
    assert form(mall.ask("用漏斗图看上个月各类目的销售额")) == "bar"
    assert mall.ask("用漏斗图看上个月各类目的销售额").form == "funnel"


def test_two_periods_are_a_heat_map() -> None:
    columns: list[Any] = [
        {"name": "joined", "label": "joined", "type": "date", "role": "time", "grain": "month"},
        {"name": "month", "label": "month", "type": "date", "role": "time", "grain": "month"},
        {"name": "buyers", "label": "buyers", "type": "integer", "role": "metric"},
    ]
    rows = [[f"2025-0{a}-01", f"2025-0{b}-01", 10 * a + b] for a in range(1, 6) for b in range(a, 7)]
    answer = Answer.model_validate({"id": "1", "question": "", "status": "answered", "columns": columns, "rows": rows})
    assert form(answer) == "heat"


@pytest.mark.parametrize("n", [2, 200])
def test_two_categories_and_two_hundred_are_readable(n: int) -> None:
    columns: list[Any] = [
        {"name": "shop", "label": "shop", "type": "string", "role": "dimension"},
        {"name": "sales", "label": "sales", "type": "number", "role": "metric", "adds": True},
    ]
    answer = Answer.model_validate(
        {"id": "1", "question": "", "status": "answered", "columns": columns, "rows": [[f"shop {i}", 1000 - i] for i in range(n)]}
    )
    for wanted in forms_of(answer):
        plan = plan_of(answer, wanted)
        assert plan is not None
        shown = {d["key"] for d in drawn(spec_of(answer, plan))}
        assert len(shown) == min(n, len(shown)) <= 20
        assert len(shown) - plan.folded + plan.rest == n


def test_an_hour_without_rows_keeps_its_place(make_shop: MakeShop) -> None:
    fields = {"at": {"kind": "time", "type": "datetime"}, "id": {"kind": "key"}}
    catalog = {"datasets": {"orders": {"time": "at", "fields": fields}}, "metrics": {"n": {"expression": "COUNT(orders.*)", "format": "integer", "default": True}}}
    rows = "CREATE TABLE orders AS SELECT TIMESTAMP '2017-05-01 00:30:00' + INTERVAL (h) HOUR AS at, h AS id FROM (VALUES (8), (9), (9), (12)) t(h)"
    answer = Assistant(make_shop(catalog, rows)).ask("n by hour of the day in May")
    spec = answer.chart or {}
    assert spec["encoding"]["x"]["scale"]["domain"] == ["8", "9", "10", "11", "12"]
    assert [row["value"] for row in drawn(spec)] == [1, 2, 1] and not disagreements(answer)


def test_metrics_without_a_panel_are_named(assistant: Assistant) -> None:
    metrics = ["sales", "baskets", "customers", "units", "average_basket_value"]
    query = SemanticQuery.model_validate({"metrics": metrics, "group_by": [{"field": "products.department"}]})
    answer = assistant.answer(query, "en")
    assert len((answer.chart or {})["vconcat"]) == 4
    assert f"not drawn: {answer.columns[-1].label}" in (answer.chart or {})["title"]["subtitle"]
