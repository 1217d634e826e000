"""Units of time that stand alone, with the grain of the group that they ask for."""

from __future__ import annotations

# Bare units of time that an answer may have a row for.
UNITS = {
    "days": "day", "weeks": "week", "months": "month", "quarters": "quarter", "日子": "day", "天": "day", "月份": "month", "月": "month",
    "周": "week", "季度": "quarter",
}  # fmt: skip
# Those that stand in a list of what an answer is split by: by region and year.
LISTED_UNITS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "年份": "year", "年度": "year", "年": "year",
    "月份": "month", "季度": "quarter",
}  # fmt: skip
# Those that a ranking may have as its head: also one of them, and units that come again.
RANKED_UNITS = UNITS | {
    "month": "month", "week": "week", "day": "day", "quarter": "quarter", "个月": "month", "季": "quarter",
    "hours of the day": "hour_of_day", "hours": "hour_of_day", "hour": "hour_of_day", "小时": "hour_of_day", "个小时": "hour_of_day",
    "钟头": "hour_of_day", "个钟头": "hour_of_day", "时段": "hour_of_day", "days of the week": "day_of_week", "weekdays": "day_of_week",
}  # fmt: skip

# What people call the units that metrics have.
UNIT_NAMES = {
    "h": ("小时", "个小时", "钟头", "h", "hr", "hrs", "hour", "hours"),
    "d": ("天", "日", "day", "days"),
    "min": ("分钟", "分", "min", "mins", "minute", "minutes"),
}
