"""Words and numbers that only look like time, and what time leaves to others."""

from __future__ import annotations

import pytest

from .clocks import SHOP, meanings, said

NOTHING = (
    "may I see total sales",
    "customers who may churn",
    "how may we help",
    "the march of customers",
    "march on",
    "households with income 50-74K",
    "households with 2 adults",
    "19-24 households",
    "age 35-44",
    "1% milk sales",
    "1/2 gallon milk",
    "top 5 departments",
    "store 2017 sales",
    "household 2017",
    "more than 2017 baskets",
    "COKE 12 PACK 2L",
    "7 up sales",
    "products bought 3 times",
    "a second time",
    "the first purchase",
    "second brand",
    "sun care sales",
    "spring water",
    "fall in sales",
    "Christmas candy",
    "quarter pounder",
    "half of customers",
    "第2名的门店",
    "前10名门店",
    "前三的部门",
    "一周年庆",
    "一天到晚都在买什么",
    "3月龄宝宝用品",
    "3号店的销售额",
    "销售额超过2017元的门店",
    "本周期",
    "各年龄段的销售额",
    "按年龄看客户",
    "45-54岁家庭的销售额",
    "月饼销售",
    "日用品",
    "季节性商品",
    "周黑鸭",
    "生日蛋糕",
    "天然水",
    "以上海为例",
    "最近一次购买",
    "超过30天未购买",
    "购买次数3次以上",
    "一共卖了多少",
    "一半客户",
)


@pytest.mark.parametrize("question", NOTHING)
def test_no_time(question: str) -> None:
    assert said(question, SHOP) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("本周一共卖了多少", ["本周 = 2018-01-01..2018-01-08 week"]),
        ("5月3家门店的销售额", ["5月 = 2017-05-01..2017-06-01 month"]),
        ("5月前3名门店", ["5月 = 2017-05-01..2017-06-01 month"]),
        (
            "去年12月生鲜部门的周末销售额同比增长多少",
            [
                "去年12月 = 2017-12-01..2018-01-01 month",
                "周末 = on 6,7",
                "同比 = vs last_year",
            ],
        ),
        ("Top 3 stores per quarter in 2017", ["per quarter = grain quarter per", "2017 = 2017-01-01..2018-01-01 year"]),
        (
            "customers who bought in May and not in June",
            [
                "may = 2017-05-01..2017-06-01 month",
                "june = 2017-06-01..2017-07-01 month",
            ],
        ),
        ("5月比4月增长多少", ["5月 = 2017-05-01..2017-06-01 month", "4月 = 2017-04-01..2017-05-01 month"]),
        ("12月24日到1月1日", ["12月24日到1月1日 = 2017-12-24..2018-01-02 day"]),
        ("in May 5 stores had no sales", ["may = 2017-05-01..2017-06-01 month"]),
        ("周一、三、五的销售", ["周一、三、五 = on 1,3,5"]),
        ("最近一季度", ["最近一季度 = 2017-10-01..2018-01-01 quarter"]),
        ("Q4'16", ["q4'16 = 2016-10-01..2017-01-01 quarter"]),
        ("对比上月和上上月", ["上月 = 2017-12-01..2018-01-01 month", "上上月 = 2017-11-01..2017-12-01 month"]),
        (
            "May 1 to 7 vs April 24 to 30",
            [
                "may 1 to 7 = 2017-05-01..2017-05-08 day",
                "april 24 to 30 = 2017-04-24..2017-05-01 day",
            ],
        ),
        ("Tuesday through Thursday last week", ["tuesday through thursday last week = 2017-12-26..2017-12-29 day"]),
        ("上個月的銷售額", ["上个月 = 2017-12-01..2018-01-01 month"]),
    ],
)  # fmt: skip
def test_only_the_words_of_time_are_taken(question: str, expected: list[str]) -> None:
    assert said(question, SHOP) == expected


@pytest.mark.parametrize(
    "question",
    [
        "去年双11到双12",
        "昨天比上周同期",
        "from May to Christmas season",
        "3、5月",
        "三月第六个周末",
        "2017年第54周",
    ],
)
def test_what_is_not_understood_is_never_half_read(question: str) -> None:
    assert "?" in meanings(question, SHOP)
