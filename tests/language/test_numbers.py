"""Numbers in digits, Chinese numerals and English words."""

from __future__ import annotations

import pytest

from assistant.language import find_numbers, normalise

ONE = {
    "5个门店": ("5", 5, "number"),
    "top 10": ("10", 10, "number"),
    "1,234": ("1,234", 1234, "number"),
    "$1,234.50": ("1,234.50", 1234.5, "number"),
    "1234567": ("1234567", 1_234_567, "number"),
    "3.5": ("3.5", 3.5, "number"),
    "above -5": ("-5", -5, "number"),
    "30k": ("30k", 30_000, "number"),
    "30K sales": ("30k", 30_000, "number"),
    "2.5m": ("2.5m", 2_500_000, "number"),
    "1bn": ("1bn", 1_000_000_000, "number"),
    "10w": ("10w", 100_000, "number"),
    "1.5亿": ("1.5亿", 150_000_000, "number"),
    "3千": ("3千", 3_000, "number"),
    "2万": ("2万", 20_000, "number"),
    "3百万": ("3百万", 3_000_000, "number"),
    "2千万": ("2千万", 20_000_000, "number"),
    "3万5": ("3万5", 35_000, "number"),
    "3万5千": ("3万5千", 35_000, "number"),
    "１２个": ("12", 12, "number"),
    "1.5 million": ("1.5 million", 1_500_000, "number"),
    "20 thousand": ("20 thousand", 20_000, "number"),
    "三千五": ("三千五", 3_500, "number"),
    "两百五": ("两百五", 250, "number"),
    "两万三": ("两万三", 23_000, "number"),
    "两千万": ("两千万", 20_000_000, "number"),
    "廿五": ("廿五", 25, "number"),
    "一万零五": ("一万零五", 10_005, "number"),
    "一千零一十": ("一千零一十", 1_010, "number"),
    "一百二十三万": ("一百二十三万", 1_230_000, "number"),
    "一万二千三百四十五": ("一万二千三百四十五", 12_345, "number"),
    "一亿三千万": ("一亿三千万", 130_000_000, "number"),
    "三亿五千万": ("三亿五千万", 350_000_000, "number"),
    "超过三百": ("三百", 300, "number"),
    "十五": ("十五", 15, "number"),
    "二十": ("二十", 20, "number"),
    "五十万": ("五十万", 500_000, "number"),
    "百万": ("百万", 1_000_000, "number"),
    "一点五": ("一点五", 1.5, "number"),
    "二〇一七": ("二〇一七", 2017, "number"),
    "前十名": ("十", 10, "number"),
    "前五个部门": ("五", 5, "number"),
    "三个门店": ("三", 3, "number"),
    "两次以上": ("两", 2, "number"),
    "五千七百萬": ("五千七百万", 57_000_000, "number"),
    "百分之二十": ("百分之二十", 0.2, "percent"),
    "百分之12.5": ("百分之12.5", 0.125, "percent"),
    "20%": ("20%", 0.2, "percent"),
    "12.5％": ("12.5%", 0.125, "percent"),
    "二十%": ("二十%", 0.2, "percent"),
    "20 percent": ("20 percent", 0.2, "percent"),
    "1% milk": ("1%", 0.01, "percent"),
    "三成": ("三成", 0.3, "percent"),
    "两成半": ("两成半", 0.25, "percent"),
    "一半": ("一半", 0.5, "fraction"),
    "half of them": ("half", 0.5, "fraction"),
    "三分之一": ("三分之一", 1 / 3, "fraction"),
    "1/4": ("1/4", 0.25, "fraction"),
    "第三": ("第三", 3, "ordinal"),
    "第12名": ("第12", 12, "ordinal"),
    "3rd": ("3rd", 3, "ordinal"),
    "the fifth": ("fifth", 5, "ordinal"),
    "five stores": ("five", 5, "number"),
    "twenty-five": ("twenty-five", 25, "number"),
    "a dozen": ("a dozen", 12, "number"),
    "two dozen": ("two dozen", 24, "number"),
    "a hundred": ("a hundred", 100, "number"),
    "two hundred and five": ("two hundred and five", 205, "number"),
    "three million": ("three million", 3_000_000, "number"),
    "one hundred and twenty thousand five hundred": (
        "one hundred and twenty thousand five hundred", 120_500, "number",
    ),
}  # fmt: skip

NONE = (
    "一线城市", "一下", "一共", "统一", "一起", "一些", "十分好", "百货", "四川", "三明治", "唯一", "周一",
    "星期三", "一次性",
    "everyone", "no one", "which one", "someone", "tone", "q2", "12oz", "h1", "cotton",
)  # fmt: skip


@pytest.mark.parametrize("text", ONE)
def test_a_number(text: str) -> None:
    words, value, kind = ONE[text]
    plain = normalise(text).text
    (found,) = find_numbers(plain)
    assert (plain[found.start : found.end], found.kind) == (words, kind)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("text", NONE)
def test_not_inside_words(text: str) -> None:
    assert find_numbers(text) == []


def test_several_in_order() -> None:
    text = "销售额大于3万且占比超过20%的前5个部门"
    assert [(text[span.start : span.end], span.value) for span in find_numbers(text)] == [
        ("3万", 30_000),
        ("20%", 0.2),
        ("5", 5),
    ]


def test_a_band_is_two_numbers() -> None:
    assert [span.value for span in find_numbers("50-74k")] == [50_000, 74_000]


# The low end of a range, in the scale or the percent that stands only at its high end.
OF_ONE_SCALE = {
    "between 10 and 50 grand": [10_000, 50_000],
    "in 3和5万之间": [3, 50_000],
    "在3和5万之间": [30_000, 50_000],
    "三到五千": [3_000, 5_000],
    "20-30w": [200_000, 300_000],
    "between ten and fifty thousand": [10_000, 50_000],
    "10 to 20%": [0.1, 0.2],
    "3到5成": [0.3, 0.5],
    "between 500 and 2k": [500, 2_000],
    "the top 5 and 10k": [5, 10_000],
    "10到2000": [10, 2_000],
}


@pytest.mark.parametrize("text", OF_ONE_SCALE)
def test_the_two_ends_of_a_range_are_of_one_scale(text: str) -> None:
    assert [n.value for n in find_numbers(text)] == OF_ONE_SCALE[text]


@pytest.mark.parametrize("text", ["花了一两万", "三五百块", "三五万"])
def test_about_so_many_is_no_number(text: str) -> None:
    assert find_numbers(text) == []
