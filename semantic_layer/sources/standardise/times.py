"""Points in time and days, to the shop's time zone."""

from __future__ import annotations

from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from semantic_layer.engines.quoting import literal
from semantic_layer.errors import InvalidValue
from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import narrow, trimmed

# What can be read in one way only: the year comes first. Day and month in the first places are never guessed at.
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_JOINED = ("%Y%m%d%H%M%S", "%Y%m%d%H%M")
FORMATS = (*(day + clock for day in _DAYS for clock in _CLOCKS), *_JOINED)
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?"
_OFFSET = "'.*[0-9]:[0-9]{2}([.][0-9]+)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)'"
_EXCEL_DAYS = (20_000, 60_000)  # 1954 to 2064
# Epoch numbers are told apart by their size: seconds, milliseconds, microseconds of the years 1990 to 2100.
_SECONDS = (631_152_000, 4_102_444_800)
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}


def zone(value: str) -> str:
    """A time zone by its name. Raises InvalidValue."""
    if value not in available_timezones():
        raise InvalidValue("it must be a time zone such as Asia/Shanghai", "此处应当是时区，例如 Asia/Shanghai")
    return value


@standardiser("time")
class Time(Standardiser):
    """Points in time: ISO 8601, 2024/3/5 7:08, 2024年3月5日, 上午/下午, AM/PM, epoch seconds or milliseconds; to the shop's clock, without a zone.

    Other formats, as those with the day first, have to be declared, and then only these are read.
    """

    formats: tuple[str, ...] = Field(
        default=(), description="Formats as strptime writes them, tried in order; default: the unambiguous ones.", examples=[["%d/%m/%Y %H:%M"]]
    )
    zone: str | None = Field(
        default=None, description="The zone of the clock that wrote them, where they do not say; default: the shop's.", examples=["UTC"]
    )
    epoch: Literal["auto", "s", "ms", "us", "no"] = Field(
        default="auto", description="The unit of epoch numbers; auto tells by their size; no reads none."
    )
    excel: bool = Field(default=False, description="Numbers from 20000 to 60000 are days as spreadsheets count them.")

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        return None if value is None else zone(value)

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return "TIMESTAMP"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (_spelt(), f"CASE {' '.join(self._cases(context))} END")

    def _cases(self, context: Context) -> list[str]:
        shop, written = literal(context.zone), literal(self.zone or context.zone)
        cases = []
        if self.epoch != "no":
            cases.append(
                f"WHEN regexp_full_match($x, '[0-9]{{9,16}}([.][0-9]+)?') AND {self._is_epoch()} THEN {self._from_epoch()} AT TIME ZONE {shop}"
            )
        if self.excel:
            first, last = _EXCEL_DAYS
            days = "TRY_CAST($x AS DOUBLE)"
            serial = f"TIMESTAMP '1899-12-30' + to_microseconds(CAST(round({days} * 86400) AS BIGINT) * 1000000)"
            cases.append(f"WHEN regexp_full_match($x, '[0-9]{{5}}([.][0-9]+)?') AND {days} BETWEEN {first} AND {last} THEN {serial}")
        if not self.formats:
            cases.append(f"WHEN regexp_full_match($x, {_OFFSET}) THEN TRY_CAST($x AS TIMESTAMPTZ) AT TIME ZONE {shop}")
        listed = ", ".join(map(literal, self.formats or FORMATS))
        local = f"try_strptime($x, [{listed}])"
        if not self.formats:
            # The engine's own reading of ISO is ten times as fast, and right for what looks like it.
            local = f"coalesce(CASE WHEN regexp_full_match($x, '{_ISO}') THEN TRY_CAST($x AS TIMESTAMP) END, {local})"
        cases.append(f"ELSE {local}" if written == shop else f"ELSE ({local} AT TIME ZONE {written}) AT TIME ZONE {shop}")
        return cases

    def _is_epoch(self) -> str:
        number = "TRY_CAST($x AS DOUBLE)"
        if self.epoch != "auto":
            return f"{number} IS NOT NULL"
        first, last = _SECONDS
        return f"({' OR '.join(f'{number} BETWEEN {first * unit} AND {last * unit}' for unit in _UNITS.values())})"

    def _from_epoch(self) -> str:
        """The point in time, with zone. Whole numbers are read as such: others take a hundred times as long."""

        def micro(unit: str) -> str:
            by = 1_000_000 // _UNITS[unit]
            return f"coalesce(TRY_CAST($x AS BIGINT) * {by}, CAST(round(TRY_CAST($x AS DOUBLE) * {by}) AS BIGINT))"

        if self.epoch in _UNITS:
            return f"make_timestamptz({micro(self.epoch)})"
        last = _SECONDS[1]
        number = "TRY_CAST($x AS DOUBLE)"
        found = f"CASE WHEN {number} <= {last} THEN {micro('s')} WHEN {number} <= {last * 1000} THEN {micro('ms')} ELSE {micro('us')} END"
        return f"make_timestamptz({found})"


@standardiser("date")
class Date(Time):
    """Days: what `time` reads, without the time of day."""

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return "DATE"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (*super().layers(context), "CAST($x AS DATE)")


def _spelt() -> str:
    """One spelling: ordinary digits, one space before the time of day, AM and PM after it, Chinese clocks with colons."""
    x = narrow(trimmed("$x"))
    for pattern, by in (
        (r"(\d)T(\d)", r"\1 \2"),
        (r"(\d{1,2})[时点](\d{1,2})分((\d{1,2})秒)?", r"\1:\2:0\4"),
        (r":0(\d\d)$", r":\1"),
        (r"^(\S+日?) *(上午|凌晨|早上|AM|am|a\.m\.) *([0-9:.]+)$", r"\1 \3 AM"),
        (r"^(\S+日?) *(下午|晚上|傍晚|中午|PM|pm|p\.m\.) *([0-9:.]+)$", r"\1 \3 PM"),
        (r"日(\d)", r"日 \1"),
        (r"\s+", " "),
    ):
        x = f"regexp_replace({x}, {literal(pattern)}, {literal(by)}, 'g')"
    # Most values are spelt so already, and need no looking at.
    return f"CASE WHEN regexp_full_match($x, '[0-9]+|{_ISO}') THEN $x ELSE upper({x}) END"
