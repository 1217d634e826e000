"""When a subscription is due: every hour, day or week at a time of the shop's clock, and never in its quiet hours."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from prompts import word
from semantic_layer.errors import UsageError

Every = Literal["hour", "day", "week"]
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY = dt.timedelta(days=1)


class Schedule(BaseModel):
    """`at` is a time of day of the shop's clock, `on` a day of the week from 1 (Monday) to 7; an hourly one has neither."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Every = "day"
    at: str = "09:00"
    on: int = Field(default=1, ge=1, le=7)

    @field_validator("at")
    @classmethod
    def _at(cls, text: str) -> str:
        found = _TIME.fullmatch(text.strip().replace("：", ":"))
        if found is None:
            raise ValueError("a time of day is written as 09:00")
        return f"{int(found[1]):02d}:{found[2]}"

    @property
    def time(self) -> dt.time:
        """The time of day."""
        return dt.time.fromisoformat(self.at)

    def next(self, after: dt.datetime, clock: ShopClock) -> dt.datetime:
        """The first time after a moment, in UTC; what would fall into quiet hours comes when they end. Missed times are passed over."""
        local = after.astimezone(clock.zone)
        if self.every == "hour":
            due = after.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
        else:
            day = local.date() if self.every == "day" else local.date() + dt.timedelta(days=(self.on - local.isoweekday()) % 7)
            step = _DAY if self.every == "day" else 7 * _DAY
            due = clock.moment(day, self.time)
            while due <= after:
                day += step
                due = clock.moment(day, self.time)
        return clock.quiet_until(due) or due

    def said(self, lang: str) -> str:
        """In words."""
        return word(f"sub_every_{self.every}", lang, at=self.at, on=word(f"sub_on_{self.on}", lang))


@dataclass(frozen=True)
class ShopClock:
    """A shop's zone and its quiet hours [start, end), which may lie across midnight; none where both are the same."""

    zone: ZoneInfo
    start: dt.time = dt.time()
    end: dt.time = dt.time()

    @classmethod
    def of(cls, zone: str, quiet: str) -> ShopClock:
        """Quiet hours are written as 22:00-08:00, or not at all."""
        start, _, end = quiet.partition("-")
        return cls(ZoneInfo(zone), *(map(dt.time.fromisoformat, (start, end)) if quiet else ()))

    def moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        """A time of a day of the shop's clock, in UTC. What the clock leaps over in spring is an hour later."""
        return dt.datetime.combine(day, time, self.zone).astimezone(dt.UTC)

    def quiet(self, time: dt.time) -> bool:
        """Whether a time of day lies in the quiet hours."""
        if self.start <= self.end:
            return self.start <= time < self.end
        return time >= self.start or time < self.end

    def quiet_until(self, at: dt.datetime) -> dt.datetime | None:
        """When the quiet hours end, in UTC; None outside of them."""
        local = at.astimezone(self.zone)
        if not self.quiet(local.time()):
            return None
        end = self.moment(local.date(), self.end)
        return end if end > at else self.moment(local.date() + _DAY, self.end)


def schedule_of(every: str, at: str, on: str, lang: str, clock: ShopClock) -> Schedule:
    """The schedule that words of the command line or of the page say. Raises UsageError."""
    try:
        day = _weekday(on)
        found = Schedule.model_validate({"every": every, "at": at, "on": day})
    except ValueError:
        raise UsageError(
            f"“{every} {at} {on}” is no schedule. Write --every hour, day or week, --at 09:00, and for a week --on monday.".replace("  ", " "),
            f"“{every} {at} {on}” 不是有效的时间安排。请写 --every hour、day 或 week，--at 09:00，每周的再加 --on monday。",
        ) from None
    if found.every != "hour" and clock.quiet(found.time):
        hours = f"{clock.start:%H:%M}-{clock.end:%H:%M}"
        raise UsageError(
            f"{found.at} lies in the quiet hours of the shop ({hours}), in which nothing is sent. Choose another time.",
            f"{found.at} 在店铺的安静时段（{hours}）内，这段时间不发送消息。请换个时间。",
        )
    return found


def _weekday(text: str) -> int:
    """1 to 7 of a number or a name in either language. Raises ValueError."""
    said = text.strip().casefold()
    if said.isdigit():
        return int(said)
    names = {word(f"sub_on_{n}", lang).casefold(): n for n in range(1, 8) for lang in ("zh", "en")}
    found = {n for name, n in names.items() if name == said or (len(said) >= 3 and said.isascii() and name.startswith(said))}
    if len(found) != 1:
        raise ValueError(text)
    return found.pop()
