"""Columns as fields: keys, times, measures, dimensions; what is personal, what the values are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from semantic_layer.catalog.draft.keys import KEY_WORDS
from semantic_layer.catalog.draft.profile import Column, Database
from semantic_layer.catalog.draft.roles import DraftDataset
from semantic_layer.catalog.draft.words import Glossary, Phrase, plural
from semantic_layer.catalog.models import Text
from semantic_layer.engines.admin import quoted, quoted_table

Kind = Literal["key", "time", "measure", "dimension"]
_FEW = 60  # values of a dimension that are looked at one by one
_FEW_NUMBERS = 25  # a whole number with no more values than these, and no name of a measure, groups
_LONG_TEXT = 60  # letters of a mean text: nobody filters by it
_GOODS = dict.fromkeys(("item", "article", "merchandise", "commodity", "goods"), "product")
_DAY_PARTS = ("year", "month", "day")
# The time that a row is dated by, before others; and those that come late or tell of something else.
_FIRST = ("order", "transaction", "purchase", "sale", "sold", "event", "booking", "visit", "created", "invoice", "payment", "date")
_LATE = (
    "ship", "shipping", "delivery", "delivered", "receipt", "received", "commit", "due", "updated", "modified", "deleted", "expiry",
    "birth", "end",
)  # fmt: skip


@dataclass
class DraftField:
    """A field of a draft. `column` is what it is made of: none for a day made of its parts."""

    name: str
    kind: Kind
    type: str
    phrase: Phrase
    column: Column | None = None
    expression: str = ""
    entity: str = ""
    how: str = ""
    unit: str = ""
    personal: bool = False
    display: bool = False
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    reviews: list[str] = field(default_factory=list)


def day_of_parts(dataset: DraftDataset, glossary: Glossary) -> DraftField | None:
    """A date that stands in three columns: year, month and day."""
    parts = {part: c for part in _DAY_PARTS for c in dataset.named.table.columns.values() if dataset.named.phrases[c.name].words == (part,)}
    if len(parts) < 3 or not all(c.is_integer for c in parts.values()):
        return None
    made = ", ".join(f"CAST({quoted(parts[p].name)} AS INTEGER)" for p in _DAY_PARTS)
    names = ", ".join(parts[p].name for p in _DAY_PARTS)
    return DraftField("date", "time", "date", glossary.phrase("date"), None, f"make_date({made})", reviews=[f"made of {names}"])


def classified(database: Database, dataset: DraftDataset, column: Column, name: str, glossary: Glossary) -> DraftField:
    """What a column is, apart from keys."""
    phrase = dataset.named.phrases[column.name]
    kind, how, why = _kind(column, phrase)
    if kind == "dimension" and is_number_of(column, phrase):
        phrase = replace(phrase, text=Text(zh=f"{phrase.text.zh}数", en=f"number of {plural(phrase.text.en)}"))
    made = DraftField(name, kind, column.type, phrase, column, how=how, unit=_unit(phrase))
    if name != column.name:
        made.expression = quoted(column.name)
    if _is_written_date(database, dataset, column):
        made.kind, made.type, made.expression = "time", "date", f"CAST({quoted(column.name)} AS DATE)"
        why = "a date written as text"
    made.personal = any(e is not None and e.personal for e in phrase.entries) or (column.type == "string" and column.length > _LONG_TEXT)
    made.personal |= phrase.has("name") and _is_person(dataset)
    if why:
        made.reviews.append(why)
    if not phrase.known:
        made.reviews.append("its name is not in the glossary: say what it is called")
    if kind == "dimension" and column.type == "string" and not made.personal and 0 < column.distinct <= _FEW:
        values = [str(r[0]) for r in database.rows(_distinct(dataset.named.table.name, column.name))]
        made.values = _named_values(values, dataset.named.own if phrase.words == ("name",) else phrase, glossary)
        if len(values) > 1 and all(re.match(r"\d+\s*[-.]\s*\S", v) for v in values):
            made.order = tuple(sorted(values))
    return made


def is_display(database: Database, dataset: DraftDataset, column: Column) -> bool:
    """Whether a column is the name by which people know the rows: called so, never empty, never the same twice."""
    table, phrase = dataset.named.table, dataset.named.phrases[column.name]
    # What is sold is called by many words: a product has the name of an item.
    own = {_GOODS.get(w, w) for w in phrase.words} - {"name", "title"} <= {_GOODS.get(w, w) for w in dataset.named.own.words}
    if phrase.words[-1:] not in (("name",), ("title",)) or not own or column.type != "string" or not table.full(column.name):
        return False
    if column.distinct * 1.6 < table.rows or not dataset.named.key:
        return False
    return bool(database.rows(f"SELECT count(DISTINCT {quoted(column.name)}) FROM {quoted_table(table.name)}")[0][0] == table.rows)


def time_rank(made: DraftField) -> int:
    """How likely rows are dated by this field; higher is likelier."""
    if made.column is None:
        return 5
    words = made.phrase.words
    return 1 if any(w in _LATE for w in words) else 4 if any(w in _FIRST for w in words) else 3


def _is_person(dataset: DraftDataset) -> bool:
    head = dataset.named.own.head
    return head is not None and head.people


def _kind(column: Column, phrase: Phrase) -> tuple[Kind, str, str]:
    """(kind, how a measure is aggregated, why that is to be looked at)."""
    head = phrase.head
    section = head.section if head else ""
    if column.type in ("date", "datetime"):
        return "time", "", ""
    if column.type not in ("integer", "number"):
        return "dimension", "", ""
    how = next((e.how for e in reversed(phrase.entries) if e is not None and e.how), "")
    if section == "measures" or how or is_total(phrase):
        return "measure", _how(column, phrase, how), ""
    if section == "things" and column.is_integer and column.name.lower().endswith("s") and column.distinct > _FEW_NUMBERS:
        return "measure", "sum", "many of a thing in one column: taken as their number"
    if phrase.has(*KEY_WORDS) or section in ("attributes", "times", "things"):
        return "dimension", "", ""
    if column.type == "number":
        return "measure", "sum", "a number that nothing is known of: taken as an amount that is added up"
    if column.distinct <= _FEW_NUMBERS:
        return "dimension", "", "a whole number with few values: taken as a label"
    return "measure", "mean", "a whole number that nothing is known of: averaged, not added up"


def is_total(phrase: Phrase) -> bool:
    """Whether a number is called a total, and of nothing else."""
    return phrase.words in (("total",), ("grand", "total"))


def _how(column: Column, phrase: Phrase, how: str) -> str:
    """Totals of prices are added up, prices are not; nor is a share of one."""
    if phrase.has("total", "extended", "gross", "subtotal") and not phrase.has("average", "percent", "rate"):
        return "sum"
    if column.type == "number" and column.low is not None and column.high is not None and float(column.low) >= 0 and float(column.high) <= 1:
        return "mean"
    return how or "sum"


def is_number_of(column: Column, phrase: Phrase) -> bool:
    """Whether a column says how many of a thing there are: engines."""
    head = phrase.head
    return head is not None and head.section == "things" and column.is_integer and column.name.lower().endswith("s") and len(phrase.words) == 1


def _unit(phrase: Phrase) -> str:
    return next((e.unit for e in reversed(phrase.entries) if e is not None and e.unit), "")


def _named_values(values: list[str], phrase: Phrase, glossary: Glossary) -> dict[str, dict[str, str]]:
    """The names of coded values, where the glossary has them for a field of this name."""
    written = next((glossary.values[k] for k in (" ".join(phrase.words), phrase.last) if k in glossary.values), {})
    known = {code.casefold(): names for code, names in written.items()}
    return {v: dict(known[v.casefold()]) for v in values if v.casefold() in known}


def _is_written_date(database: Database, dataset: DraftDataset, column: Column) -> bool:
    """Whether all values of a text are days."""
    bounds = [b for b in (column.low, column.high) if b]
    if column.type != "string" or not bounds or not all(re.match(r"\d{4}-\d\d?-\d\d?", b) for b in bounds):
        return False
    name, table = quoted(column.name), quoted_table(dataset.named.table.name)
    return not database.rows(f"SELECT 1 FROM {table} WHERE {name} IS NOT NULL AND TRY_CAST({name} AS DATE) IS NULL LIMIT 1")


def _distinct(table: str, column: str) -> str:
    return f"SELECT DISTINCT CAST({quoted(column)} AS VARCHAR) AS v FROM {quoted_table(table)} WHERE v IS NOT NULL ORDER BY v LIMIT {_FEW + 1}"


def spoken(made: DraftField, owner: Phrase, role: Phrase | None) -> Iterator[tuple[str, str]]:
    """What a field may be called, (zh, en), the shortest first; of a role always with the role."""
    text, thing = made.phrase.text, owner.text
    if role is not None:
        thing = type(thing)(zh=f"{role.text.zh}{thing.zh}", en=f"{role.text.en} {thing.en}")
    if made.display:
        yield thing.zh, thing.en
    measured = made.kind == "measure"
    if made.phrase.words == owner.words and not made.display and not made.entity:
        text = type(text)(zh=f"{text.zh}编号", en=f"{text.en} number")
    if role is None and not measured and not made.display and made.phrase.words != ("name",):
        yield text.zh, text.en
    bare = {"zh": text.zh.removeprefix(thing.zh), "en": text.en.removeprefix(f"{thing.en} ")}
    if measured:
        # The bare name is the metric's.
        yield f"单次{bare['zh']}", f"single {bare['en']}"
        yield f"每{thing.zh}{bare['zh']}", f"{bare['en']} of each {thing.en}"
    else:
        yield f"{thing.zh}{bare['zh']}", f"{thing.en} {bare['en']}"


def annotated(values: dict[str, Any]) -> dict[str, Any]:
    """A mapping without its empty values."""
    return {k: v for k, v in values.items() if v not in ("", None, False, (), [], {})}
