"""Colloquial Chinese: other wordings of one question are one query, and words that nobody knows are not passed over."""

from __future__ import annotations

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.shops import Shop


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


SAME = [
    ("11月销售额最高的5个品类", ("11月卖得最欢的5个品类", "11月业绩排在最前面的5个品类", "11月销售额高居榜首的5个品类")),
    ("11月销售额最低的5个品类", ("11月卖得最惨的5个品类", "11月走货最慢的5个品类", "11月卖得最惨的品类前五", "11月名次最低的5个品类")),
    ("去年各部门的销售额从高到低", ("去年各部门的销售额排个座次", "去年各部门的销售额由高往低排一排", "去年各部门的销售额，高的排前面")),
    ("去年各部门的销售额从低到高", ("去年各部门的销售额排个座次，从低到高", "去年各部门的销售额升序排列")),
    ("12月比11月掉得最多的5个品类", ("12月比11月滑得最狠的5个品类", "12月比11月垮得最厉害的5个品类", "12月比11月缩水最凶的5个品类")),
    ("12月小票数最多的10户", ("12月来得最勤的10户", "12月最常来的10户", "12月最高频的10户")),
    ("去年不含汽油的销售额", ("扔掉汽油，去年的销售额", "去年的销售额，汽油刨出去", "绕开汽油，去年的销售额", "除却汽油，去年的销售额")),
    ("2017年按月累计销售额", ("2017年销售额按月往上滚", "2017年销售额按月一路累上去", "2017年按月加到当月的销售额")),
    ("2017年每个月的销售额", ("2017年一个月一个月地列销售额", "2017年月别销售额", "2017年挨月的销售额")),
    ("去年每周的小票数", ("去年每星期的小票数", "去年一个礼拜一个礼拜的小票数", "去年以周为单位的小票数")),
    ("11月各部门的销售额", ("一个部门一个部门地报11月销售额", "逐部门列11月的销售额", "按部门来看11月的销售额")),
    ("平均每家店11月的销售额", ("11月店均销售额", "11月平摊到每家店的销售额")),
    ("12月小票数不到100的门店有哪些", ("12月连100张小票都不到的门店有哪些", "12月小票数够不上100的门店有哪些")),
    ("12月至少有60个客人的门店有哪些", ("12月客人最少60个的门店有哪些", "12月客人少说60个的门店有哪些")),
    ("11月来过、12月没来的顾客有多少", ("11月露过面、12月没影了的顾客有多少", "11月登过门、12月再没来的顾客有多少")),
    ("12月工作日和周末的客单价", ("12月周中和周末的客单价",)),
]


@pytest.mark.parametrize(("question", "other"), [(q, o) for q, others in SAME for o in others])
def test_other_wordings_are_the_same_query(reader: Reader, question: str, other: str) -> None:
    assert reader.read(other).query == reader.read(question).query


NOT_PASSED_OVER = [
    "下半年哪个年龄段的人均消费最咋呼",  # 最 and a word that nobody knows ranks by something
    "12月环比折腾得最厉害的3个部门",
    "冷不丁汽油的销售额",
    "周闲和周末的客单价",
    "一张票多少钱来着，按逛荡的算",
    "12月每单50块打底的店",
    "哪些店12月没开张",
]


@pytest.mark.parametrize("question", NOT_PASSED_OVER)
def test_unknown_words_are_not_passed_over(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
