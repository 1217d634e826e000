"""Puts a proposal into words: the action card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.actions.action import Action, Group, Sum, Wanting
from assistant.actions.formulas import names_in, written_out
from assistant.actions.proposing import Figure, Proposal, Unmet, figures_of
from assistant.answer.numbers import shown
from assistant.answer.say import Speaker
from prompts import word
from semantic_layer.catalog.models import Text

_WHOLE = 1_000  # from here on figures are shown without decimals
_PERCENT = ("change", "rate", "rate_before")
_MEANS = {"treated_mean": "", "held_mean": "", "smallest": "", "gap": "+", "gap_low": "+", "gap_high": "+"}


def action_of(proposal: Proposal, speaker: Speaker, today: dt.date, changes: Mapping[str, Any] | None = None) -> Action:
    """The card of a proposal, with what a person changed about it."""
    lang, playbook, changes = speaker.lang, proposal.playbook, changes or {}
    words = _words(proposal, speaker)

    def say(text: Text) -> str:
        return text.get(lang).format_map(words)

    missing = [m.text(lang) for m in proposal.missing]
    return Action(
        id=proposal.id, kind=proposal.kind, lang=lang, day=today, worth=proposal.worth,
        label=playbook.label.get(lang),
        headline=say(playbook.headline) if not missing else subject(proposal, speaker),
        urgency=playbook.urgency,
        about=playbook.about.get(lang),
        audience=_group(proposal, speaker),
        offer=[say(t) for t in playbook.offer],
        channel=str(changes.get("channel") or say(playbook.channel)),
        when=str(changes.get("when") or say(playbook.when)),
        owner=str(changes.get("owner") or say(playbook.owner)),
        target=_target(proposal, speaker) if not missing else "",
        cost=_line(proposal, playbook.cost, speaker) if not missing else "",
        break_even=_break_even(proposal, speaker) if not missing else "",
        test=_test(proposal, speaker, say) if not missing else "",
        guards=[say(t) for t in playbook.guards],
        evidence=list(_evidence(proposal, speaker)),
        figures=[_sum(f, proposal, speaker) for f in proposal.figures.values()],
        queries=[q.to_dict() for q in proposal.queries],
        missing=missing,
        members=[str(value) for name, value in proposal.reason.values.items() if name in proposal.reason.columns] if proposal.reason else [],
        caveats=[speaker.word("action_unknown", what=m.text(lang)) for m in proposal.unknown],
    )  # fmt: skip


def wanting_of(unmet: Unmet, speaker: Speaker) -> Wanting:
    """What a playbook needs that is not there."""
    kinds = {kind: speaker.word(f"action_kind_{kind}") for kind, _ in unmet.names}
    names = [f"{kinds[kind]} {name}" for kind, name in unmet.names]
    return Wanting(kind=unmet.kind, label=unmet.playbook.label.get(speaker.lang), names=names)


class _Words(dict[str, str]):
    """What no figure and no column has is shown as unknown."""

    def __missing__(self, key: str) -> str:
        return "—"


def _words(proposal: Proposal, speaker: Speaker) -> _Words:
    """Every figure and column by name, as people read it; `what` is the triggering member."""
    words = _Words()
    reason = proposal.reason
    for name, value in (reason.values if reason else {}).items():
        words[name] = _cell(name, value, speaker)
    if reason:
        for name, column in reason.columns.items():
            value = reason.values.get(name)
            words[name] = _called(column, value, speaker)
        words["what"] = speaker.word("action_within").join(_members(proposal, speaker))
    words |= {name: text.get(speaker.lang) for name, text in (proposal.trigger.texts if proposal.trigger else {}).items()}
    words |= {name: _value(figure, speaker.lang) for name, figure in proposal.figures.items()}
    return words


def _members(proposal: Proposal, speaker: Speaker) -> list[str]:
    """The values of the triggering row, without ids that a name stands beside."""
    reason = proposal.reason
    assert reason is not None
    named = [n for n, column in reason.columns.items() if "." in column and speaker.catalog.field(column).spec.kind != "time"]
    if named:
        return [_called(reason.columns[name], reason.values.get(name), speaker) for name in named]
    return [f"{_called_entity(entity, speaker)} {reason.values.get(name)}" for name, entity in reason.columns.items()]


def _called(column: str, value: Any, speaker: Speaker) -> str:
    """A value as people call it, in one language."""
    if "." in column:
        spec = speaker.catalog.field(column).spec.values.get(str(value))
        label = spec.label.get(speaker.lang) if spec else ""
        if label:
            return label
    return str(value)[:10] if isinstance(value, dt.date) else str(value)


def subject(proposal: Proposal, speaker: Speaker) -> str:
    """What an action is about, without its figures."""
    label = proposal.playbook.label.get(speaker.lang)
    what = speaker.word("action_within").join(_members(proposal, speaker)) if proposal.reason and proposal.reason.key else ""
    return speaker.word("action_subject", label=label, what=what) if what else label


def _cell(name: str, value: Any, speaker: Speaker) -> str:
    if value is None or isinstance(value, (str, dt.date, list, bool)):
        return str(value)[:10] if isinstance(value, dt.date) else "" if isinstance(value, list) else str(value)
    if name in _MEANS:
        return f"{float(value):{_MEANS[name]}.3f}"
    if name in _PERCENT:
        return shown(abs(float(value)), "percent", "", speaker.lang)
    return f"{float(value):,.0f}" if abs(float(value)) >= 10 or float(value).is_integer() else f"{float(value):.1f}"


def points(value: float, speaker: Speaker) -> str:
    """A difference of two percentages."""
    return speaker.word("action_points", n=f"{value * 100:+.2f}" if abs(value) < 0.01 else f"{value * 100:+.1f}")


def _value(figure: Figure, lang: str) -> str:
    value = figure.value
    if value is not None and figure.format != "percent" and abs(value) >= _WHOLE:
        value = round(value)
    return shown(value, figure.format, figure.unit, lang)


def _sum(figure: Figure, proposal: Proposal, speaker: Speaker) -> Sum:
    return Sum(
        name=figure.name, label=figure.label.get(speaker.lang), value=figure.value, text=_value(figure, speaker.lang), source=figure.source,
        arithmetic=_arithmetic(figure, proposal, speaker), of=figure.of, low=figure.low, high=figure.high, unit=figure.unit, edited=figure.edited,
    )  # fmt: skip


def _arithmetic(figure: Figure, proposal: Proposal, speaker: Speaker) -> str:
    if figure.source != "formula" or figure.value is None or figure.formula.isidentifier():
        return ""
    known = figures_of(proposal)
    texts = {}
    for name in names_in(figure.formula):
        other = proposal.figures.get(name)
        texts[name] = _value(other, speaker.lang) if other else _plain(name, known.get(name))
    return written_out(figure.formula, texts)


def _plain(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    if name in _PERCENT:
        return f"{value * 100:.1f}%"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def _line(proposal: Proposal, name: str | None, speaker: Speaker) -> str:
    """A figure with its arithmetic: label: value = …"""
    figure = proposal.figures.get(name or "")
    if figure is None:
        return ""
    arithmetic = _arithmetic(figure, proposal, speaker)
    key = "action_sum" if arithmetic else "action_figure"
    return speaker.word(key, label=figure.label.get(speaker.lang), value=_value(figure, speaker.lang), arithmetic=arithmetic)


def _target(proposal: Proposal, speaker: Speaker) -> str:
    own = _line(proposal, proposal.playbook.target, speaker)
    base, treated = proposal.figures.get("base"), proposal.figures.get("treated")
    if base is None or treated is None or base.value is None or treated.value is None or not proposal.playbook.response:
        return own
    natural = speaker.word(
        "action_natural", label=base.label.get(speaker.lang), treated=_value(treated, speaker.lang), base=_value(base, speaker.lang),
        natural=f"{treated.value * base.value:,.0f}", days=proposal.playbook.response.days,
    )  # fmt: skip
    return speaker.word("sentences", first=own, second=natural) if own else natural


def _break_even(proposal: Proposal, speaker: Speaker) -> str:
    figure = proposal.figures.get(proposal.playbook.break_even or "")
    if figure is None:
        return ""
    arithmetic = _arithmetic(figure, proposal, speaker)
    if figure.value is None or figure.value < 0:
        return speaker.word("action_never_pays")
    base, treated = proposal.figures.get("base"), proposal.figures.get("treated")
    more = ""
    if treated and treated.value and base and base.value:
        wanted = treated.value * figure.value
        n = speaker.word("action_more_one") if wanted < 1 else speaker.word("action_more", n=f"{wanted:,.1f}")
        more = speaker.word("action_more_orders", n=n, relative=f"{figure.value / base.value:+.1%}")
    return speaker.word("action_break_even", points=points(figure.value, speaker), arithmetic=arithmetic, more=more)


def _test(proposal: Proposal, speaker: Speaker, say: Any) -> str:
    playbook, plan = proposal.playbook, proposal.plan
    if playbook.test is None or plan is None:
        return say(playbook.check) if playbook.check.get(speaker.lang) else ""
    response = playbook.response
    assert response is not None
    base = proposal.figures["base"].value or 0.0
    parts = [speaker.word("action_split", treated=f"{plan.treated:,}", held=f"{plan.held:,}", holdout=f"{playbook.test.holdout:.0%}")]
    if plan.detectable is None:
        parts.append(speaker.word("action_shows_nothing"))
    else:
        parts.append(speaker.word("action_shows", points=points(plan.detectable, speaker), relative=f"{plan.detectable / base:+.0%}"))
    parts.append(speaker.word("action_per_arm", n=f"{plan.per_arm:,}"))
    if plan.waves and plan.waves > 1:
        parts.append(speaker.word("action_pool", n=plan.waves))
    elif plan.waves is None:
        parts.append(speaker.word("action_pool_long"))
    parts.append(speaker.word("action_read", label=response.label.get(speaker.lang), days=response.days))
    return speaker.word("and_join").join(parts)


def _evidence(proposal: Proposal, speaker: Speaker) -> Iterator[str]:
    reason = proposal.reason
    if reason and "z" in reason.values:
        yield _moved(proposal, speaker)
    elif reason and "gap" in reason.values:
        words = _words(proposal, speaker)
        yield speaker.word("action_tried", **{k: words[k] for k in ("treated_of", "held_of", *_MEANS)})
    base = proposal.figures.get("base")
    if base and base.value is not None and base.of:
        low, high = shown(base.low, "percent", "", speaker.lang), shown(base.high, "percent", "", speaker.lang)
        yield speaker.word(
            "action_base", label=base.label.get(speaker.lang), value=_value(base, speaker.lang), of=f"{base.of:,.0f}", low=low, high=high,
            waves=proposal.playbook.response.waves if proposal.playbook.response else 0,
        )  # fmt: skip
    for figure in proposal.figures.values():
        if figure.source == "data" and figure.name not in ("base", "size", "reached", "treated", "held"):
            yield _line(proposal, figure.name, speaker)
        elif figure.source == "assumed":
            key = "action_edited" if figure.edited else "action_assumed"
            yield speaker.word(key, label=figure.label.get(speaker.lang), value=_value(figure, speaker.lang))


def _moved(proposal: Proposal, speaker: Speaker) -> str:
    reason = proposal.reason
    assert reason is not None
    words, values = _words(proposal, speaker), reason.values
    if "rate" in values:
        low, high = shown(reason.low, "percent", "", speaker.lang), shown(reason.high, "percent", "", speaker.lang)
        return speaker.word(
            "action_rate", rate=words["rate"], hits=words["hits"], of=words["of"], days=values["days"], low=low, high=high,
            before=words["rate_before"], of_before=words["of_before"], against=values["against"], z=f"{abs(values['z']):.1f}",
        )  # fmt: skip
    parts = {"now": words["now"], "expected": words["expected"], "days": values["days"], "against": values["against"] // 7}
    return speaker.word("action_shift", change=f"{values['change']:+.0%}", z=f"{abs(values['z']):.1f}", **parts)


def _called_entity(entity: str, speaker: Speaker) -> str:
    """What members of an entity are called: by the field that shows them, where they have one."""
    spec = speaker.catalog.entity(entity)
    return speaker.field(f"{spec.dataset}.{spec.shown_by}" if spec.dataset and spec.shown_by else entity)


def _group(proposal: Proposal, speaker: Speaker) -> Group | None:
    crowd = proposal.crowd
    if crowd is None:
        return None
    audience = (proposal.trigger.audience if proposal.trigger else None) or proposal.playbook.audience
    assert audience is not None
    left_out = {audience.without[name].label.get(speaker.lang): n for name, n in crowd.left_out.items() if n}
    return Group(
        entity=crowd.entity, label=_called_entity(crowd.entity, speaker), size=crowd.size, reached=crowd.reached, left_out=left_out,
        query=crowd.listing.to_dict(), said=speaker.conditions(crowd.conditions),
    )  # fmt: skip


# -- as text ----------------------------------------------------------------------------------------------------


def as_lines(action: Action) -> list[tuple[str, str]]:
    """The rows of a card: (name of the part, text), in the order they are read. Parts that are empty are left out."""
    lang = action.lang

    def said(key: str, **parts: object) -> str:
        return word(key, lang, **parts)

    several = said("action_semicolon").join
    offers = [said("action_arm", letter="ABCD"[n], text=text) if len(action.offer) > 1 else text for n, text in enumerate(action.offer[:4])]
    rows = [
        ("about", action.about),
        ("who", _who(action.audience, lang) if action.audience else ""),
        ("what", several(offers)),
        ("channel", action.channel),
        ("when", action.when),
        ("target", action.target),
        ("cost", action.cost),
        ("break_even", action.break_even),
        ("test", action.test),
        ("evidence", several(action.evidence)),
        ("guards", several(action.guards)),
        ("owner", action.owner),
        ("missing", several(action.missing)),
        ("caveats", several(action.caveats)),
        ("note", action.note),
    ]
    state = [] if action.missing else [said(f"action_state_{action.state}")]
    rows += [("state", several([*state, *(step_text(s, lang) for s in action.steps)]))]
    return [(said(f"action_row_{name}"), text) for name, text in rows if text]


def _who(group: Group, lang: str) -> str:
    key = "action_crowd" if group.left_out or group.reached != group.size else "action_crowd_whole"
    text = word(key, lang, size=f"{group.size:,}", reached=f"{group.reached:,}", entity=group.label)
    if group.left_out:
        parts = word("list_join", lang).join(f"{label} {n:,}" for label, n in group.left_out.items())
        text += word("action_left_out", lang, parts=parts)
    if group.overlap:
        text += word("action_overlap", lang, parts=word("list_join", lang).join(f"{name} {n:,}" for name, n in group.overlap.items()))
    return text


def step_text(step: Any, lang: str) -> str:
    """A step of an action's history: state, who, when, why."""
    who = step.user or word("action_somebody", lang)
    text = word("action_step", lang, state=word(f"action_state_{step.state}", lang), who=who, at=f"{step.at:%Y-%m-%d %H:%M}")
    changed = word("list_join", lang).join(f"{k} = {v}" for k, v in step.changes.items())
    return text + "".join(word("action_because", lang, reason=r) for r in (step.reason, changed) if r)
