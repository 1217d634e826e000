"""What no name and no misspelling explains is tried by its meaning. It is only ever offered: single verbs mislead it."""

from __future__ import annotations

from assistant.linking.lexicon import Lexicon, Link, band
from assistant.reading.mark import Mark

_KINDS = {"metric": "metrics", "field": "fields", "entity": "entities", "segment": "segments"}


def likely(marks: list[Mark], left: list[Mark], text: str, lexicon: Lexicon) -> list[list[Mark]]:
    """The marks with one unexplained stretch replaced by each thing it may mean; none when nothing is near."""
    named = [m for m in left if m.unknown]
    if not named or len(named) != len(left):
        return []
    start, end = named[0].start, named[-1].end
    if any(not m.unknown and start <= m.start and m.end <= end for m in marks):
        return []
    links = lexicon.meaning([text[start:end]])[0]
    return [replaced(marks, named, text[start:end], x) for x in links[:3]] if band(links) != "none" else []


def replaced(marks: list[Mark], run: list[Mark], chunk: str, link: Link) -> list[Mark]:
    """The marks with a run of them made one that means what the link says."""
    meant = Mark(run[0].start, run[-1].end, chunk, score=link.score, **{_KINDS[link.kind]: (link.target,)})  # type: ignore[arg-type]
    return sorted([*(m for m in marks if m not in run), meant], key=lambda m: m.start)
