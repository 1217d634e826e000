"""One family of typed errors, in the words of the person who meets them. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Message:
    """A text in both languages."""

    en: str = ""
    zh: str = ""

    def __add__(self, other: Message) -> Message:
        return Message(self.en + other.en, self.zh + other.zh)

    def __bool__(self) -> bool:
        return bool(self.en)

    def text(self, lang: str) -> str:
        """The text in `zh` or `en`."""
        return self.zh if lang == "zh" else self.en


class WenshuError(Exception):
    """An error with a stable `code` and a message in both languages.

    `zh` and `en` are whole sentences that say what happened, where, and what to do.
    """

    code = "error"

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh or en

    def text(self, lang: str) -> str:
        """The message in `zh` or `en`."""
        return self.zh if lang == "zh" else self.en


class UsageError(WenshuError):
    """The caller asked for something in a form that is not accepted."""

    code = "usage"


class UnknownAction(UsageError):
    """An action that is not there, or not for this user to see."""

    code = "unknown_action"


class ShopError(WenshuError):
    """A shop folder, its settings or its data cannot be used; `problems` lists the mistakes of a file."""

    code = "shop"

    def __init__(self, en: str, zh: str | None = None, problems: Iterable[object] = ()) -> None:
        super().__init__(en, zh)
        self.problems = tuple(problems)


class CatalogError(WenshuError):
    """The catalog has mistakes; `problems` lists them all."""

    code = "catalog"

    def __init__(self, en: str, zh: str | None = None, problems: Iterable[object] = ()) -> None:
        super().__init__(en, zh)
        self.problems = tuple(problems)


class QueryError(WenshuError):
    """A semantic query that the catalog cannot answer; `subject` is the name it stumbled on."""

    code = "query"

    def __init__(self, en: str, zh: str | None = None, *, subject: str = "") -> None:
        super().__init__(en, zh)
        self.subject = subject


class UnknownNameError(QueryError):
    """A metric, field, entity or segment that the catalog does not have."""

    code = "unknown_name"


class UnreachableError(QueryError):
    """No proven many-to-one path leads from a metric's dataset to what the query asks of it."""

    code = "unreachable"


class AmbiguousPathError(QueryError):
    """Two join paths lead to one dataset and the catalog declares no default."""

    code = "ambiguous_path"


class GuardError(WenshuError):
    """A statement that the gate does not let through."""

    code = "guard"


class EngineError(WenshuError):
    """The engine could not finish; the details are in the log under `id`, never in the message."""

    code = "engine"

    def __init__(self, en: str, zh: str | None = None, *, id: str = "") -> None:
        super().__init__(en, zh)
        self.id = id


class QueryTimeout(EngineError):
    """The query ran into the time limit."""

    code = "timeout"


class QueryTooLarge(EngineError):
    """The query ran into the memory limit."""

    code = "memory"


class Busy(EngineError):
    """Too many queries are waiting for their turn, or one has waited too long."""

    code = "busy"


class Cancelled(EngineError):
    """Who asked has stopped the answer."""

    code = "cancelled"


class DataReplaced(EngineError):
    """The data was replaced, and the state that a snapshot began with is gone; the caller starts over."""

    code = "replaced"


class StoreError(WenshuError):
    """The store cannot be opened, read or written; the details are in the log, never in the message."""

    code = "store"


class StoreBusy(StoreError):
    """Another program holds the store for longer than one waits."""

    code = "store_busy"


class UnknownConversation(StoreError):
    """A conversation that is not there, or not this user's; which of the two is not said."""

    code = "unknown_conversation"


class UnknownBoard(StoreError):
    """A board that is not there, or not this user's to change; which of the two is not said."""

    code = "unknown_board"


class ChannelError(WenshuError):
    """A message could not be posted; `again` says that another try may succeed, and `after` (seconds) when, where the platform says so."""

    code = "channel"

    def __init__(self, en: str, zh: str | None = None, again: bool = True, after: float | None = None) -> None:
        super().__init__(en, zh)
        self.again, self.after = again, after


class InvalidValue(ValueError):
    """What a model refuses, in both languages; pydantic hands it on."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.message = Message(en, zh)


LONGEST_NAME = 100  # nobody means to write a longer one, and likening them takes long


def nearest(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Up to `n` names of `known` that look like `name`, likeliest first."""
    return get_close_matches(name, list(known), n=n, cutoff=0.6) if len(name) <= LONGEST_NAME else []


def did_you_mean(name: str, known: Iterable[str], lang: str = "en") -> str:
    """A closing sentence with the nearest valid names, or an empty string."""
    found = nearest(name, known)
    if not found:
        return ""
    return f"您是不是指：{'、'.join(found)}？" if lang == "zh" else f" Did you mean {', '.join(found)}?"


def hint(name: str, known: Iterable[str]) -> Message:
    """`did_you_mean` in both languages."""
    found = nearest(name, known)
    return Message(f" Did you mean {', '.join(found)}?", f"您是不是指：{'、'.join(found)}？") if found else Message()
