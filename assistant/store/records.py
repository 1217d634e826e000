"""What the store gives back: conversations, turns, remembered choices; boards, feedback, audit; decisions; what came from chats; tokens;
subscriptions and what goes out for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from semantic_layer.errors import Message

T = TypeVar("T")
MAX_ROWS = 1_000  # that are kept of an answer


def now() -> dt.datetime:
    """In UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Conversation:
    """A conversation of one user; `changed` is when its turns were last added to or taken from, in UTC."""

    id: str
    title: str
    created: dt.datetime
    changed: dt.datetime


@dataclass(frozen=True)
class Turn:
    """A question and its answer; `query` is the semantic query that the conversation is at after it.

    `number` counts from 1 and is given by the store, whatever it is before. `created` has a time zone; read back it is UTC.
    """

    question: str
    lang: str
    status: str
    answer: dict[str, Any]
    query: dict[str, Any] | None = None
    number: int = 0
    created: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class Remembered:
    """What a user chose for `key`, in words (`label`) and as a query; `created` is when it was last chosen, in UTC."""

    key: str
    label: str
    query: dict[str, Any]
    created: dt.datetime


@dataclass(frozen=True)
class Board:
    """A board of one user, which others may look at who know its id."""

    id: str
    shop: str
    user: str
    title: str
    created: dt.datetime


@dataclass(frozen=True)
class Pin:
    """A tile of a board: a semantic query with the analysis and the form it is shown with. `width` is in sixths of the board.

    `id` and `created` are given by the store, whatever they are before.
    """

    title: str
    lang: str
    query: dict[str, Any]
    analysis: str = ""
    form: str = ""
    width: int = 3
    id: str = ""
    created: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class KeptAnswer:
    """The answer of a pin, and when it was given."""

    answer: dict[str, Any]
    created: dt.datetime


@dataclass(frozen=True)
class Opinion:
    """What a user thinks of an answer: `rating` is 1 or -1. `query` is what the question was read as, None where it was not answered."""

    rating: int
    comment: str = ""
    question: str = ""
    created: dt.datetime = field(default_factory=now)
    query: dict[str, Any] | None = None
    analysis: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Complaint:
    """An answer that a user found wrong, for an analyst to look at; `closed` says when that was done, `reason` with what result."""

    user: str
    answer: str
    opinion: Opinion
    closed: dt.datetime | None = None
    closed_by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Asked:
    """Who asked what, where (`channel`), what SQL ran for it (`statements`), and how it ended (`status`, and `error`, a code).

    `answer` is the id of the answer; `rows` are those that it has.
    """

    shop: str
    user: str
    channel: str
    answer: str
    question: str
    lang: str
    status: str
    statements: list[str]
    rows: int
    milliseconds: int
    error: str = ""
    conversation: str | None = None
    at: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class Decision:
    """A step of an action: the state it came into, who decided so, why, what was changed, and the card as it was.

    `number` counts from 1 for each action and is given by the store; `day` is the shop's today, `created` in UTC.
    """

    action: str
    kind: str
    state: str
    user: str
    day: dt.date
    reason: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    created: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class Received:
    """What a platform of chat delivered, under the key that it has at every delivery; `tries` counts how often it was taken up."""

    key: str
    payload: dict[str, Any]
    tries: int
    received: dt.datetime


@dataclass(frozen=True)
class Thread:
    """A thread of a platform, as one user's conversation."""

    platform: str
    thread: str
    user: str
    conversation: str


@dataclass(frozen=True)
class Token:
    """A token of the HTTP API: the user as whom its bearer is answered, and what it is good for (`scopes`); times in UTC."""

    id: str
    user: str
    name: str
    scopes: list[str]
    created: dt.datetime
    expires: dt.datetime | None = None
    revoked: dt.datetime | None = None
    used: dt.datetime | None = None

    def good(self, at: dt.datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or at < self.expires)


@dataclass(frozen=True)
class Subscription:
    """What a user wants to be told (a semantic query with its analysis and form), when (`schedule`, `condition`), and where.

    `state` is what was found when it was looked at last; `due` is when it is looked at next, in UTC. `id` and `created` are given by
    the store, whatever they are before.
    """

    user: str
    title: str
    lang: str
    query: dict[str, Any]
    schedule: dict[str, Any]
    channel: str
    place: str
    due: dt.datetime
    analysis: str = ""
    form: str = ""
    condition: dict[str, Any] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    paused: dt.datetime | None = None
    id: str = ""
    created: dt.datetime = field(default_factory=now)


@dataclass(frozen=True)
class Outgoing:
    """A message on its way out, under the key that it has at every try; `tries` counts how often it was taken up."""

    key: str
    subscription: str
    user: str
    channel: str
    place: str
    message: dict[str, Any]
    due: dt.datetime = field(default_factory=now)
    created: dt.datetime = field(default_factory=now)
    tries: int = 0
    sent: dt.datetime | None = None
    given_up: dt.datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Claim(Generic[T]):
    """Something that one worker has taken up; only with the `token` can it be settled."""

    token: str
    of: T


def bounded(answer: dict[str, Any], lang: str) -> dict[str, Any]:
    """The JSON of an answer with at most MAX_ROWS rows; `truncated` and a caveat say so where rows were cut."""
    rows = answer.get("rows") or []
    if len(rows) <= MAX_ROWS:
        return answer
    cut = Message(
        f"Of the {len(rows):,} rows of this answer the first {MAX_ROWS:,} were kept; ask again for all.",
        f"此回答共 {len(rows):,} 行，只保存了前 {MAX_ROWS:,} 行；要看全部请重新提问。",
    )
    return {**answer, "rows": rows[:MAX_ROWS], "truncated": True, "caveats": [*answer.get("caveats", []), cut.text(lang)]}


@dataclass(frozen=True)
class Used:
    """What was used of a language model: calls, tokens told and answered, and their cost."""

    calls: int = 0
    input: int = 0
    output: int = 0
    cost: float = 0.0

    def __add__(self, other: Used) -> Used:
        return Used(self.calls + other.calls, self.input + other.input, self.output + other.output, self.cost + other.cost)
