"""Which form of chart a question asks for, and what it asks without those words."""

from __future__ import annotations

import pytest

from assistant.language.chart_words import chart_asked


@pytest.mark.parametrize(
    ("question", "form", "rest"),
    [
        ("用饼图展示各部门销售额", "pie", "各部门销售额"),
        ("各部门销售额，做成饼图", "pie", "各部门销售额"),
        ("画个图看看每月客户数", "any", "看每月客户数"),
        ("可视化一下每月客户数", "any", "每月客户数"),
        ("用表格列出各门店销售额", "table", "列出各门店销售额"),
        ("show me a pie chart of sales by department", "pie", "sales by department"),
        ("sales by month as a line chart", "line", "sales by month"),
        ("plot sales by month", "any", "sales by month"),
        ("in table form, sales by brand", "table", "sales by brand"),
    ],
)
def test_a_form_beside_a_question(question: str, form: str, rest: str) -> None:
    found = chart_asked(question)
    assert found is not None and not found.only
    assert (found.form, found.rest) == (form, rest)


@pytest.mark.parametrize(
    ("question", "form"),
    [("换成柱状图", "column"), ("再画个折线图吧", "line"), ("把它换成表格", "table"), ("pie chart instead, please", "pie"), ("show it as a heat map", "heat")],
)
def test_nothing_but_a_form(question: str, form: str) -> None:
    found = chart_asked(question)
    assert found is not None and found.only
    assert found.form == form


@pytest.mark.parametrize(
    "question",
    ["sales of graph paper", "图书的销售额", "画图铅笔的销量", "模型图纸卖了多少", "“饼图”的销量", "雷达图", "sales by line of business", "tablets sold in May", "折线图还是饼图"],
)
def test_no_form(question: str) -> None:
    assert chart_asked(question) is None
