"""Chinese and English as people type them: spelling, numbers and time. Pure functions, no catalog."""

from .calendar import Clock, NamedEvent
from .normalise import Normalised, is_chinese, normalise
from .numbers import NumberSpan, find_numbers
from .time import TimeSpan, find_times

__all__ = [
    "Clock", "NamedEvent", "Normalised", "NumberSpan", "TimeSpan", "find_numbers", "find_times", "is_chinese",
    "normalise",
]  # fmt: skip
