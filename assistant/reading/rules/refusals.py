"""Questions of kinds that are recognised and not answered: said by name, never answered by something near."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack, Refuse
from assistant.reading.rules.doers import home_of
from assistant.reading.state import State
from semantic_layer.catalog.models import Text

_KINDS: dict[str, Text] = {
    "why": Text(zh="判断某件事是不是原因", en="Telling whether something is the cause"),
    "forecast": Text(zh="预测", en="Forecasting"),
    "advice": Text(zh="给出行动建议", en="Recommending what to do"),
    "anomaly": Text(zh="找出异常的单个对象", en="Finding unusual single things"),
    "affinity": Text(zh="商品关联分析", en="Finding what is bought together"),
    "funnel": Text(zh="这类客群分析", en="This kind of customer analysis"),
    "segmentation": Text(zh="这类客群分析", en="This kind of customer analysis"),
    "statistic": Text(zh="这种统计量", en="This kind of statistic"),
    "chart": Text(zh="这种图表", en="This kind of chart"),
}

_ALSO = ("also bought", "also purchased", "also buy")


def not_built(state: State) -> None:
    """Raises Refuse for an analysis that is not there yet."""
    _refuse(state, [k for k in _KINDS if k != "funnel"])


def no_funnel(state: State) -> None:
    """Raises Refuse for a funnel in a catalog that has none."""
    _refuse(state, ["funnel"])


def _refuse(state: State, kinds: list[str]) -> None:
    for mark in state.free():
        kind = next((k for k in kinds if mark.has(k)), None)
        if kind is None or (kind == "affinity" and _one_more_doing(state, mark)):
            continue
        name = _KINDS[kind]
        raise Refuse(
            Text(
                zh=f"{name.zh}（“{mark.text}”）目前还做不到。可以先查数字、排名、占比、趋势和对比。",
                en=f'{name.en} ("{mark.text}") is not available yet. Numbers, rankings, shares, trends and comparisons are.',
            ),
            unexplained=(mark.text,),
        )


_POINTING = (
    "那个", "那几个", "那几家", "那几款", "那些", "那款", "那家", "那类", "那种", "这个", "这几个", "这几家", "这些", "这款", "这家", "这类", "这种",
    "those", "these",
)  # fmt: skip


_SEVERAL = ("那些", "那几个", "那几家", "那几款", "这些", "这几个", "这几家")


def pointing(state: State) -> None:
    """那个品牌卖得咋样, those brands: which one is meant is not said. Raises AskBack."""
    if state.order or state.limit is not None:
        return
    for mark in state.free(lambda m: m.text in _POINTING and m.filler):
        named = next((m for m in state.marks if 0 <= m.start - mark.end <= 1 and m.start > mark.start), None)
        if named is None or not named.groupable or named.number or not named.became.startswith(("group:", "count", "subject", "metric:")):
            continue
        if not _told_before(state, mark, named):
            message = Text(zh=f"“{mark.text}{named.text}”指的是哪个？", en=f'Which ones are meant by "{mark.text} {named.text}"?')
            raise AskBack(message, unexplained=(named.text,))


def _told_before(state: State, pointing: Mark, named: Mark) -> bool:
    """Baskets, and how many of those baskets; 买过牛奶、没再买这个品类; 可口可乐这个厂家: what is pointed at stands there."""
    before = list(state.preceding(pointing))
    fields = {*named.fields, named.shown}
    gap = state.text[before[0].end : pointing.start] if before else ""
    if before and gap == "的" and pointing.text in _SEVERAL and not before[0].metrics and (before[0].became or before[0].values):
        return True  # 没结婚的那些家庭: those who are described
    same = any(m.groupable == named.groupable or fields & {f for f, _ in m.values} for m in before)
    return same or bool(before and before[0].end == pointing.start and (before[0].unknown or before[0].values))


def _one_more_doing(state: State, mark: Mark) -> bool:
    """Targeted by a campaign and also bought deli: two things that the same people did, and nothing that is found together."""
    before = [m for m in state.marks if m.end <= mark.start]
    home = home_of(state)
    if mark.text not in _ALSO or not any(m.verbs and home not in m.verbs for m in before) or not state.text[: mark.start].rstrip().endswith("and"):
        return False
    mark.ops, mark.verbs = frozenset(), (home,)
    return True
