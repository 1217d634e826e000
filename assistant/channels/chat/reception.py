"""The reception of a channel: what comes in is taken once, answered in the background for whoever wrote it, and posted."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from assistant.actions import State
from assistant.answer.model import Answer
from assistant.channels.chat.channel import ChannelSettings, Incoming, Poster
from assistant.channels.chat.message import Message, message_of, said
from assistant.channels.chat.retrying import seconds_before
from assistant.language import is_chinese
from assistant.progress import Progress, following
from assistant.service import Service
from assistant.store import Turn
from assistant.store.inbox import MOST_TRIES
from prompts import word
from semantic_layer.errors import ChannelError, StoreError, UsageError, WenshuError
from semantic_layer.query import SemanticQuery

log = logging.getLogger("wenshu.chat")

WORKERS = 4
LEASE = 120.0  # seconds after which what was taken up and not answered, as its server died, is taken up again
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0  # seconds before what could not be posted is tried again; whoever asked does not wait for hours
_SHORTEST_LOOK = 0.2  # seconds between two looks for what is to be taken up
KEPT = dt.timedelta(days=9)  # longer than any platform delivers again


class Reception:
    """Receives for one channel of a service. Safe to use from many threads; several processes may share a store."""

    def __init__(self, service: Service, name: str, settings: ChannelSettings, poster: Poster, workers: int = WORKERS, lease: float = LEASE) -> None:
        self.service, self.name, self.settings, self.poster = service, name, settings, poster
        self._lease, self._workers = lease, workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"wenshu-{name}")
        self._busy: dict[str, None] = {}  # the keys that wait for an answer here, in the order they came
        self._ended, self._stirred = threading.Event(), threading.Event()
        self._more = False  # whether something is due that there was no room for
        self._again = threading.Thread(target=self._look_again, name=f"wenshu-{name}-again", daemon=True)

    def start(self) -> None:
        """Begins to take up what was left unfinished, by this process before or by another."""
        self._again.start()

    def close(self) -> None:
        """Ends; what is being answered is still posted, and the rest is at once another server's."""
        self._ended.set()
        self._stirred.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(StoreError):  # then it is another's when the time of this one is over
            for key in tuple(self._busy):
                self.service.store.inbox.again(self.service.shop, self.name, key, 0.0)

    def receive(self, incoming: Incoming, begin: bool = True) -> bool:
        """Takes in what was written or clicked, and returns at once; False where it was delivered before. Raises StoreError.

        A channel that acknowledges first leaves `begin` to a call of its own, afterwards.
        """
        if self.settings.user(incoming.person) is None and not self.settings.tell_unknown:
            return False
        taken = self.service.store.inbox.take(self.service.shop, self.name, _name(incoming.key), incoming.to_dict(), self._lease)
        if taken and begin:
            self.begin(incoming)
        return taken

    def begin(self, incoming: Incoming) -> None:
        """Begins to answer what was taken in."""
        self._take_up(_name(incoming.key), incoming)

    def in_thread(self, thread: str) -> bool:
        """Whether somebody was answered in this thread. Raises StoreError."""
        return bool(self.service.store.threads.of(self.service.shop, self.name, _name(thread)))

    def hello(self, user: str, langs: Sequence[str] = ("zh", "en")) -> Message:
        """What can be asked here, with examples in these languages. Raises ShopError, UsageError."""
        examples = [e.text for lang in langs for e in self.service.assistant.examples(lang, user)]
        return Message(text="\n".join(word("chat_hello", lang) for lang in langs), lang=langs[0], details=tuple(examples))

    def _take_up(self, key: str, incoming: Incoming, tries: int = 1) -> None:
        if key not in self._busy:
            self._busy[key] = None
            self._pool.submit(self._answer, key, incoming, tries)

    # -- in the background -------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        while not self._ended.is_set():
            wait = self._lease / 4
            try:
                wait = min(wait, self._take_up_again())
            except (WenshuError, RuntimeError) as error:  # RuntimeError: the pool is closed
                log.warning("%s: what was left could not be taken up: %s", self.name, error)
            self._stirred.wait(wait)
            self._stirred.clear()

    def _take_up_again(self) -> float:
        """Takes up what is due; gives the seconds until something is again."""
        inbox, shop = self.service.store.inbox, self.service.shop
        inbox.hold(shop, self.name, tuple(self._busy), self._lease)
        room = max(self._workers - len(self._busy), 1)  # what only waits here would be a try for nothing if this server died
        for left in inbox.unfinished(shop, self.name, self._lease, room):
            self._take_up(left.key, Incoming(**left.payload), left.tries)
        for key in inbox.give_up(shop, self.name):
            log.error("%s: %s is given up: taken up too often and never finished", self.name, key)
        now = dt.datetime.now(dt.UTC)
        inbox.forget(now - KEPT)
        due = inbox.next_due(shop, self.name)
        self._more = due is not None and due <= now
        if self._more and self._busy:  # whatever ends first makes room, and says so
            return self._lease
        return max((due - now).total_seconds(), _SHORTEST_LOOK) if due else self._lease

    def _answer(self, key: str, incoming: Incoming, tries: int) -> None:
        inbox, shop = self.service.store.inbox, self.service.shop
        try:
            self._post_answer(incoming)
            inbox.done(shop, self.name, key)
        except ChannelError as error:
            self._not_posted(key, incoming, tries, error)
        except WenshuError as error:
            log.warning("%s: %s may be answered twice: %s", self.name, incoming.key, error)
        finally:
            self._busy.pop(key, None)
            if self._more:
                self._stirred.set()

    def _post_answer(self, incoming: Incoming) -> None:
        """Answers and posts. Raises ChannelError, StoreError; whoever asked is told of everything else."""
        try:
            with following(Progress(self.name)):
                message = self._message(incoming)
            self.poster.answer(incoming, message)
        except (ChannelError, StoreError):
            raise
        except Exception:
            log.exception("%s: %s", self.name, incoming.key)
            self._say_failed(incoming)

    def _not_posted(self, key: str, incoming: Incoming, tries: int, error: ChannelError) -> None:
        """Tries again later, as the platform asks, where that may help."""
        inbox, shop = self.service.store.inbox, self.service.shop
        again = error.again and tries < MOST_TRIES
        self._busy.pop(key, None)  # whose time is not to be drawn out
        log.log(logging.WARNING if again else logging.ERROR, "%s: %s is not answered (%d): %s", self.name, incoming.key, tries, error)
        try:
            if again:
                inbox.again(shop, self.name, key, seconds_before(tries, FIRST_WAIT, LONGEST_WAIT, error.after))
                self._stirred.set()
            else:
                inbox.done(shop, self.name, key)
        except StoreError as full:
            log.warning("%s: %s: %s", self.name, incoming.key, full)

    def _say_failed(self, incoming: Incoming) -> None:
        try:
            self.poster.answer(incoming, said("chat_failed", _lang(incoming.text)))
        except Exception:
            log.exception("%s: %s", self.name, incoming.key)

    def _message(self, incoming: Incoming) -> Message:
        user = self.settings.user(incoming.person)
        if user is None:
            return said("chat_unknown_person", _lang(incoming.text), failed=True)
        if incoming.do.startswith("action:"):
            return self._decided(incoming.do, user)
        if incoming.do:
            return self._clicked(incoming, user)
        return self._asked(incoming, user) if incoming.text.strip() else self.hello(user)

    def _asked(self, incoming: Incoming, user: str) -> Message:
        conversation, id = self._conversation(incoming.thread, user), _id(incoming)
        last = self.service.store.last(conversation, user)
        if last and last.answer.get("id") == id:  # answered before, but not posted
            return message_of(Answer.model_validate(last.answer), conversation, last.number)
        return self._turn(self.service.assistant.ask(incoming.text, id=id, user=user, conversation=conversation), conversation, user)

    def _clicked(self, incoming: Incoming, user: str) -> Message:
        """Runs what a button of an answer in this thread stands for, as whoever clicked; what was chosen from a question back is remembered."""
        kind, lang, rest = (*incoming.do.split(":", 2), "", "")[:3]
        turn = self._offered(incoming.thread, rest)
        if turn is None:
            return said("chat_gone", lang, failed=True)
        whose, asked, number = turn
        offered = (asked.answer["choices"] + asked.answer["nearest"]) if kind == "choice" else asked.answer["next"]
        if number >= len(offered):
            return said("chat_gone", asked.lang, failed=True)
        choice, conversation = offered[number], self._conversation(incoming.thread, user)
        this, last = self.service.assistant, self.service.store.last(conversation, user)
        if kind == "choice" and whose == conversation and last and last.number == asked.number:
            return self._turn(this.choose(conversation, choice["id"], asked.lang, _id(incoming), user), conversation, user)
        query = SemanticQuery.model_validate(choice["query"])
        answer = this.answer(
            query, asked.lang, question=choice["text"], id=_id(incoming), user=user, conversation=conversation, analysis=choice["analysis"]
        )
        return self._turn(answer, conversation, user)

    def _offered(self, thread: str, named: str) -> tuple[str, Turn, int] | None:
        """The conversation, the turn and the place of a button, where it belongs to this thread."""
        conversation, _, rest = named.partition(":")
        number, _, place = rest.partition(":")
        known = self.service.store.threads.of(self.service.shop, self.name, _name(thread))
        owner = next((t.user for t in known if t.conversation == conversation), None)
        if owner is None or not (number.isdigit() and place.isdigit()):
            return None
        turn = self.service.store.turn(conversation, owner, int(number))
        return (conversation, turn, int(place)) if turn else None

    def _decided(self, do: str, user: str) -> Message:
        _, lang, state, action = do.split(":", 3)
        try:
            step: State = "accepted" if state == "accepted" else "dismissed"
            reason = word("chat_dismissed_in_chat", lang) if step == "dismissed" else ""
            card = self.service.assistant.desk.show(action, lang, user)
            if not (card.steps and card.state == step and card.steps[-1].user == user):  # else decided before, but not posted
                card = self.service.assistant.desk.decide(action, step, lang, user, reason)
        except UsageError as error:
            return Message(text=error.text(lang), lang=lang, failed=True)
        return said("chat_decided", lang, headline=card.headline, state=word(f"action_state_{step}", lang), user=user)

    def _turn(self, answer: Answer, conversation: str, user: str) -> Message:
        last = self.service.store.last(conversation, user)
        kept = last is not None and last.answer.get("id") == answer.id
        return message_of(answer, conversation if kept else "", last.number if last and kept else 0)

    def _conversation(self, thread: str, user: str) -> str:
        """What a thread is for a user: their own conversation, which goes on from what others with the same rights were answered there last."""
        store, shop, name = self.service.store, self.service.shop, _name(thread)
        known = store.threads.of(shop, self.name, name)
        mine = next((t.conversation for t in known if t.user == user), None)
        mine = mine or store.threads.keep(shop, self.name, name, user, store.start(shop, user))
        rights = self.service.assistant.shop.access(user).rights.hash
        own = store.last(mine, user)
        latest = own
        for other in known:
            if other.user != user and self.service.assistant.shop.access(other.user).rights.hash == rights:
                turn = store.last(other.conversation, other.user)
                if turn and (latest is None or turn.created > latest.created):
                    latest = turn
        if latest is not None and latest is not own:
            store.append(mine, user, replace(latest, number=0))
        return mine


def _name(text: str) -> str:
    """A name that every database keeps: the text itself where it can, else its hash."""
    return text if len(text) <= 200 and text.isascii() and text.isprintable() and text == text.strip() else hashlib.sha256(text.encode()).hexdigest()


def _id(incoming: Incoming) -> str:
    """The answer's id, the same at every try."""
    return hashlib.sha256(incoming.key.encode()).hexdigest()[:12]


def _lang(text: str) -> str:
    return "zh" if is_chinese(text) else "en"
