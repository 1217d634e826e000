"""The list of actions as Markdown and as rows of a table, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.actions.action import Action, ActionList, Wanting
from assistant.actions.card import as_lines
from assistant.answer.numbers import shown
from prompts import word

COLUMNS = ("id", "state", "urgency", "kind", "headline", "audience", "worth", "owner")
_NAMES = 4
_SECTIONS = ("proposed", "running", "closed", "waiting")


def cells(action: Action) -> tuple[Any, ...]:
    """One row of the list, in the order of COLUMNS; `audience` are those to be approached, `worth` is in the shop's currency."""
    reached = action.audience.reached if action.audience else None
    state = "" if action.missing else word(f"action_state_{action.state}", action.lang)
    urgency = word(f"action_urgency_{action.urgency}", action.lang)
    return action.id, state, urgency, action.label, action.headline, reached, round(action.worth) or None, action.owner


def table(listed: ActionList) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(names of the columns, rows) of everything on the list, with every part of the cards behind the short columns."""
    actions = [a for name in _SECTIONS for a in getattr(listed, name)]
    parts = [[name for name, _ in as_lines(a)] for a in actions]
    columns = [word(f"action_column_{c}", listed.lang) for c in COLUMNS]
    names = list(dict.fromkeys(name for each in parts for name in each if name not in columns))
    rows = [(*cells(a), *(dict(as_lines(a)).get(name, "") for name in names)) for a in actions]
    return [*columns, *names], rows


def as_markdown(listed: ActionList) -> str:
    """The list as a document: what is proposed and under way with whole cards, the rest in a line each."""
    lang = listed.lang
    out = [f"# {listed.note}"]
    for name in ("proposed", "running"):
        actions = getattr(listed, name)
        if actions:
            out += [f"## {word(f'action_{name}', lang)}", *(_card(a) for a in actions)]
    for name, lines in _short(listed):
        out += [f"## {word(f'action_{name}', lang)}", "\n".join(f"- {_escaped(line)}" for line in lines)]
    return "\n\n".join(out) + "\n"


def _card(action: Action) -> str:
    rows = "\n".join(f"- **{name}**: {_escaped(text)}" for name, text in as_lines(action))
    return f"### {_escaped(action.headline)}\n\n`{action.id}` · {word(f'action_urgency_{action.urgency}', action.lang)}\n\n{rows}"


def _escaped(text: str) -> str:
    """Text of the data that Markdown would make something of, as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in " ".join(text.split()))


def _short(listed: ActionList) -> Iterator[tuple[str, list[str]]]:
    lang = listed.lang
    if listed.closed:
        yield "closed", [f"{a.headline} ({word(f'action_state_{a.state}', lang)})" for a in listed.closed]
    if listed.waiting:
        yield "waiting", [f"{a.headline}: {word('action_semicolon', lang).join(a.missing)}" for a in listed.waiting]
    if listed.quiet:
        yield "quiet", listed.quiet
    if listed.wanting:
        yield "wanting", [needs_text(w, lang) for w in listed.wanting]


def needs_text(wanting: Wanting, lang: str) -> str:
    """What a playbook lacks, the first names of it."""
    names = word("list_join", lang).join(wanting.names[:_NAMES])
    more = word("action_needs_more", lang, n=len(wanting.names) - _NAMES) if len(wanting.names) > _NAMES else ""
    return word("action_needs", lang, label=wanting.label, names=names + more)


def as_text(listed: ActionList, everything: bool = False) -> Iterator[str]:
    """The lines of the list for a terminal: what is proposed and under way; with `everything` the rest, too."""
    lang = listed.lang
    yield listed.note
    for name in ("proposed", "running"):
        actions: list[Action] = getattr(listed, name)
        if actions:
            yield f"\n{word(f'action_{name}', lang)}"
        for action in actions:
            more = [word(f"action_urgency_{action.urgency}", lang), action.owner]
            if action.worth:
                more.append(f"{word('action_worth', lang)} {shown(round(action.worth), 'number', '', lang)}")
            yield f"  {action.id}\n      {action.headline}\n      {' · '.join(more)}"
            if action.note:
                yield f"      {action.note}"
    for name, lines in _short(listed) if everything else ():
        yield f"\n{word(f'action_{name}', lang)}"
        yield from (f"  {line}" for line in lines)


def card_text(action: Action) -> Iterator[str]:
    """The lines of a card for a terminal."""
    yield action.headline
    yield f"{action.id} · {word(f'action_urgency_{action.urgency}', action.lang)}"
    for name, text in as_lines(action):
        yield f"{name}{'：' if action.lang == 'zh' else ': '}{text}"
