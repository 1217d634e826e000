"""What an analyst writes in `catalog/*.yaml`, as frozen models. Nothing here touches a database."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from semantic_layer.query import Condition, Grain, TimeRange

FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$")]


class Spec(BaseModel):
    """Base of every catalog model: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Text(Spec):
    """One text per language."""

    zh: str = ""
    en: str = ""

    def get(self, lang: str) -> str:
        """The text in `lang`, or in the other language where it is missing."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


class Synonyms(Spec):
    """Further names per language."""

    zh: Texts = ()
    en: Texts = ()

    def all(self) -> tuple[str, ...]:
        """The names of both languages."""
        return self.zh + self.en


class Named(Spec):
    """What everything with a name for people has."""

    label: Text = Text()
    synonyms: Synonyms = Synonyms()
    description: Text = Text()

    def names(self) -> tuple[str, ...]:
        """Labels and synonyms of both languages, without empty ones."""
        return tuple(n for n in (self.label.zh, self.label.en, *self.synonyms.all()) if n)


class ValueSpec(Named):
    """A value of a field with its names for people."""


class FieldSpec(Named):
    """A column, or an `expression` over columns of the same dataset.

    `kind`: a dimension groups and filters, a measure is aggregated, a time has grains, a key identifies.
    `order` lists the values from first to last (age bands). `personal` keeps values out of indexes and models.
    """

    expression: str | None = None
    type: FieldType = "string"
    kind: Literal["dimension", "measure", "time", "key"] = "dimension"
    entity: Name | None = None
    unit: str = ""
    personal: bool = False
    values: dict[str, ValueSpec] = {}
    order: tuple[str, ...] = ()

    @field_validator("values", mode="before")
    @classmethod
    def _keys_are_text(cls, value: object) -> object:
        return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


class Snapshot(Spec):
    """A dataset that states balances: additive over everything but time."""

    time: Name
    per: tuple[Name, ...] = Field(min_length=1)


class DatasetSpec(Named):
    """A table (`source`, default its own name), its key, its default time field and its fields.

    `time` names a field of its own, or `dataset.field` of a dataset that it points to: lines are dated by their order.
    `verbs` say what an entity did that has a row here: bought, redeemed a coupon. `lasts` names the fields of the
    first and the last day of rows that go on for a while.
    """

    source: str | None = None
    primary_key: tuple[Name, ...] = ()
    time: FieldName | None = None
    snapshot: Snapshot | None = None
    verbs: Synonyms = Synonyms()
    lasts: tuple[Name, Name] | None = None
    fields: dict[Name, FieldSpec] = Field(min_length=1)


class RelationshipSpec(Spec):
    """Many rows of `from` point to at most one row of `to`. Each end is `dataset.field`, or a list for composite keys.

    `default` decides where two paths lead to one dataset.
    """

    from_: Texts = Field(alias="from", min_length=1)
    to: Texts = Field(min_length=1)
    default: bool = False

    @field_validator("from_", "to")
    @classmethod
    def _qualified(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(v.count(".") != 1 for v in value) or len({v.split(".")[0] for v in value}) != 1:
            raise ValueError("each end is dataset.field; all fields of one end belong to one dataset")
        return value

    @property
    def many(self) -> str:
        """The dataset that points."""
        return self.from_[0].split(".")[0]

    @property
    def one(self) -> str:
        """The dataset that is pointed to."""
        return self.to[0].split(".")[0]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Field names (of the many side, of the one side)."""
        return tuple((f.split(".")[1], t.split(".")[1]) for f, t in zip(self.from_, self.to, strict=True))


class EntitySpec(Named):
    """Something that people count or list. `dataset` holds its attributes, if any.

    `people` marks customers, patients, staff: where groups have a smallest size, these are counted.
    """

    dataset: Name | None = None
    people: bool = False


_PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _period(value: object) -> object:
    """The year, month or day that 2017, 2017-05 or 2017-05-03 stands for, as start and end."""
    found = _PERIOD.fullmatch(str(value)) if isinstance(value, (int, str, dt.date)) else None
    if found is None:
        return value
    year, month, day = (int(part) if part else None for part in found.groups())
    start = dt.date(year or 0, month or 1, day or 1)
    step = relativedelta(days=1) if day else relativedelta(months=1) if month else relativedelta(years=1)
    return {"start": start, "end": start + step}


class ExpectSpec(Spec):
    """What a metric is known to be, so that a check notices when data or definitions change it.

    `tolerance` is the share of `value` by which the metric may differ. `time` is a year, month or day (2017, 2017-05,
    2017-05-03) or {start, end} with the end left out; `where` holds conditions. Fix at least the period of data that
    still grow: `expect: {value: 400800, tolerance: 0.01, time: 2017-05}`.
    """

    value: float = Field(allow_inf_nan=False)
    tolerance: float = Field(default=1e-6, ge=0, le=1)
    time: Annotated[TimeRange | None, BeforeValidator(_period)] = None
    where: tuple[Condition, ...] = ()


class MetricSpec(Named):
    """One aggregate SQL expression over `dataset.field`s and other metrics.

    `good` says which direction is good news. `filter` holds conditions; entity conditions in it are
    evaluated within each slice of an answer. `default` marks the metric of rankings that name none.
    `counters` are the words that count it after a number: 5 times, 5 次. `expect` is a value it is known to have.
    """

    expression: str
    filter: tuple[Condition, ...] = ()
    unit: str = ""
    format: Literal["number", "integer", "currency", "percent"] = "number"
    good: Literal["up", "down", "neutral"] = "up"
    owner: str = ""
    default: bool = False
    counters: Synonyms = Synonyms()
    expect: ExpectSpec | None = None


class SegmentSpec(Named):
    """A named filter."""

    where: tuple[Condition, ...] = Field(min_length=1)


class TermSpec(Named):
    """A word that may mean one of several metrics or fields: 销量 as units or as money, the nation of the customer or of the supplier.

    Where the rest of a question leaves more than one of them, it is asked back.
    """

    means: tuple[FieldName, ...] = Field(min_length=2)


class EventDates(Spec):
    """One occurrence of a named event; both days are included."""

    start: dt.date
    end: dt.date | None = None


class EventSpec(Named):
    """A named event of the calendar: 618, Black Friday."""

    dates: tuple[EventDates, ...] = Field(min_length=1)


class CalendarSpec(Spec):
    """How this shop counts time. Months of the fiscal year start at `fiscal_year_start`."""

    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    time_zone: str = "UTC"
    smallest_grain: Grain = "day"
    events: dict[Name, EventSpec] = {}


class CatalogSpec(Spec):
    """All files of a `catalog/` folder, merged."""

    datasets: dict[Name, DatasetSpec] = {}
    relationships: tuple[RelationshipSpec, ...] = ()
    entities: dict[Name, EntitySpec] = {}
    metrics: dict[Name, MetricSpec] = {}
    segments: dict[Name, SegmentSpec] = {}
    terms: dict[Name, TermSpec] = {}
    hierarchies: dict[Name, tuple[str, ...]] = {}
    calendar: CalendarSpec = CalendarSpec()
