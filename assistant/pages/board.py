"""The tiles of a board: each pin asked anew for whoever looks, or as it was when that last went well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from assistant.answer import Answer
from assistant.ask import Assistant
from assistant.language import Clock
from assistant.periods import kept, moved
from assistant.progress import Progress, following
from assistant.store import Pin
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops.roles import role_of

if TYPE_CHECKING:
    from assistant.store.boards import Boards


@dataclass(frozen=True)
class Tile:
    """What a pin shows: an answer, if there is one, and in `note` why it is not of now."""

    pin: Pin
    answer: Answer | None
    note: str = ""


def stamp(assistant: Assistant, user: str | None) -> str:
    """Changes with everything that may change the answers of this user: data, catalog, rights, the day."""
    try:
        access = assistant.shop.access(user)
    except WenshuError as error:
        return error.en
    return "|".join((access.version, str(access.revision), access.rights.hash, access.today.isoformat()))


def lasting(assistant: Assistant, pin: Pin, user: str | None) -> Pin:
    """The pin of what is shown now, as it is to be kept: periods that were said in words move on with the days. Raises ShopError, UsageError."""
    return replace(pin, query=kept(SemanticQuery.model_validate(pin.query), _clock(assistant, user)).to_dict())


def tile(assistant: Assistant, boards: Boards, pin: Pin, user: str | None) -> Tile:
    """Asks a pin anew with the rights of this user; where that fails, the last good answer under the same rights. Raises StoreError."""
    try:
        rights = role_of(user, assistant.shop.now().roles).hash
    except WenshuError as error:
        return Tile(pin, None, error.text(pin.lang))
    try:
        answer = _asked(assistant, pin, user)
    except ValidationError:  # a query of another version
        return _kept(boards, pin, user, rights, word("page_old", pin.lang))
    except WenshuError as error:
        return _kept(boards, pin, user, rights, error.text(pin.lang))
    if answer.status != "answered":
        return _kept(boards, pin, user, rights, answer.text)
    boards.keep(pin.id, user or "", rights, answer.to_json(kept=True), pin.lang)
    return Tile(pin, answer)


def _asked(assistant: Assistant, pin: Pin, user: str | None) -> Answer:
    query = moved(SemanticQuery.model_validate(pin.query), _clock(assistant, user))
    with following(Progress("board")):
        answer = assistant.answer(query, pin.lang, question=pin.title, user=user, analysis=pin.analysis)
    answer.form = pin.form
    return answer


def _clock(assistant: Assistant, user: str | None) -> Clock:
    return assistant.reader(assistant.shop.access(user)).clock


def _kept(boards: Boards, pin: Pin, user: str | None, rights: str, reason: str) -> Tile:
    kept = boards.kept(pin.id, user or "", rights)
    try:
        answer = Answer.model_validate(kept.answer) if kept else None
    except ValidationError:
        answer = None
    if kept is None or answer is None:
        return Tile(pin, None, reason)
    answer.form = pin.form
    return Tile(pin, answer, word("board_kept", pin.lang, at=f"{kept.created.astimezone():%Y-%m-%d %H:%M}", reason=reason))
