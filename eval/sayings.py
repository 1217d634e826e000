"""The figures of an answer's sentence, each with the row that it is said of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answer import Answer
from assistant.answer.cells import KEYS, key_text

_SCALES = {"万": 1e4, "亿": 1e8, "K": 1e3, "M": 1e6}
_FIGURE = re.compile(
    r"(?P<sign>[+-]?)[$¥€£]?(?P<digits>\d[\d,]*)(?:\.(?P<after>\d+))?"
    r"(?P<scale>[万亿]|[KM](?![A-Za-z]))?(?P<part>%| percentage points?| ?个百分点)?"
)
_TURNS = {
    "highest": re.compile(r"最高|highest"), "lowest": re.compile(r"最低|lowest"), "latest": re.compile(r"最近的|latest"),
    "rose": re.compile(r"增幅最大|rose most"), "fell": re.compile(r"降幅最大|fell most"),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number as written: its value, half a unit of its last digit, whether it is a percentage or points of one.

    `rows` are the places of the rows that the name before it stands for, none where no name stands before it. `about` says
    what else the words about the name claim: highest, lowest, latest, rose, fell.
    """

    text: str
    value: float
    rounding: float
    kind: str
    rows: tuple[int, ...] = ()
    about: frozenset[str] = frozenset()


def figures(answer: Answer) -> list[Figure]:
    """The figures of the sentence, without those in names, in labels and in the days of its periods."""
    names, text = _names(answer), _without_periods(answer)
    labels = sorted({c.label for c in answer.columns} | _measured(answer) | _dates(answer), key=len, reverse=True)
    # The key of a household is a number like any other, but for the figure in brackets behind it.
    bare = set() if any(c.role == "time" for c in answer.columns) else {n for n in names if n.isdigit()}
    found: list[Figure] = []
    rows: tuple[int, ...] = ()
    at, before = 0, ""
    pending: frozenset[str] | None = None
    while at < len(text):
        name = next((n for n in names if _stands(n, text, at) and not (n in bare and text[at + len(n) :].lstrip()[:1] not in "(（")), "")
        label = next((n for n in labels if n and text.startswith(n, at)), "")
        if len(name) > len(label) or (name and name == label):
            rows, at, pending, before = names[name], at + len(name), _turns(before), ""
        elif label:
            at += len(label)
        elif match := _FIGURE.match(text, at):
            about = frozenset() if pending is None else pending | _turns(before)
            found.append(_figure(match, rows, about))
            at, before, pending = match.end(), "", None
        else:
            if text[at] in ")）" and pending is None:
                rows = ()  # what is said of a name in brackets ends with them
            before += text[at]
            at += 1
    return found


def names_of(answer: Answer) -> Iterator[tuple[int, str]]:
    """The place of each row with the names it may be called by."""
    keys = [i for i, c in enumerate(answer.columns) if c.role in KEYS]
    for place, row in enumerate(answer.rows):
        if keys:
            yield place, " / ".join(key_text(answer.columns[k], row[k], answer.lang) for k in keys)


def _names(answer: Answer) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for place, name in names_of(answer):
        places[name] = (*places.get(name, ()), place)
    return {name: places[name] for name in sorted(places, key=len, reverse=True) if name}


def _measured(answer: Answer) -> set[str]:
    """What a metric is called, whatever side of it a column shows."""
    return {d.split(": ")[0] for d in answer.definitions}


def _dates(answer: Answer) -> set[str]:
    """Values that are no numbers: the first day of something."""
    others = [i for i, c in enumerate(answer.columns) if c.role not in KEYS and c.type not in ("integer", "number")]
    return {str(row[i]) for row in answer.rows for i in others}


def _without_periods(answer: Answer) -> str:
    """The sentence without the days that periods begin and end with."""
    day = r"\d{4}-\d\d-\d\d"
    text = re.sub(rf"{day} (?:至|to) {day}|(?:since|until|截至|Up to) {day}|{day} 起|^{day}，|(?<= for ){day}(?=[:,])", "", answer.text)
    earlier = answer.change.query["compare"]["range"]["start"] if answer.change else None
    return text.replace(str(earlier), "") if earlier else text


def _stands(name: str, text: str, at: int) -> bool:
    """Whether a name stands at a place of the text, and is not a part of a number or of a longer word there."""
    if not text.startswith(name, at):
        return False
    before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 2]
    if name[0].isascii() and name[0].isalnum() and before.isascii() and (before.isalnum() or before in "$¥€£.,"):
        return before == ""
    return not (name[-1].isascii() and name[-1].isalnum() and re.match(r"[A-Za-z0-9%万亿]|[.,]\d", after))


def _turns(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _TURNS.items() if pattern.search(text))


def _figure(match: re.Match[str], rows: tuple[int, ...], about: frozenset[str]) -> Figure:
    after, scale, part = match["after"] or "", _SCALES.get(match["scale"] or "", 1.0), match["part"] or ""
    value = float(match["digits"].replace(",", "") + (f".{after}" if after else "")) * scale
    kind = "percent" if part == "%" else "points" if part else "plain"
    divided = 100 if part else 1
    value = -value if match["sign"] == "-" else value
    return Figure(match.group(), value / divided, 0.5 * 10 ** -len(after) * scale / divided, kind, rows, about)
