"""Questions with typing errors are read as the same questions without them, and say so; real words are never mended."""

from __future__ import annotations

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.shops import Shop


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


MENDED: list[tuple[str, str, str]] = [
    # names, by swapped, dropped, doubled and neighbouring letters
    ("total salse in may", "total sales in may", "salse"),
    ("daily baskwts in december", "daily baskets in december", "baskwts"),
    ("customers by departmment in june", "customers by department in june", "departmment"),
    # operators, fillers, verbs
    ("5 busiesst stores in october", "5 busiest stores in october", "busiesst"),
    ("sales excludign fuel in may", "sales excluding fuel in may", "excludign"),
    ("sales withuot fuel in may", "sales without fuel in may", "withuot"),
    ("whta were sales in may", "what were sales in may", "whta"),
    ("sales frm 20 nov thru 26 nov", "sales from 20 nov thru 26 nov", "frm"),
    # words of time, also with a capital in the middle of a sentence
    ("sales in Novmeber", "sales in November", "novmeber"),
    ("sales lsat month", "sales last month", "lsat"),
    ("sales lasst quater", "sales last quarter", "lasst"),
    # two words run together, and one in two
    ("totalsales in may", "total sales in may", "totalsales"),
    ("sales by depart ment in may", "sales by department in may", "depart ment"),
    # English in a Chinese question
    ("5月各departmnet的销售额", "5月各department的销售额", "departmnet"),
    # Chinese homophones, near sounds, doubled and dropped characters
    ("5月消售额", "5月销售额", "消售"),
    ("12月销售额比11月涨了多梢", "12月销售额比11月涨了多少", "多梢"),
    ("去年每个部门的销售额额", "去年每个部门的销售额", "额额"),
    ("5月用了优券的小票数", "5月用了优惠券的小票数", "优券"),
    ("5月售额", "5月销售额", "售额"),
    # what is taken out stays out
    ("12月销售额怖算汽油", "12月销售额不算汽油", "怖算"),
]


@pytest.mark.parametrize(("typed", "meant", "word"), MENDED)
def test_mended(reader: Reader, typed: str, meant: str, word: str) -> None:
    reading, clean = reader.read(typed), reader.read(meant)
    assert reading.query == clean.query
    assert any(word in text and became.startswith("read as ") for text, became in reading.words)
    assert reading.confidence < clean.confidence


@pytest.mark.parametrize(
    "question",
    [
        "sales by citi", "profot by store in may", "kombucha sales in may", "5月毛莉", "5月茶销售额", "returms in december",
        "homes with weans: average basket in q4",
    ],
)  # fmt: skip
def test_what_the_shop_lacks_is_not_mended_into_what_it_has(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)


@pytest.mark.parametrize("question", ["5月梅买过牛奶的顾客数", "收到过活动的家庭和摸收到过的，去年各贡献多少销售额", "12月不寒汽油的销售额", "12月步寒汽油的销售额"])
def test_a_mistyped_negation_is_never_passed_over(reader: Reader, question: str) -> None:
    try:
        query = reader.read(question).query
    except (AskBack, Refuse):
        return
    assert "negated=True" in repr(query)


@pytest.mark.parametrize(
    "question",
    [
        "去年年底的销售额", "看看5月各部门的销售额", "5月商品品类有几个", "各部门卖得最多的商品", "各部门买得最多的商品", "sales of FRZN products", "top 5 stores",
        "campaigns and households", '"salse" in may',
    ],
)  # fmt: skip
def test_what_is_spelled_right_is_left_alone(reader: Reader, question: str) -> None:
    assert reader.corrected(question).corrections == ()


def test_two_likely_words_are_asked_back(reader: Reader) -> None:
    with pytest.raises(AskBack) as asked:
        reader.read("top 5 stores by salds in may")
    assert len(asked.value.choices) > 1
