"""The subscriptions of a shop's users: what may be subscribed, by whom, and where it may be sent. Page and command line go through here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ValidationError

from assistant.answer.model import Answer
from assistant.channels.chat.registry import Configured, configured
from assistant.periods import kept, moved, stands_still
from assistant.reading import AskBack, Refuse
from assistant.reading.drawing import drawn
from assistant.service import Service
from assistant.store import Subscription
from assistant.subscriptions.condition import Condition, check
from assistant.subscriptions.digest import asked
from assistant.subscriptions.schedule import Schedule, ShopClock
from prompts import word
from semantic_layer.errors import UsageError, hint
from semantic_layer.query import SemanticQuery, TimeRange

MOST = 50  # subscriptions of one user
_STEP = {"hour": "day", "day": "day", "week": "week"}  # the period of a figure without one


class NotAllowed(UsageError):
    """A place that a user may not send to."""


class Place(NamedTuple):
    """Somewhere to send to: a place of a channel."""

    channel: str
    place: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.place}"


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to subscribe: a query with its analysis and form, called `title`."""

    title: str
    query: SemanticQuery
    analysis: str = ""
    form: str = ""


class Book:
    """Of one service. Every method raises StoreError, ShopError, UsageError."""

    def __init__(self, service: Service) -> None:
        self.service = service

    @property
    def clock(self) -> ShopClock:
        """The shop's zone and quiet hours."""
        shop = self.service.assistant.shop
        return ShopClock.of(shop.now().catalog.spec.calendar.time_zone, shop.settings.subscriptions.quiet_hours)

    # -- where to ----------------------------------------------------------------------------------------------------

    def places(self, user: str) -> tuple[Place, ...]:
        """Where a user may have messages sent."""
        out = []
        for each in configured(self.service.assistant.shop):
            out += [Place(each.channel.name, p) for p in {**each.settings.places, **each.settings.people} if each.settings.may_send(p, user)]
        return tuple(out)

    def place(self, text: str, user: str) -> Place:
        """The place that CHANNEL:PLACE names, if the user may send there."""
        channel, _, place = text.partition(":")
        self.open(Place(channel, place), user)
        return Place(channel, place)

    def open(self, place: Place, user: str) -> Configured:
        """The channel of a place that the user may send to."""
        found = next(iter(configured(self.service.assistant.shop, place.channel)), None)
        if found is not None and found.settings.may_send(place.place, user):
            return found
        there = [str(p) for p in self.places(user)]
        en = f"You may send to {', '.join(there)}." if there else "The shop's wenshu.yaml names no place for you (channels.NAME.places)."
        zh = f"您可以发送到：{'、'.join(there)}。" if there else "wenshu.yaml 没有为您指定任何地点（channels.名称.places）。"
        raise NotAllowed(f"Nothing may be sent to {place} for you. {en}", f"不能为您发送到 {place}。{zh}")

    # -- what --------------------------------------------------------------------------------------------------------

    def read(self, question: str, lang: str, user: str) -> Wanted:
        """What a question in words means, read once; where it could mean several things, or nothing, that is said."""
        assistant = self.service.assistant
        reader = assistant.reader(assistant.shop.access(user or None))
        try:
            reading = drawn(question, reader.read)
        except (AskBack, Refuse) as error:
            raise UsageError(error.message.get("en"), error.message.get("zh")) from None
        return Wanted(" ".join(question.split()), reading.query, reading.analysis, reading.form)

    def add(self, user: str, lang: str, wanted: Wanted, schedule: Schedule, to: Place, condition: Condition | None = None) -> Subscription:
        """Keeps a subscription, after it has been asked once."""
        shop = self.service.shop
        self.open(to, user)
        if len(self.service.store.subscriptions.of(shop, user)) >= MOST:
            raise UsageError(f"You have {MOST} subscriptions, the most there may be. Remove one.", f"您已有 {MOST} 个订阅，已达上限，请先删除一个。")
        query, analysis = self._query(wanted, schedule, condition, lang, user)
        made = Subscription(
            user, wanted.title, lang, query.to_dict(), schedule.model_dump(), to.channel, to.place, schedule.next(_now(), self.clock), analysis,
            wanted.form, condition.model_dump() if condition else None,
        )  # fmt: skip
        answer = self.asked(made)
        if condition is not None:
            check(condition, answer)
        id = self.service.store.subscriptions.add(shop, made)
        return next(s for s in self.service.store.subscriptions.of(shop, user) if s.id == id)

    def asked(self, subscription: Subscription) -> Answer:
        """The answer to a subscription; raises UsageError where there is none."""
        try:
            answer = asked(self.service.assistant, subscription)
        except ValidationError:
            raise UsageError(word("page_old", "en"), word("page_old", "zh")) from None
        if answer.status != "answered":
            raise UsageError(answer.text)
        return answer

    def _query(self, wanted: Wanted, schedule: Schedule, condition: Condition | None, lang: str, user: str) -> tuple[SemanticQuery, str]:
        """The query as it is kept: its periods move with the days."""
        assistant = self.service.assistant
        clock = assistant.reader(assistant.shop.access(user or None)).clock
        query, analysis = wanted.query, wanted.analysis
        if condition and condition.kind == "unusual":  # of the last days, whatever they are
            query, analysis = SemanticQuery(metrics=query.metrics, where=query.where), "anomaly"
        elif query.time is None and query.metrics and not query.group_by and not analysis:
            words = word(f"sub_last_{_STEP[schedule.every]}", lang)
            whole = moved(query.model_copy(update={"time": TimeRange(words=words)}), clock)
            query = SemanticQuery.model_validate(whole.to_dict())
        query = kept(query, clock)
        if stands_still(query, clock):
            raise UsageError(
                "The period of this question is over and does not move: every message would say the same. "
                "Ask about one that moves, such as yesterday, last week, this month or the last 30 days.",
                "这个问题的时段已经过去、不会随日期变化，每次发送都会一样。请改问会变化的时段，例如昨天、上周、本月或最近30天。",
            )
        return query, analysis

    # -- those there are ---------------------------------------------------------------------------------------------

    def of(self, user: str) -> tuple[Subscription, ...]:
        """A user's subscriptions, the oldest first."""
        return self.service.store.subscriptions.of(self.service.shop, user)

    def one(self, id: str, user: str) -> Subscription:
        """The subscription with this id, or the only one whose id begins so."""
        mine = self.of(user)
        found = [s for s in mine if id and s.id.startswith(id)]
        if len(found) == 1:
            return found[0]
        near = hint(id, [s.id[:8] for s in mine])
        raise UsageError(f"You have no subscription {id}, or several that begin so.{near.en}", f"没有编号为 {id} 的订阅，或有多个以此开头。{near.zh}")

    def pause(self, id: str, user: str) -> Subscription:
        """Stops a subscription; what is still to be sent for it is dropped."""
        found = self.one(id, user)
        self.service.store.subscriptions.pause(self.service.shop, user, found.id)
        return found

    def resume(self, id: str, user: str) -> Subscription:
        """Lets it go on from its next time."""
        found = self.one(id, user)
        due = Schedule.model_validate(found.schedule).next(_now(), self.clock)
        self.service.store.subscriptions.resume(self.service.shop, user, found.id, due)
        return found

    def remove(self, id: str, user: str) -> Subscription:
        """Deletes it with its messages."""
        found = self.one(id, user)
        self.service.store.subscriptions.remove(self.service.shop, user, found.id)
        return found


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
