"""The action as people and machines get it: a card in one language, with everything that it rests on."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

State = Literal["proposed", "accepted", "changed", "dismissed", "done"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sum(_Part):
    """A figure of the card: its name, what it is, its value as it is and as people read it, where it comes from, and the arithmetic.

    `source` is `data`, `assumed` or `formula`; `of` is how many it rests on, `low` and `high` its interval of 95%.
    """

    name: str
    label: str
    value: float | None
    text: str
    source: str
    arithmetic: str = ""
    of: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    edited: bool = False


class Group(_Part):
    """The audience: how many are meant, how many remain to be approached, who is left out, and who is in other running actions, too."""

    entity: str
    label: str
    size: int
    reached: int
    left_out: dict[str, int] = {}
    overlap: dict[str, int] = {}
    query: dict[str, Any]
    said: str = ""


class Step(_Part):
    """Who brought the action into which state, when and why; `changes` are what was edited."""

    state: State
    user: str
    at: dt.datetime
    reason: str = ""
    changes: dict[str, Any] = {}


class Action(_Part):
    """One action. Texts are in `lang`; `missing` says what evidence it lacks, and then it is not proposed. `members` are the values that it
    is about, as they stand in the data; none where it is about people of the whole shop.
    """

    id: str
    kind: str
    lang: str
    label: str
    headline: str
    urgency: str
    state: State = "proposed"
    day: dt.date
    about: str = ""
    audience: Group | None = None
    offer: list[str] = []
    channel: str = ""
    when: str = ""
    target: str = ""
    cost: str = ""
    break_even: str = ""
    test: str = ""
    guards: list[str] = []
    owner: str = ""
    evidence: list[str] = []
    figures: list[Sum] = []
    queries: list[dict[str, Any]] = []
    missing: list[str] = []
    caveats: list[str] = []
    note: str = ""
    worth: float = 0.0
    members: list[str] = []
    steps: list[Step] = []


class Wanting(_Part):
    """A playbook that is not used here, and the names that the catalog would need to have, or the user to see."""

    kind: str
    label: str
    names: list[str]


class ActionList(_Part):
    """What is proposed, best first; what is under way or decided; what wants for evidence; what this shop cannot be asked for.

    `note` is what has to be known about the whole list.
    """

    lang: str
    day: dt.date
    proposed: list[Action] = []
    running: list[Action] = []
    closed: list[Action] = []
    waiting: list[Action] = []
    wanting: list[Wanting] = []
    quiet: list[str] = []
    note: str = ""
