"""A small typed grammar engine: lexemes cut a text into tokens, rules put tokens together, the longest reading wins.

A rule reads "yr _of? month dom": names of tokens or of other rules in order; `?` may be missing (its value is None),
`_` is matched but not handed to the action. An action that returns None refuses the match.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Match = re.Match[str]


@dataclass(frozen=True)
class Lexeme:
    """A kind of token: its pattern, and what a match means (None: not this token after all).

    `gate` is what has to hold where any such word begins; it is tried once for all neighbours that share it.
    """

    kind: str
    pattern: str
    value: Callable[[Match], Any]
    gate: str = r"(?=[^a-z\s])"


@dataclass(frozen=True)
class Token:
    """A word of the grammar; `glued` when nothing but blanks and articles stands before it."""

    kind: str
    value: Any
    start: int
    end: int
    glued: bool


@dataclass(frozen=True)
class Rule:
    """One way to build `name` from `parts`."""

    name: str
    parts: str
    action: Callable[..., Any]


@dataclass(frozen=True)
class Parsed:
    """A value and the token after its last one."""

    value: Any
    after: int


Memo = dict[tuple[str, int], Parsed | None]


@dataclass(frozen=True)
class _Sequence:
    """A rule with its optional parts decided; `slots` maps each part to its place among the arguments."""

    parts: tuple[str, ...]
    slots: tuple[int | None, ...]
    arguments: int
    action: Callable[..., Any]


def english(kind: str, pattern: str, value: Callable[[Match], Any]) -> Lexeme:
    """A lexeme of whole Latin words."""
    return Lexeme(kind, rf"(?:{pattern})(?![a-z0-9])", value, gate=r"(?<![a-z0-9])(?=[a-z0-9'])")


def constant(value: Any) -> Callable[[Match], Any]:
    """The same meaning whatever was matched."""
    return lambda _match: value


class Lexer:
    """Cuts a text into the tokens of its lexemes; what stands between them is left out."""

    def __init__(self, lexemes: Iterable[Lexeme], blank: str) -> None:
        self._lexemes = tuple(lexemes)
        self._pattern = re.compile("|".join(_gated(self._lexemes)))
        self._blank = re.compile(blank)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of the text, left to right."""
        found: list[Token] = []
        for match in self._pattern.finditer(text):
            lexeme = self._lexemes[int((match.lastgroup or "t0")[1:])]
            value = lexeme.value(match)
            if value is not None:
                before = found[-1].end if found else 0
                glued = self._blank.fullmatch(text, before, match.start()) is not None
                found.append(Token(lexeme.kind, value, match.start(), match.end(), glued))
        return found


class Grammar:
    """Rules over token kinds; `parse` gives the longest value of a rule name at a token."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[_Sequence]] = {}
        for rule in rules:
            self._rules.setdefault(rule.name, []).extend(_sequences(rule))
        self._starting = self._by_first_kind()

    def parse(self, name: str, tokens: list[Token], at: int, memo: Memo) -> Parsed | None:
        """The longest `name` that begins at tokens[at]; `memo` is kept per list of tokens."""
        key = (name, at)
        if key not in memo:
            memo[key] = self._longest(name, tokens, at, memo)
        return memo[key]

    def _longest(self, name: str, tokens: list[Token], at: int, memo: Memo) -> Parsed | None:
        best: Parsed | None = None
        for sequence in self._starting[name].get(tokens[at].kind, ()):
            found = self._match(sequence, tokens, at, memo)
            if found and (best is None or found.after > best.after):
                best = found
        return best

    def _match(self, sequence: _Sequence, tokens: list[Token], at: int, memo: Memo) -> Parsed | None:
        arguments: list[Any] = [None] * sequence.arguments
        start = at
        for part, slot in zip(sequence.parts, sequence.slots, strict=True):
            if at >= len(tokens) or (at > start and not tokens[at].glued):
                return None
            found = self._part(part, tokens, at, memo)
            if found is None:
                return None
            if slot is not None:
                arguments[slot] = found.value
            at = found.after
        value = sequence.action(*arguments)
        return None if value is None else Parsed(value, at)

    def _part(self, part: str, tokens: list[Token], at: int, memo: Memo) -> Parsed | None:
        if part in self._rules:
            return self.parse(part, tokens, at, memo)
        token = tokens[at]
        return Parsed(token.value, at + 1) if token.kind == part else None

    def _by_first_kind(self) -> dict[str, dict[str, list[_Sequence]]]:
        """For each rule and kind of token, the sequences it may begin: the rest need no look."""
        first = self._first_kinds()
        starting: dict[str, dict[str, list[_Sequence]]] = {name: {} for name in self._rules}
        for name, sequences in self._rules.items():
            for sequence in sequences:
                for kind in first.get(sequence.parts[0], {sequence.parts[0]}):
                    starting[name].setdefault(kind, []).append(sequence)
        return starting

    def _first_kinds(self) -> dict[str, set[str]]:
        """The token kinds each rule may begin with."""
        first: dict[str, set[str]] = {name: set() for name in self._rules}
        growing = True
        while growing:
            before = sum(map(len, first.values()))
            for name, sequences in self._rules.items():
                for head in {sequence.parts[0] for sequence in sequences}:
                    first[name] |= first.get(head, {head})
            growing = sum(map(len, first.values())) > before
        return first


def _gated(lexemes: tuple[Lexeme, ...]) -> Iterator[str]:
    """The lexemes in order as groups t0, t1, ..., neighbours of one gate behind it together."""
    for gate, group in itertools.groupby(enumerate(lexemes), key=lambda numbered: numbered[1].gate):
        words = "|".join(f"(?P<t{at}>{lexeme.pattern})" for at, lexeme in group)
        yield f"{gate}(?:{words})"


def _sequences(rule: Rule) -> Iterator[_Sequence]:
    """Every choice of the optional parts."""
    parts = rule.parts.split()
    names = [part.strip("_?") for part in parts]
    slots = _slots(parts)
    optional = [at for at, part in enumerate(parts) if part.endswith("?")]
    arguments = sum(slot is not None for slot in slots)
    for count in range(len(optional) + 1):
        for missing in itertools.combinations(optional, count):
            kept = [at for at in range(len(parts)) if at not in missing]
            chosen = tuple(names[at] for at in kept)
            yield _Sequence(chosen, tuple(slots[at] for at in kept), arguments, rule.action)


def _slots(parts: list[str]) -> list[int | None]:
    counter = itertools.count()
    return [None if part.startswith("_") else next(counter) for part in parts]
