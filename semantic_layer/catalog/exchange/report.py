"""What an import or export lost, guessed or renamed, told to the person who runs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.catalog.source import Place, Problem

Kind = Literal["lost", "guessed", "renamed"]
_HEADINGS: dict[Kind, tuple[str, str]] = {
    "lost": ("Not carried over", "未能带过来的"),
    "guessed": ("Guessed, please confirm", "推测的，请确认"),
    "renamed": ("Renamed", "改了名的"),
}


@dataclass(frozen=True)
class Note:
    """One thing that did not come over as it stood: its path in the document, its place, what and why."""

    kind: Kind
    path: str
    en: str
    zh: str
    place: Place | None = None

    def text(self, lang: str) -> str:
        """The note in `zh` or `en`, as one line."""
        where = f" ({self.place})" if self.place else ""
        return f"{self.path}{where}: {self.zh if lang == 'zh' else self.en}"


@dataclass
class Report:
    """The notes of one import or export, and what the check found in its result."""

    problems: Sequence[Problem] = ()
    _notes: dict[Note, None] = field(default_factory=dict)

    @property
    def notes(self) -> list[Note]:
        """All notes, in the order they were made."""
        return list(self._notes)

    def add(self, kind: Kind, path: str, en: str, zh: str, place: Place | None = None) -> None:
        """Adds a note, once."""
        self._notes.setdefault(Note(kind, path, en, zh, place))

    def of(self, kind: Kind) -> list[Note]:
        """The notes of one kind."""
        return [n for n in self.notes if n.kind == kind]

    def lines(self, lang: str) -> Iterator[str]:
        """The report for a terminal."""
        chinese = lang == "zh"
        for kind, (en, zh) in _HEADINGS.items():
            if found := self.of(kind):
                yield f"{zh if chinese else en} ({len(found)}):"
                yield from (f"  {n.text(lang)}" for n in found)
        if self.problems:
            yield f"{'目录检查发现' if chinese else 'The check of the catalog found'} ({len(self.problems)}):"
            yield from (f"  {p}" for p in self.problems)

    def markdown(self, title: str) -> str:
        """The report as a file, in both languages."""
        out = [f"# {title}", ""]
        for kind, (en, zh) in _HEADINGS.items():
            if found := self.of(kind):
                out += [f"## {en} · {zh}", "", *(f"- {n.text('en')}\n  {n.zh}" for n in found), ""]
        if self.problems:
            out += ["## What `wenshu catalog check` finds · 目录检查发现的问题", "", *(f"- {p}" for p in self.problems), ""]
        return "\n".join(out if len(out) > 2 else [*out, "Nothing was lost or guessed. 没有丢失或推测的内容。", ""])
