"""How long a question takes to become an answer, in one warm process."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.bench.clock import quantile, wall_ms

QUESTIONS = (
    "上个月的销售额是多少",
    "2017年每个月的销售额",
    "销售额最高的10个部门",
    "五月份买过但六月份没买的顾客有多少",
    "第二季度购买超过20次的顾客数",
    "各收入档的用券率",
    "每个季度的复购率",
    "不含汽油，每个季度销售额前两名的厂商",
    "每月新客数",
    "12月各部门销售额环比",
    "自有品牌占总销售额的比例",
    "笔单价按星期几",
    "total sales last month",
    "top 5 stores by sales in Q3",
    "average basket value by age group",
    "sales by week in November",
    "how many customers bought in May but not in June",
    "redemption rate by campaign type",
    "share of each category within GROCERY",
    "units per basket of PRODUCE by month",
)


@dataclass(frozen=True)
class AskTimes:
    """Wall milliseconds per question, the median of its repeats."""

    ms: dict[str, float]

    @property
    def median(self) -> float:
        """Over the questions."""
        return statistics.median(self.ms.values())

    @property
    def p95(self) -> float:
        """Over the questions."""
        return quantile(list(self.ms.values()), 0.95)


def time_questions(ask: Callable[[str], object], questions: Sequence[str] = QUESTIONS, repeats: int = 3) -> AskTimes:
    """Asks every question once to warm up, then `repeats` times."""
    for question in questions:
        ask(question)
    return AskTimes({q: statistics.median(wall_ms(lambda q=q: ask(q)) for _ in range(repeats)) for q in questions})  # type: ignore[misc]
