"""What the words of the time grammar mean, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .calendar import Unit
from .periods import Period, YearRef


@dataclass(frozen=True)
class Span:
    """So many units; no count when it is vague (几天, a few weeks)."""

    count: int | None
    unit: Unit


@dataclass(frozen=True)
class Rel:
    """this, last, next; `rolling` when it counts back (近), `preceding` when it may look at the time before another."""

    offset: int
    rolling: bool = False
    preceding: bool = False


@dataclass(frozen=True)
class LooseYear:
    """Four digits that are a year beside a month; alone only where the words around allow it."""

    year: YearRef
    alone: bool


@dataclass(frozen=True)
class Grain:
    """A trend or an average at a unit."""

    unit: Unit
    note: str = ""


@dataclass(frozen=True)
class Cyclic:
    """A part of the calendar that comes again: day_of_week, hour_of_day."""

    grain: str
    note: str = ""


# Month over month: each of these units against the one before it, whatever period they lie in.
OVER_ITSELF = "each against the one before"


@dataclass(frozen=True)
class Compare:
    """Against the period before or the same one a year ago; `grain` is the unit named.

    `rolled` are the units before as many others: 近7天比前7天.
    """

    to: Literal["previous", "last_year"]
    grain: Unit | None = None
    note: str = ""
    rolled: Span | None = None


@dataclass(frozen=True)
class Weekdays:
    """Days of the week, 1 = Monday; or of the month."""

    days: tuple[int, ...]
    note: str = ""
    grain: Literal["day_of_week", "day_of_month"] = "day_of_week"


@dataclass(frozen=True)
class Unsupported:
    """Words about time that do not fix a range of days."""

    note: str


Meaning = Period | Grain | Cyclic | Compare | Weekdays | Unsupported
