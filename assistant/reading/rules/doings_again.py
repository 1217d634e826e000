"""What was done again, or not again: 5月买过啤酒6月没买, bought beer in May but not in June, and not this category any more.

A later doing that names no thing of its own is of the same things, where it repeats the verb or points back to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.reading.mark import Mark
from assistant.reading.state import State

if TYPE_CHECKING:
    from assistant.reading.rules.doing import Doing

POINTING = re.compile(r"(?:该|此|这个|这|那个|那|同一个?|同个|\b(?:that|this|the same|said))\s*$")
_ANYTHING = re.compile(r"东西|任何|什么|一单|\b(?:anything|nothing|something|at all|any)\b")
_AGAIN = re.compile(r"又|再|还|仍|\b(?:again|still|also)\b")
_BUYING = re.compile(r"b(?:uy|ought)|purchas|order")
_LIGHT = set("过了来到再又去有出着的没")


def carried(state: State, doings: Sequence[Doing]) -> None:
    """Gives doings without things those of the doing before them, where they are of the same."""
    for earlier, later in pairwise(doings):
        if later.things or not earlier.things or later.entity != earlier.entity or later.both:
            continue
        pointing = _pointing(state, earlier.things)
        if later.dataset != earlier.dataset:
            _of_it(state, earlier, later, pointing)
            continue
        if pointing or ((later.negated or _again(state, later)) and _same_deed(state, earlier.anchor, later.anchor)):
            later.things = list(earlier.things)
            later.words = [*later.words, *pointing]


_ITS = re.compile(r"[^,;.?!。]*?(?:\b(?:of|from|in|under|with) (?:it|them)\b|\b(?:its|their)\b|[它其](?![他她实余中]))")


def _of_it(state: State, earlier: Doing, later: Doing, pointing: list[Mark]) -> None:
    """Was sent campaign 18 but redeemed no coupon of it: what other rows tell of is of the same thing too, where it is pointed at."""
    refs = {f for m in earlier.things for f, _ in m.values} | {m.ids[0] for m in earlier.things if m.ids}
    behind = [m for m in pointing if m.start >= later.anchor.end]
    told = behind or _ITS.match(state.text, later.anchor.end)
    if told and refs and all(state.reaches(later.dataset, r) for r in refs):
        later.things = list(earlier.things)
        that = state.ops("of_which") if behind else []
        later.words = [*later.words, *behind, *(m for m in that if m.end <= behind[0].start and state.close(m, behind[0]))]


def _pointing(state: State, things: Sequence[Mark]) -> list[Mark]:
    """This category, 这个品类, that campaign: the field or the kind of what was named before."""
    fields = {f for m in things for f, _ in m.values} | {m.ids[0] for m in things if m.ids}
    behind = state.free(lambda m: {*m.fields, *m.entities} & fields and m.start >= things[-1].end)
    return [m for m in behind if POINTING.search(state.text, 0, m.start)]


def _again(state: State, doing: Doing) -> bool:
    first = min(w.start for w in doing.words)
    return bool(_AGAIN.search(state.text[max(0, first - 6) : doing.anchor.end + 6]))


def _same_deed(state: State, earlier: Mark, later: Mark) -> bool:
    if _ANYTHING.search(state.text[later.start : later.end + 14]):
        return False
    if not later.verbs:
        return "来" not in state.text[later.start : later.end + 1]  # but not in June
    if later.text.isascii():
        return bool(_BUYING.search(earlier.text) and _BUYING.search(later.text)) or earlier.text == later.text
    return bool((set(earlier.text) & set(later.text)) - _LIGHT)
