"""One spelling, and the way back to the original."""

from __future__ import annotations

import pytest

from assistant.language import is_chinese, normalise


@pytest.mark.parametrize(
    ("original", "plain"),
    [
        ("Sales In MAY", "sales in may"),
        ("ＧＭＶ　２０１７", "gmv 2017"),
        ("上個月的銷售額", "上个月的销售额"),
        ("  a \t\n  b  ", "a b"),
        ("sa\u200bles\ufeff", "sales"),
        ("it’s “fresh” – ok", "it's \"fresh\" - ok"),
        ("5月～7月", "5月~7月"),
        ("20％，好", "20%,好"),
        ("Straße", "strasse"),
        ("cafe\u0301", "caf\u00e9"),
        ("①", "1"),
        ("a\x00b", "ab"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_one_spelling(original: str, plain: str) -> None:
    assert normalise(original).text == plain


@pytest.mark.parametrize(
    ("original", "plain", "quoted"),
    [
        ("  上個月  ＧＭＶ", "gmv", "ＧＭＶ"),
        ("的「銷售額」 多少", "销售额", "銷售額"),
        ("sa\u200bles now", "sales", "sa\u200bles"),
        ("Straße 5", "strasse", "Straße"),
        ("in  CAFE\u0301s", "caf\u00e9s", "CAFE\u0301s"),
    ],
)
def test_the_original_words_can_be_quoted(original: str, plain: str, quoted: str) -> None:
    normal = normalise(original)
    start = normal.text.index(plain)
    assert normal.quote(start, start + len(plain)) == quoted


@pytest.mark.parametrize("text", ["上個月 ＧＭＶ…", "ﬁne ½ cup", "繁體字與简体", "e\u0301\u0302x", "日本語ｶﾞ"])
def test_every_character_has_a_place(text: str) -> None:
    normal = normalise(text)
    assert len(normal.offsets) == len(normal.text)
    assert list(normal.offsets) == sorted(normal.offsets)
    assert all(0 <= at < len(text) for at in normal.offsets)


def test_normalising_twice_changes_nothing() -> None:
    once = normalise("  Ｔｏｐ　５ 門店 “A” ").text
    assert normalise(once).text == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上月销售额", True),
        ("sales by 部门", True),
        ("sales of “牛奶”", False),
        ("sales of '牛奶' in May", False),
        ("what's 牛奶's share", True),
        ("sales of 「牛奶」和 bread", True),
        ("total sales", False),
        ("", False),
    ],
)
def test_chinese_stands_outside_quotes(text: str, expected: bool) -> None:
    assert is_chinese(text) is expected
