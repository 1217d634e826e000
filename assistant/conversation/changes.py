"""Reads the cues of a follow-up against the last query, before the rest of its words is read."""

from __future__ import annotations

from assistant.conversation import periods, pointing, removing, replacing, sorting, together
from assistant.conversation.context import Changes, Context, Handler
from assistant.conversation.cues import Cue
from assistant.conversation.last import Last, refers
from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog

_STRONG = frozenset(
    ["also", "further", "instead", "instead_of", "about", "about_end", "shift", "many", "row", "that_time", "same_time", "them", "remove",
     "suffix_remove", "all_rows", "reverse", "it", "ungrouped", "pair", "all_of_kind", "restore", "of_which"]
)  # fmt: skip
_LINKING = ("那", "那就", "and", "and in", "and the", "then", "but", "how did")
# What points to rows is understood before what is taken out, and that before what only links.
_ORDER: tuple[tuple[str, ...], ...] = (
    ("preface",),
    ("instead_of",),
    ("unknowns",),
    ("ungrouped",),
    ("pair",), ("all_of_kind",), ("row",), ("first",), ("many",), ("shift", "that_time", "same_time", "whole", "all_time"),
    ("all_rows",),
    ("remove",), ("suffix_remove",),
    ("restore",),
    ("everything",), ("everyone",), ("filter_noun",), ("total",), ("them",), ("of_which",), ("sort",), ("reverse", "ascending", "descending"),
    ("also",), ("further",), ("instead",), ("about",), ("about_start", "about_end"), ("only",), ("it",), ("of_each",), ("same",),
)  # fmt: skip



def changes(text: str, marks: list[Mark], last: Last, catalog: Catalog) -> Changes:
    """What the cues of a text change in the last query. Raises AskBack where what they point to is not clear."""
    at = Context(text, marks, last, catalog)
    pointing.find_top_things(at)
    for kinds in _ORDER:
        for cue in [c for c in at.cues if c.kind in kinds]:
            if any(c.start < cue.end and cue.start < c.end for c in at.out.claimed):
                continue
            became = _HANDLERS.get(cue.kind, _said)(at, cue)
            if became:
                at.claim(cue.start, cue.end, became)
                at.out.strong = at.out.strong or cue.kind in _STRONG or cue.text in _LINKING
    return at.out


def _said(at: Context, cue: Cue) -> str:
    return cue.kind


def _also(at: Context, cue: Cue) -> str:
    at.out.also = True
    return "also"


def _of_each(at: Context, cue: Cue) -> str:
    """The top three of each: of what the last ranking was cut by."""
    return "of each" if at.base.limit_per and any(m.has("top", "bottom") or m.number for m in at.marks) else ""


def _start(at: Context, cue: Cue) -> str:
    """And the discount rate: one more, where several measures stand side by side already."""
    telling = [m for m in at.marks if m.start >= cue.end and not m.filler and not at.is_cue(m)]
    if cue.text.startswith("and") and len(at.base.metrics) > 1 and telling and all(m.metrics and not m.entities for m in telling):
        at.out.also = True
    return "about_start"


def _further(at: Context, cue: Cue) -> str:
    at.out.further = True
    return "further"


def _instead(at: Context, cue: Cue) -> str:
    at.out.instead = True
    return "instead"


def _about(at: Context, cue: Cue) -> str:
    """Was it sent to many: it is the one row of a ranking, where the last answer had just that."""
    groups = [g for g in at.base.group_by if refers(g) and g.grain is None]
    if cue.text.endswith((" it", " that")) and at.base.limit == 1 and len(at.last.rows) == 1 and len(groups) == len(at.base.group_by):
        pointing.point(at, at.last.rows[0], groups)
    return "about"


_HANDLERS: dict[str, Handler] = {
    **removing.HANDLERS,
    **replacing.HANDLERS,
    **together.HANDLERS,
    **sorting.HANDLERS,
    **periods.HANDLERS,
    **pointing.HANDLERS,
    "also": _also,
    "further": _further,
    "of_each": _of_each,
    "about_start": _start,
    "about": _about,
    "instead": _instead,
}
