"""What is said about words of time that fix no days."""

from __future__ import annotations

from assistant.language import reasons
from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from semantic_layer.catalog.models import Text

_WHY: dict[str, Text] = {
    reasons.AMBIGUOUS: Text(zh="它有两种理解", en="it can be read in two ways"),
    reasons.VAGUE: Text(zh="它没有确切的起止日期", en="it has no exact first and last day"),
    reasons.CHANGE: Text(zh="它说的是从一段时间到另一段时间的变化", en="it is a change from one period to another"),
    reasons.DAY_OR_MONTH: Text(zh="看不出哪个是月、哪个是日", en="either number may be the month"),
    reasons.EVERY_OR_LATEST: Text(zh="可能指最近的那一天，也可能指每周的这一天", en="it may be the latest such day, or every one"),
    reasons.NO_SUCH_DAYS: Text(zh="日历上没有这样的日子", en="the calendar has no such days"),
    reasons.NOT_OVER: Text(zh="本月的这段时间还没有过完，也可能指上个月", en="this month's is not over yet, and last month's may be meant"),
    reasons.NUMBERED_WEEKS: Text(zh="周的编号方法各店不同", en="shops number their weeks in different ways"),
    reasons.FISCAL_YEAR: Text(zh="财年按起始年还是结束年命名，各店不同", en="shops name a fiscal year by its first or by its last year"),
    reasons.HOURS: Text(zh="这里按天统计，不能按钟点取一段时间", en="periods are whole days here, not hours"),
    reasons.PARTS_OF_DAY: Text(zh="这里按天统计，不能只取一天里的一段", en="periods are whole days here, not parts of a day"),
    reasons.SEASONS: Text(zh="季节没有统一的起止日期", en="a season has no agreed first and last day"),
    reasons.NO_EVENT: Text(zh="日历里没有它的日期", en="the calendar holds no date for it"),
    reasons.NO_BASE: Text(zh="没有说是哪段时间的前一期", en="it does not say which period it comes before"),
    reasons.NEEDS_WHOLE: Text(zh="没有说是哪段时间里的", en="it does not say of which period"),
    reasons.SEVERAL_UNITS: Text(zh="不能按好几个单位一组来分", en="time cannot be split into groups of several units"),
    reasons.APART: Text(zh="这些月份不相连，请逐个写出", en="these months do not adjoin; name them one by one"),
    reasons.LUNAR: Text(zh="农历日期请写成公历", en="write a date of the lunar calendar as one of the common calendar"),
    reasons.SAID_BEFORE: Text(zh="没有说是哪一段时间", en="it does not say which"),
}


def ask_for_dates(mark: Mark, reason: str = "") -> AskBack:
    """The question back: which days are meant, and why that is not clear."""
    why = _WHY[reason or (mark.time.note if mark.time else reasons.VAGUE)]
    return AskBack(
        Text(
            zh=f"不明白“{mark.text}”指哪一段时间：{why.zh}。请写明起止日期。",
            en=f'It is not clear which days "{mark.text}" means: {why.en}. Please give the dates.',
        ),
        unexplained=(mark.text,),
    )
