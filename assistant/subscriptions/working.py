"""What a worker does: asks what is due, and sends what is to be sent. Several may share a store, and any may die at any time.

A message is written into the outbox in the transaction that moves its subscription on, under a key that follows from the subscription
and its time; it is sent until the channel takes it, under the same key. So nothing is lost, and what is sent twice can be told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any

from pydantic import ValidationError

from assistant.channels.chat.channel import Poster
from assistant.channels.chat.message import Message
from assistant.channels.chat.retrying import seconds_before
from assistant.service import Service
from assistant.store import Outgoing, Subscription
from assistant.store.records import Claim
from assistant.subscriptions.book import Book, NotAllowed, Place
from assistant.subscriptions.condition import Condition, Verdict, judged
from assistant.subscriptions.digest import asked, failed, message
from assistant.subscriptions.schedule import Schedule
from prompts import word
from semantic_layer.errors import ChannelError, StoreError, WenshuError

log = logging.getLogger("wenshu.worker")

LEASE = 300.0  # seconds after which what a worker took up and did not finish is taken up by another
SENDERS = 4  # messages that are sent at the same time
_IDLE = 5.0  # seconds between two looks, where nothing is known to be due sooner
_LONGEST_WAIT = 3_600.0  # seconds between two tries
_TRIES, _ASK_AGAIN = 3, dt.timedelta(minutes=5)  # of a question that could not be answered
_TIDY = dt.timedelta(hours=1)


class Worker:
    """Works for one shop. `run` until `stop`, or `once`."""

    def __init__(self, service: Service, lease: float = LEASE, senders: int = SENDERS) -> None:
        self.service, self.book = service, Book(service)
        self._lease, self._senders = lease, senders
        self._posters: dict[str, tuple[object, Poster]] = {}
        self._opening = threading.Lock()
        self._ended = threading.Event()
        self._tidied = dt.datetime.min.replace(tzinfo=dt.UTC)

    def stop(self) -> None:
        """Ends `run` after what it is at."""
        self._ended.set()

    def run(self) -> None:
        """Works until stopped. A store that cannot be reached is tried again."""
        with ThreadPoolExecutor(1, thread_name_prefix="wenshu-outbox") as apart:  # a question that takes long holds no message up
            sending = apart.submit(self._repeat, self._send_some)
            self._repeat(self._ask_some)
            sending.result()

    def once(self) -> None:
        """Asks everything that is due, and tries every message that is to be tried, once."""
        while not self._ended.is_set() and self._ask_some():
            pass
        while not self._ended.is_set() and self._send_some():
            pass

    def _repeat(self, some: Any) -> None:
        while not self._ended.is_set():
            try:
                if some():
                    continue
            except StoreError as error:
                log.warning("the store cannot be used, and is tried again: %s", error)
            except Exception:
                log.exception("the worker goes on")
            self._ended.wait(self._idle())

    def _idle(self) -> float:
        """Seconds until something is due, at most a few; what others are at is looked for with the same patience."""
        store, now = self.service.store, _now()
        try:
            due = [d for d in (store.subscriptions.next_due(self.service.shop), store.outbox.next_due(self.service.shop)) if d]
        except WenshuError:
            return _IDLE
        soon = min(((d - now).total_seconds() for d in due), default=_IDLE)
        return min(max(soon, 0.5), _IDLE)

    def _quiet(self) -> bool:
        return self.book.clock.quiet_until(_now()) is not None

    # -- asking ------------------------------------------------------------------------------------------------------

    def _ask_some(self) -> bool:
        """Asks one subscription that is due; False where there is none, or it is quiet."""
        if self._quiet():
            return False
        self._tidy()
        claim = self.service.store.subscriptions.claim(self.service.shop, self._lease)
        if claim is None:
            return False
        due, state, told = self._asked(claim.of)
        outgoing = self._outgoing(claim.of, told) if told else None
        if not self.service.store.subscriptions.settle(self.service.shop, claim, due, state, outgoing):
            log.warning("subscription %s is no longer this worker's", claim.of.id)
        return True

    def _asked(self, subscription: Subscription) -> tuple[dt.datetime, dict[str, Any], Message | None]:
        """When it is due next, its state, and its message if there is one."""
        now = _now()
        due = Schedule.model_validate(subscription.schedule).next(now, self.book.clock)
        try:
            self.book.open(Place(subscription.channel, subscription.place), subscription.user)
            answer = asked(self.service.assistant, subscription)
            reason = "" if answer.status == "answered" else answer.text
        except StoreError:
            raise
        except WenshuError as error:
            answer, reason = None, error.text(subscription.lang)
        except ValidationError:  # a query of another version
            answer, reason = None, word("page_old", subscription.lang)
        except Exception:
            log.exception("subscription %s", subscription.id)
            answer, reason = None, word("chat_failed", subscription.lang)
        if answer is None or reason:
            return self._failed(subscription, reason, answer is not None and answer.status == "error", now, due)
        kept = {k: v for k, v in subscription.state.items() if k in ("holding", "of")} | {"asked": now.isoformat()}
        if subscription.condition is None:
            return due, kept, message(self.service.assistant, subscription, answer)
        verdict = judged(Condition.model_validate(subscription.condition), answer, subscription.state)
        state, news = _after(kept, verdict)
        return due, state, message(self.service.assistant, subscription, answer, verdict.text) if news else None

    def _failed(
        self, subscription: Subscription, reason: str, again: bool, now: dt.datetime, due: dt.datetime
    ) -> tuple[dt.datetime, dict[str, Any], Message | None]:
        """A question without an answer: asked again soon where that may help, else its user is told, once until it is answered again."""
        failures = int(subscription.state.get("failures", 0)) + 1
        state = {**subscription.state, "failures": failures, "error": reason, "asked": now.isoformat()}
        log.warning("subscription %s is not answered (%d): %s", subscription.id, failures, reason)
        if again and failures < _TRIES:
            return min(due, now + failures * _ASK_AGAIN), state, None
        told = bool(subscription.state.get("told"))
        return due, {**state, "told": True}, None if told else failed(subscription, reason)

    def _outgoing(self, subscription: Subscription, told: Message) -> Outgoing:
        key = hashlib.sha256(f"{subscription.id} {subscription.due.isoformat()}".encode()).hexdigest()
        s = subscription
        return Outgoing(key, s.id, s.user, s.channel, s.place, told.model_dump(mode="json", exclude_defaults=True))

    # -- sending -----------------------------------------------------------------------------------------------------

    def _send_some(self) -> bool:
        """Tries some messages; False where there are none, or it is quiet."""
        if self._quiet():
            return False
        settings, shop = self.service.assistant.shop.settings.subscriptions, self.service.shop
        claims = self.service.store.outbox.claim(shop, self._lease, self._senders, settings.tries)
        if not claims:
            return False
        with ThreadPoolExecutor(self._senders, thread_name_prefix="wenshu-send") as pool:
            done: list[Future[None]] = [pool.submit(self._send, claim) for claim in claims]
            wait_for(done)
        for each in done:
            each.result()
        return True

    def _send(self, claim: Claim[Outgoing]) -> None:
        outgoing, outbox = claim.of, self.service.store.outbox
        try:
            self._poster(outgoing).send(outgoing.place, Message.model_validate(outgoing.message), outgoing.key)
        except ChannelError as error:
            self._not_sent(claim, error.en, error.again, error.after)
        except NotAllowed as error:
            self._not_sent(claim, error.en, again=False)
        except WenshuError as error:  # somebody will mend the settings
            self._not_sent(claim, error.en, again=True)
        except ValidationError:
            self._not_sent(claim, "a message of another version", again=False)
        except Exception as error:
            log.exception("message %s", outgoing.key)
            self._not_sent(claim, f"{type(error).__name__}: {error}", again=True)
        else:
            outbox.sent(claim)

    def _not_sent(self, claim: Claim[Outgoing], error: str, again: bool, after: float | None = None) -> None:
        outgoing, settings = claim.of, self.service.assistant.shop.settings.subscriptions
        to = f"{outgoing.channel}:{outgoing.place}"
        if not again or outgoing.tries >= settings.tries:
            log.error("message %s to %s is given up after %d tries: %s", outgoing.key, to, outgoing.tries, error)
            self.service.store.outbox.give_up(claim, error)
            return
        log.warning("message %s to %s is tried again (%d): %s", outgoing.key, to, outgoing.tries, error)
        seconds = seconds_before(outgoing.tries, settings.retry_seconds, _LONGEST_WAIT, after)
        self.service.store.outbox.again(claim, _now() + dt.timedelta(seconds=seconds), error)

    def _poster(self, outgoing: Outgoing) -> Poster:
        """The poster of a channel, made again whenever its settings change. Raises UsageError."""
        found = self.book.open(Place(outgoing.channel, outgoing.place), outgoing.user)
        with self._opening:
            known = self._posters.get(outgoing.channel)
            if known is None or known[0] != found.settings:
                known = self._posters[outgoing.channel] = found.settings, found.channel.poster(found.settings)
        return known[1]

    def _tidy(self) -> None:
        now = _now()
        if now - self._tidied >= _TIDY:
            days = self.service.assistant.shop.settings.subscriptions.keep_days
            self.service.store.outbox.forget(self.service.shop, now - dt.timedelta(days=days))
            self._tidied = now


def _after(state: dict[str, Any], verdict: Verdict) -> tuple[dict[str, Any], bool]:
    """The state after a verdict, and whether it is news: once for each condition until it clears, and for each period of a goal."""
    if verdict.holds is None:
        return state, False
    known = state.get("holding") and (not verdict.each or verdict.of == state.get("of"))
    return {**state, "holding": verdict.holds, "of": verdict.of}, verdict.holds and not known


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
