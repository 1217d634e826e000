"""What a model proposes beside what the grammar reads: agreement makes surer, disagreement is the user's to decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from assistant.linking.lexicon import ASK_SCORE, spell
from assistant.llm.forms import Word
from assistant.llm.held import not_held
from assistant.llm.proposal import Proposal
from assistant.reading import AskBack, Reading, Refuse
from assistant.reading.around import Asked
from prompts import word
from semantic_layer.catalog.models import Text
from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery

Outcome = Reading | AskBack | Refuse
Trust = Literal["checked", "offered", "run"]

# What is left of the doubt about a reading that a model shares, and how sure a reading is that only a model has.
_DOUBT_LEFT = 0.5
_ALONE = 0.6
_MOST_CHOICES = 4


def weighed(asked: Asked, outcome: Outcome, proposed: Proposal, proposals: Trust) -> Outcome:
    """The outcome of both; `proposals` says when a reading that only the model has is run."""
    if proposed.kind == "cannot" or not proposed.queries:
        return outcome
    if proposed.kind == "ask_back" and len(proposed.queries) > 1:
        return _ways(asked, outcome, proposed.queries)
    query = proposed.queries[0]
    if isinstance(outcome, Reading):
        return _beside(asked, outcome, query)
    same = next((c for c in _choices(outcome) if alike(c, query, asked)), None) if isinstance(outcome, AskBack) else None
    doubts = doubtful(query, proposed.words, asked, outcome.unexplained)
    if proposals == "offered" or (doubts and proposals == "checked"):
        return _offer(outcome, query, doubts)
    if same is not None:
        return _alone(outcome, same, proposed.words, agreed=True)
    return _alone(outcome, query, proposed.words)


def alike(one: SemanticQuery, other: SemanticQuery, asked: Asked) -> bool:
    """Whether two queries give the same rows: equal but for names of columns and, of all rows, their order; or the same SQL."""
    if _plain(one) == _plain(other):
        return True
    try:
        return asked.reader.shop.compile(_plain(one)).sql() == asked.reader.shop.compile(_plain(other)).sql()
    except QueryError:
        return False


def _plain(query: SemanticQuery) -> SemanticQuery:
    """Without aliases where nothing else goes by them, and without an order that only sorts."""
    update: dict[str, object] = {} if query.limit else {"order_by": ()}
    named = {m.alias for m in query.metrics if m.alias} | {g.alias for g in query.group_by if g.alias}
    used = {o.by for o in query.order_by if query.limit} | {h.by for h in query.having} | set(query.limit_per)
    if named and not named & used:
        update["metrics"] = tuple(m.model_copy(update={"alias": None}) for m in query.metrics)
        update["group_by"] = tuple(g.model_copy(update={"alias": None}) for g in query.group_by)
    try:
        return SemanticQuery.model_validate(query.model_copy(update=update).to_dict())
    except ValueError:
        return query


def doubtful(query: SemanticQuery, words: Iterable[Word], asked: Asked, unknown: Iterable[str]) -> tuple[str, ...]:
    """The words of a question that a proposed query leaves out: what the grammar links, and what neither it nor the model explains."""
    catalog = asked.reader.shop.catalog
    meant = {spell(w.text): w.means for w in words}
    explained = {text for text, means in meant.items() if means and _stands_in(means, query) and _near(text, means, asked)}
    marks = [m for m in asked.reader.marks(asked.question) if m.text not in explained]
    left = [w for w in unknown if spell(w) not in explained and not any(spell(w) == m.text for m in marks if not m.unknown)]
    return tuple(dict.fromkeys([*not_held(query, marks, catalog), *left]))


def _stands_in(name: str, query: SemanticQuery) -> bool:
    return f'"{name.rpartition(" = ")[2]}"' in query.key


def _near(text: str, name: str, asked: Asked) -> bool:
    """Whether a word may well mean a name: what a model says of it is no proof."""
    links = asked.reader.lexicon.meaning([text])[0]
    if any(link.target == name and link.score >= ASK_SCORE for link in links):
        return True
    return any(name.endswith(match.entry.value) for match in asked.reader.values.fuzzy(text))


def _ways(asked: Asked, outcome: Outcome, queries: tuple[SemanticQuery, ...]) -> Outcome:
    """The model finds the question ambiguous: the user decides, with what the grammar read as the first of the ways."""
    if isinstance(outcome, Reading):
        if any(alike(outcome.query, q, asked) for q in queries):
            others = tuple(q for q in queries if not alike(outcome.query, q, asked))
            return replace(outcome, others=tuple(dict.fromkeys([*outcome.others, *others])))
        queries = (outcome.query, *queries)
    choices = tuple(dict.fromkeys([*queries, *(() if isinstance(outcome, Reading) else _choices(outcome))]))
    return AskBack(_text("model_ways"), choices[:_MOST_CHOICES], getattr(outcome, "unexplained", ()), outcome.words)


def _beside(asked: Asked, reading: Reading, query: SemanticQuery) -> Outcome:
    if alike(reading.query, query, asked):
        sure = round(1 - (1 - reading.confidence) * _DOUBT_LEFT, 3)
        return replace(reading, confidence=sure, model="agrees")
    return AskBack(_text("model_differs"), (reading.query, query), reading.unexplained, reading.words)


def _choices(outcome: AskBack | Refuse) -> tuple[SemanticQuery, ...]:
    return outcome.choices if isinstance(outcome, AskBack) else outcome.nearest


def _offer(outcome: AskBack | Refuse, query: SemanticQuery, doubts: tuple[str, ...]) -> AskBack:
    """The model's reading as the first of the choices."""
    choices = tuple(dict.fromkeys([query, *_choices(outcome)]))[:_MOST_CHOICES]
    if not doubts:
        return AskBack(_text("model_offers"), choices, outcome.unexplained, outcome.words)
    zh, en = "、".join(f"“{w}”" for w in doubts), ", ".join(f'"{w}"' for w in doubts)
    message = Text(zh=word("model_doubt", "zh", words=zh), en=word("model_doubt", "en", words=en))
    return AskBack(message, choices, tuple(dict.fromkeys([*outcome.unexplained, *doubts])), outcome.words)


def _alone(outcome: AskBack | Refuse, query: SemanticQuery, words: tuple[Word, ...], agreed: bool = False) -> Reading:
    """The model's reading as the answer's."""
    told = [(w.text, w.means) for w in words if w.means]
    others = tuple(q for q in _choices(outcome) if q != query)[:_MOST_CHOICES] if isinstance(outcome, AskBack) else ()
    sure = round(1 - (1 - _ALONE) * _DOUBT_LEFT, 3) if agreed else _ALONE
    known = (*(w for w in outcome.words), *told)
    return Reading(query, known, confidence=sure, others=others, model="agrees" if agreed else "alone")


def rests_on_model(outcome: Outcome, model: str) -> tuple[Text, ...]:
    """What is to be said of an answer that rests on a model, by what it is called, where the grammar had none: `outcome` is that of the grammar."""
    if isinstance(outcome, Reading):
        return ()
    said = [_text("model_alone", model=model)]
    if outcome.unexplained:
        zh, en = "、".join(f"“{w}”" for w in outcome.unexplained), ", ".join(f'"{w}"' for w in outcome.unexplained)
        said.append(Text(zh=word("model_words", "zh", words=zh), en=word("model_words", "en", words=en)))
    return tuple(said)


def _text(key: str, **parts: object) -> Text:
    return Text(zh=word(key, "zh", **parts), en=word(key, "en", **parts))
