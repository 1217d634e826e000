"""What to do: the list of actions as an answer; with members named, those that are about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from assistant.actions import Action
from assistant.actions.card import as_lines
from assistant.actions.desk import Seen
from assistant.actions.exports import COLUMNS, cells
from assistant.analyses.study import Found, Study
from assistant.answer.model import Answer, AnswerColumn, Choice, Pointed
from semantic_layer.query import AllOf, AnyOf, Condition, FieldCondition, SemanticQuery, TimeRange
from semantic_layer.shops import Access

_DAYS = 7  # that the number beside the list is of, where no period is named
_COLUMNS = ("headline", "urgency", "audience", "owner")


class ToDo:
    """The actions of the desk, best first."""

    def shown(self, query: SemanticQuery, access: Access) -> SemanticQuery:
        """The measure that the question names, or the shop's first, of its period where that is past, else of the last seven days."""
        today = access.today
        past = query.time is not None and query.time.end is not None and query.time.end <= today
        if past or query.records is not None:
            return query
        return query.model_copy(update={"time": TimeRange(start=today - dt.timedelta(days=_DAYS), end=today)})

    def found(self, study: Study, answer: Answer) -> Found:
        """The list instead of the rows; refused where members are named that nothing is to be done about.

        Raises ShopError, StoreError, EngineError.
        """
        speaker = study.speaker
        listed = study.desk.listed_for(Seen(study.access, study.data, study.user), speaker.lang)
        wanted = list(_named(study.query.where))
        proposed = [a for a in listed.proposed if not wanted or {v for _, v in wanted} & set(a.members)]
        about = speaker.join([speaker.value(field, value) for field, value in wanted])
        if wanted and not proposed:
            whole = Choice(id="1", text=speaker.word("action_all"), query=study.query.model_copy(update={"where": ()}).to_dict(), analysis="actions")
            return Found(refused=speaker.word("action_none_about", what=about), next=(whole,))
        text = _first(proposed, study, about) or listed.note
        labels = [speaker.word(f"action_column_{name}") for name in _COLUMNS]
        kinds = ["integer" if name == "audience" else "string" for name in _COLUMNS]
        columns = tuple(
            AnswerColumn(name=n, label=label, role="dimension", type=kind) for n, label, kind in zip(_COLUMNS, labels, kinds, strict=True)
        )
        rows = tuple(tuple(cells(a)[COLUMNS.index(name)] for name in _COLUMNS) for a in proposed)
        return Found(text=text, alone=True, columns=columns, rows=rows, actions=tuple(map(pointed, proposed)))


def _said(value: object) -> str:
    return "—" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _first(actions: list[Action], study: Study, about: str) -> str:
    """The first three in a sentence."""
    if not actions:
        return ""
    told = study.speaker.word("action_semicolon").join(a.headline for a in actions[:3])
    key = "action_list_about" if about else "action_said" if len(actions) > 3 else "action_said_all"
    return study.speaker.word(key, n=len(actions), told=told, what=about)


def pointed(action: Action) -> Pointed:
    """An action as an answer carries it."""
    return Pointed(id=action.id, kind=action.kind, text=action.headline, urgency=action.urgency, rows=as_lines(action))


def _named(conditions: tuple[Condition, ...]) -> Iterator[tuple[str, str]]:
    """The values that conditions ask for, with their fields."""
    for c in conditions:
        if isinstance(c, FieldCondition) and c.op in ("=", "in") and not c.negated:
            yield from ((c.field, str(v)) for v in (c.value if isinstance(c.value, tuple) else (c.value,)))
        elif isinstance(c, AnyOf | AllOf):
            yield from _named(c.any_of if isinstance(c, AnyOf) else c.all_of)
