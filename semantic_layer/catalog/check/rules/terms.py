"""Terms and the calendar: what a word may mean, and when what it names took place."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

from semantic_layer.catalog.check.model import Model
from semantic_layer.catalog.check.rule import Rule
from semantic_layer.catalog.source import Problem
from semantic_layer.errors import Message


class UnknownTermMeaning(Rule):
    """A term means metrics or fields of the catalog, different ones."""

    def check(self, model: Model) -> Iterator[Problem]:
        for term, spec in model.spec.terms.items():
            whose = Message(f"term {term}: ", f"词语 {term}：")
            for i, name in enumerate(spec.means):
                wrong = model.missing_field(name) if "." in name else model.missing("metrics", name)
                if name in spec.means[:i]:
                    wrong = Message(f"{name} stands in it twice", f"{name} 出现了两次")
                if wrong:
                    yield self.at(model, ("terms", term, "means", i), whose + wrong)


class EventEndsEarly(Rule):
    """An event of the calendar does not end before it begins."""

    def check(self, model: Model) -> Iterator[Problem]:
        for event, spec in model.spec.calendar.events.items():
            for i, dates in enumerate(spec.dates):
                if dates.end and dates.end < dates.start:
                    said = Message(
                        f"event {event}: it ends on {dates.end}, before it begins on {dates.start}; turn the days round",
                        f"事件 {event}：结束日 {dates.end} 早于开始日 {dates.start}；请对调",
                    )
                    yield self.at(model, ("calendar", "events", event, "dates", i, "end"), said)


class UnknownTimeZone(Rule):
    """The time zone of the calendar is one of the IANA database, such as Asia/Shanghai."""

    def check(self, model: Model) -> Iterator[Problem]:
        known, zone = zoneinfo.available_timezones(), model.spec.calendar.time_zone
        if known and zone not in known:
            near = model.hint(zone, sorted(known), Message(" Write one such as Asia/Shanghai.", "请写成 Asia/Shanghai 之类的名称。"))
            yield self.at(model, ("calendar", "time_zone"), Message(f"there is no time zone {zone}.", f"没有时区 {zone}。") + near)
