"""The desk: what is proposed to a user today, and what was decided about it. Everything that shows actions goes through here."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant.actions.action import Action, ActionList, State, Step
from assistant.actions.audiences import Crowd, together
from assistant.actions.card import action_of, subject, wanting_of
from assistant.actions.hints import hints, is_watched
from assistant.actions.loading import FOLDER, Known, packaged, playbooks_of
from assistant.actions.models import Playbook
from assistant.actions.proposing import Proposal, Unmet, proposals
from assistant.actions.watching import Run
from assistant.answer.caveats import data_caveats
from assistant.answer.model import Answer, Pointed
from assistant.answer.say import Speaker
from assistant.store import Decision
from prompts import word
from semantic_layer.compiler import Compiled
from semantic_layer.engines import Snapshot
from semantic_layer.errors import ShopError, UnknownAction, UsageError, did_you_mean
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access, Shop
from semantic_layer.shops.access import Rows

if TYPE_CHECKING:
    from assistant.auditing import Auditor

REMEMBERED = 90  # days that a dismissal counts
_KEPT = 8  # states of the data and roles whose proposals are kept
_URGENCIES = ("now", "week", "later")
_FROM: dict[State, tuple[State, ...]] = {
    "accepted": ("proposed", "changed", "dismissed"),
    "changed": ("proposed", "changed", "accepted"),
    "dismissed": ("proposed", "changed", "accepted"),
    "done": ("accepted",),
    "proposed": (),
}


class Decided(Protocol):
    """Where decisions are kept: `Store.decisions`."""

    def decide(self, shop: str, decision: Decision) -> int:
        """Keeps a step. Raises StoreError."""
        ...

    def of(self, shop: str) -> tuple[Decision, ...]:
        """All steps, the first first. Raises StoreError."""
        ...


class Forgetful:
    """Keeps decisions as long as the process lives."""

    def __init__(self) -> None:
        self._steps: list[Decision] = []

    def decide(self, shop: str, decision: Decision) -> int:
        """Keeps a step."""
        self._steps.append(decision)
        return len(self._steps)

    def of(self, shop: str) -> tuple[Decision, ...]:
        """All steps, the first first."""
        return tuple(self._steps)


@dataclass(frozen=True)
class Evaluated:
    """What the playbooks made of one state of the data under one role; `silent` are those with nothing to say."""

    proposals: tuple[Proposal, ...]
    unmet: tuple[Unmet, ...]
    silent: tuple[Known, ...]
    playbooks: Mapping[str, Playbook]
    compiled: Mapping[str, tuple[Compiled, ...]]


@dataclass(frozen=True)
class Seen:
    """Through whose eyes: a user's access over one state of the data."""

    access: Access
    data: Snapshot
    user: str

    def run(self, query: SemanticQuery) -> Rows:
        """The rows of a query that the user may see. Raises QueryError, GuardError, EngineError."""
        return self.access.answer(query, self.data, self.user)


class Desk:
    """The actions of one shop. Safe to use from many threads."""

    def __init__(self, shop: Shop, decided: Decided | None = None) -> None:
        self.shop = shop
        self.decided: Decided = decided or Forgetful()
        self.auditor: Auditor | None = None
        self._known: OrderedDict[tuple[object, ...], Evaluated] = OrderedDict()
        self._working = threading.Lock()
        self._read: tuple[object, tuple[Known, ...]] | None = None

    # -- looking ------------------------------------------------------------------------------------------------

    def listed(self, lang: str, user: str | None = None) -> ActionList:
        """What there is to do for a user, best first. Raises ShopError (of a playbook with file and line), UsageError, StoreError."""
        revision = self.shop.now()
        with revision.engine.snapshot() as data:
            return self.listed_for(Seen(revision.access(user), data, user or ""), lang)

    def listed_for(self, seen: Seen, lang: str) -> ActionList:
        """The same over a state of the data that is held already."""
        today = seen.access.today
        histories = _histories(self.decided.of(self.shop.name))
        found = self._evaluated(seen, histories)
        speaker = Speaker(seen.access.catalog, lang)
        listed = ActionList(lang=speaker.lang, day=today)
        states = {p.id: _state(histories.get(p.id, ()), seen.user, p.playbook.rest, today) for p in found.proposals}
        running = [(p, p.crowd) for p in found.proposals if p.crowd and states[p.id] == "accepted"]
        for proposal in found.proposals:
            action = self._action(proposal, histories.get(proposal.id, ()), seen, speaker, running, found.compiled[proposal.id])
            where = listed.waiting if action.missing else _place(listed, action.state)
            where.append(action)
        there = {p.id for p in found.proposals}
        for id, steps in histories.items():
            if id not in there and (gone := _gone(id, steps, seen, speaker, found.playbooks)):
                _place(listed, gone.state).append(gone)
        listed.wanting = [wanting_of(u, speaker) for u in found.unmet]
        listed.quiet = [k.playbook.label.get(speaker.lang) for k in found.silent]
        _rank(listed.proposed, histories, seen.user, today, speaker)
        listed.note = _summary(listed, speaker)
        return listed

    def show(self, id: str, lang: str, user: str | None = None) -> Action:
        """One action by its id, or by the beginning of it. Raises UnknownAction for one that is not there, and as `listed`."""
        listed = self.listed(lang, user)
        actions = [*listed.proposed, *listed.running, *listed.waiting, *listed.closed]
        found = [a for a in actions if a.id == id] or [a for a in actions if a.id.startswith(id)]
        if len(found) != 1:
            known = [a.id for a in actions]
            raise UnknownAction(f"There is no action {id}." + did_you_mean(id, known), f"没有行动 {id}。" + did_you_mean(id, known, "zh"))
        return found[0]

    def audience(
        self, id: str, lang: str, user: str | None = None, limit: int | None = None, channel: str = ""
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """(names of columns, rows) of an action's audience as it is now, by its query, under the user's rights; written down by the auditor.

        Raises UsageError where the action has none, QueryError where the role may not list people, EngineError.
        """
        action = self.show(id, lang, user)
        if action.audience is None:
            raise UsageError(f"The action {id} has no audience.", f"行动 {id} 没有对象人群。")
        query = SemanticQuery.model_validate(action.audience.query)
        if limit is not None:
            query = query.model_copy(update={"limit": limit})
        revision, started = self.shop.now(), time.perf_counter()
        with revision.engine.snapshot() as data:
            found = revision.access(user).answer(query, data, user or "")
        if self.auditor:
            took = round((time.perf_counter() - started) * 1000)
            self.auditor.listed(action.id, action.headline, user or "", lang, channel, found.compiled.sql(), len(found.rows), took)
        if found.truncated and limit is None:
            raise UsageError(
                f"The audience has more rows than one answer may have ({len(found.rows):,}); raise limits: max_rows in wenshu.yaml.",
                f"人群超过单次查询的行数上限（{len(found.rows):,}）；请调高 wenshu.yaml 的 limits: max_rows。",
            )
        return [c.name for c in found.columns], found.rows

    def pointed(self, query: SemanticQuery, answer: Answer, speaker: Speaker) -> list[Pointed]:
        """The kinds of action that the rows of an ordinary answer call for; none where the playbooks have mistakes."""
        if not is_watched(query):
            return []
        stamp = _stamp(self.shop.folder)
        if self._read is None or self._read[0] != stamp:
            try:
                self._read = stamp, self.playbooks()
            except ShopError:
                self._read = stamp, ()
        return hints(query, answer, self._read[1], speaker)

    def playbooks(self) -> tuple[Known, ...]:
        """Those of the shop. Raises ShopError with file and line."""
        return playbooks_of(self.shop.folder, self.shop.catalog)

    # -- deciding -----------------------------------------------------------------------------------------------

    def decide(self, id: str, state: State, lang: str, user: str | None = None, reason: str = "", changes: Mapping[str, Any] | None = None) -> Action:
        """Brings an action into another state, and gives it as it is then. `changes`: owner, channel, when, and `numbers` by name.

        Raises UsageError for a step that does not follow from the present state, for one that lacks evidence, and for what cannot be
        changed; StoreError.
        """
        action = self.show(id, lang, user)
        if action.missing or action.state not in _FROM[state]:
            raise UsageError(
                f"The action {action.id} is {'not proposed' if action.missing else action.state}; it cannot become {state}.",
                f"行动 {action.id} 当前{'证据不足' if action.missing else word(f'action_state_{action.state}', 'zh')}，"
                f"不能改为{word(f'action_state_{state}', 'zh')}。",
            )
        if state == "dismissed" and not reason.strip():
            raise UsageError("Say why it is dismissed.", "请说明忽略的理由。")
        kept = _checked(changes or {}, action)
        card = {"rights": self.shop.access(user).rights.hash, "action": action.model_dump(mode="json", exclude={"steps", "note", "queries"})}
        step = Decision(action.id, action.kind, state, user or "", action.day, reason.strip(), kept, card)
        self.decided.decide(self.shop.name, step)
        return self.show(action.id, lang, user)

    # -- working out --------------------------------------------------------------------------------------------

    def _evaluated(self, seen: Seen, histories: Mapping[str, tuple[Decision, ...]]) -> Evaluated:
        access = seen.access
        edits = {id: numbers for id, steps in histories.items() if (numbers := _changed(steps).get("numbers"))}
        key = (access.revision, access.version, access.rights.hash, access.today, _stamp(self.shop.folder), repr(sorted(edits.items())))
        with self._working:
            if key not in self._known:
                self._known[key] = _evaluated(playbooks_of(self.shop.folder, self.shop.catalog), access, seen.run, edits)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def _action(
        self,
        proposal: Proposal,
        steps: tuple[Decision, ...],
        seen: Seen,
        speaker: Speaker,
        running: Iterable[tuple[Proposal, Crowd]],
        compiled: tuple[Compiled, ...],
    ) -> Action:
        today = seen.access.today
        action = action_of(proposal, speaker, today, _changed(steps))
        action.state = _state(steps, seen.user, proposal.playbook.rest, today)
        action.steps = [_step(s) for s in steps]
        action.caveats += dict.fromkeys(c for each in compiled for c in data_caveats(each, self.shop.problems, seen.access.rights, speaker))
        if action.audience and proposal.crowd and action.state in ("proposed", "changed") and not action.missing:
            for other, crowd in running:
                if other.id != proposal.id and crowd.entity == proposal.crowd.entity:
                    both = together(proposal.crowd, crowd, seen.access.catalog, seen.run)
                    if both:
                        action.audience.overlap[subject(other, speaker)] = both
        return action


def _evaluated(known: tuple[Known, ...], access: Access, run: Run, edits: Mapping[str, Mapping[str, float]]) -> Evaluated:
    made: list[Proposal] = []
    unmet: list[Unmet] = []
    silent: list[Known] = []
    for each in known:
        found = proposals(each, access.catalog, run, access.today, edits)
        if isinstance(found, Unmet):
            unmet.append(found)
        elif found:
            made += found
        else:
            silent.append(each)
    compiled = {p.id: tuple(map(access.compile, p.queries)) for p in made}
    return Evaluated(tuple(made), tuple(unmet), tuple(silent), {k.name: k.playbook for k in known}, compiled)


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """The state of the files of the playbooks."""
    paths = [p for where in (packaged(), folder / FOLDER) if where.is_dir() for p in where.glob("*.yaml")]
    return tuple(sorted((p.name, p.stat().st_mtime_ns) for p in paths))


# -- what was decided -------------------------------------------------------------------------------------------


def _histories(steps: Iterable[Decision]) -> dict[str, tuple[Decision, ...]]:
    out: dict[str, tuple[Decision, ...]] = {}
    for step in steps:
        out[step.action] = (*out.get(step.action, ()), step)
    return out


def _state(steps: tuple[Decision, ...], user: str, rest: int, today: dt.date) -> State:
    """The state as this user sees it: what somebody dismissed is dismissed for them alone; what is over is proposed again after its rest."""
    state: State = "proposed"
    for step in steps:
        if step.state == "dismissed" and step.user != user:
            continue
        over = step.state in ("dismissed", "done") and (today - step.day).days >= rest
        state = "proposed" if over else step.state  # type: ignore[assignment]
    return state


def _changed(steps: Iterable[Decision]) -> dict[str, Any]:
    """What was edited, the last of each, since the action was last over."""
    out: dict[str, Any] = {}
    for step in steps:
        numbers = {**out.get("numbers", {}), **step.changes.get("numbers", {})}
        out = {} if step.state == "done" else {**out, **step.changes, **({"numbers": numbers} if numbers else {})}
    return out


def _step(step: Decision) -> Step:
    state: State = step.state  # type: ignore[assignment]
    changes = {k: v for k, v in step.changes.items() if k != "numbers"} | dict(step.changes.get("numbers", {}))
    return Step(state=state, user=step.user, at=step.created, reason=step.reason, changes=changes)


def _place(listed: ActionList, state: State) -> list[Action]:
    if state in ("proposed", "changed"):
        return listed.proposed
    return listed.running if state == "accepted" else listed.closed


def _gone(id: str, steps: tuple[Decision, ...], seen: Seen, speaker: Speaker, playbooks: Mapping[str, Playbook]) -> Action | None:
    """An action that was decided about and is no longer called for: with its card for those who see what they saw then."""
    last = next((s for s in reversed(steps) if s.state != "dismissed" or s.user == seen.user), None)
    playbook = playbooks.get(steps[0].kind)
    if last is None or playbook is None:
        return None
    state = _state(steps, seen.user, playbook.rest, seen.access.today)
    if state in ("proposed", "changed"):
        return None
    own = last.user == seen.user and last.card.get("rights") == seen.access.rights.hash
    label = playbook.label.get(speaker.lang)
    bare = {"id": id, "kind": last.kind, "lang": speaker.lang, "label": label, "headline": label, "urgency": playbook.urgency, "day": last.day}
    action = Action.model_validate(last.card["action"] if own else bare)
    return action.model_copy(
        update={"state": state, "steps": [_step(s) for s in steps], "note": speaker.word("action_gone" if own else "action_gone_other")}
    )


def _rank(actions: list[Action], histories: Mapping[str, tuple[Decision, ...]], user: str, today: dt.date, speaker: Speaker) -> None:
    """By urgency, then by the money concerned; each time that the user dismissed the kind takes an urgency and half of the money off."""
    times: dict[str, int] = {}
    for steps in histories.values():
        for step in steps:
            if step.state == "dismissed" and step.user == user and 0 <= (today - step.day).days <= REMEMBERED:
                times[step.kind] = times.get(step.kind, 0) + 1
    for action in actions:
        if n := times.get(action.kind, 0):
            action.note = speaker.word("action_demoted_once" if n == 1 else "action_demoted", n=n)

    def rank(action: Action) -> tuple[float, float, str]:
        n = times.get(action.kind, 0)
        return _URGENCIES.index(action.urgency) + n, -action.worth * 0.5**n, action.id

    actions.sort(key=rank)


def _summary(listed: ActionList, speaker: Speaker) -> str:
    n = len(listed.proposed)
    key = "action_list_none" if n == 0 else "action_list_one" if n == 1 else "action_list"
    text = speaker.word(key, day=listed.day, n=n)
    more = speaker.word("action_list_more", n=len(listed.waiting)) if listed.waiting else ""
    return speaker.word("sentences", first=text, second=more) if more else text


_TEXTS = ("owner", "channel", "when")
_LONGEST = 200


def _checked(changes: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """The changes that can be kept. Raises UsageError."""
    assumed = {f.name: f for f in action.figures if f.source == "assumed"}
    kept: dict[str, Any] = {}
    for name, value in changes.items():
        if name in _TEXTS and isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
            kept[name] = value.strip()
        elif name in assumed and isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12:
            kept.setdefault("numbers", {})[name] = float(value)
        else:
            known = ", ".join((*_TEXTS, *assumed))
            raise UsageError(
                f"{name} = {value} cannot be changed so; {known} can, assumptions to numbers from 0 on.",
                f"不能把 {name} 改为 {value}；可以改的有 {known}，其中假定值须为不小于 0 的数。",
            )
    return kept


__all__ = ["Decided", "Desk", "Forgetful", "Seen"]
