"""What an analyst writes in `catalog/*.yaml`, as frozen models. Nothing here touches a database."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from semantic_layer.errors import InvalidValue
from semantic_layer.query import Condition, Grain, TimeRange

FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$")]


class Spec(BaseModel):
    """Base of every catalog model: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts, json_schema_input_type=str | tuple[str, ...])]


class Text(Spec):
    """One text per language."""

    zh: str = Field(default="", description="In Chinese.")
    en: str = Field(default="", description="In English.")

    def get(self, lang: str) -> str:
        """The text in `lang`, or in the other language where it is missing."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


class Synonyms(Spec):
    """Further names per language."""

    zh: Texts = Field(default=(), description="In Chinese: one, or a list.")
    en: Texts = Field(default=(), description="In English: one, or a list.")

    def all(self) -> tuple[str, ...]:
        """The names of both languages."""
        return self.zh + self.en


class Named(Spec):
    """What everything with a name for people has."""

    label: Text = Field(default=Text(), description="The name that answers use.", examples=[{"zh": "销售额", "en": "sales"}])
    synonyms: Synonyms = Field(default=Synonyms(), description="Further names that questions use.", examples=[{"zh": ["营业额"], "en": ["revenue"]}])
    description: Text = Field(default=Text(), description="What it means, in one sentence; shown with answers and searched by meaning.")

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

    expression: str | None = Field(
        default=None, description="One SQL expression over the columns of a row; without it the column of the field's own name.",
        examples=["CAST(ordered_at AS DATE)"],
    )  # fmt: skip
    type: FieldType = Field(default="string", description="What the values are.")
    kind: Literal["dimension", "measure", "time", "key"] = Field(
        default="dimension", description="A dimension groups and filters, a measure is aggregated, a time has grains, a key identifies."
    )
    entity: Name | None = Field(default=None, description="The entity whose key the field holds.", examples=["customer"])
    unit: str = Field(default="", description="The unit of a measure.", examples=["USD", "kg"])
    personal: bool = Field(default=False, description="Personal data: the values are kept out of indexes and away from models.")
    values: dict[str, ValueSpec] = Field(default={}, description="Names for people of single values, by the value as it stands in the data.")
    order: tuple[str, ...] = Field(default=(), description="The values from first to last, where the alphabet is not their order.")
    place: Literal["province"] | None = Field(default=None, description="The values are names of provinces of China, which charts draw as a map.")

    @field_validator("values", mode="before")
    @classmethod
    def _keys_are_text(cls, value: object) -> object:
        return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


class Snapshot(Spec):
    """A dataset that states balances: additive over everything but time."""

    time: Name = Field(description="The time field that says of when a row is.")
    per: tuple[Name, ...] = Field(min_length=1, description="The fields that say whose balance it is.", examples=[["store_id", "product_id"]])


class DatasetSpec(Named):
    """A table (`source`, default its own name), its key, its default time field and its fields.

    `time` names a field of its own, or `dataset.field` of a dataset that it points to: lines are dated by their order.
    `verbs` say what an entity did that has a row here: bought, redeemed a coupon. `lasts` names the fields of the
    first and the last day of rows that go on for a while.
    """

    source: str | None = Field(default=None, description="The table, with its schema if it is not in main; default: the dataset's own name.")
    primary_key: tuple[Name, ...] = Field(default=(), description="The fields that identify a row; needed where others point to it.")
    time: FieldName | None = Field(
        default=None, description="The time field that periods in questions are about; that of a dataset pointed to as dataset.field."
    )
    snapshot: Snapshot | None = Field(default=None, description="Rows state balances, which add up over everything but time.")
    verbs: Synonyms = Field(default=Synonyms(), description="What an entity did that has a row here.", examples=[{"zh": ["买过"], "en": ["bought"]}])
    lasts: tuple[Name, Name] | None = Field(default=None, description="The fields of the first and the last day, for rows that go on for a while.")
    fields: dict[Name, FieldSpec] = Field(min_length=1, description="The fields, by name.")


class RelationshipSpec(Spec):
    """Many rows of `from` point to at most one row of `to`. Each end is `dataset.field`, or a list for composite keys.

    `default` decides where two paths lead to one dataset.
    """

    from_: Texts = Field(alias="from", min_length=1, description="The field that points, or several.", examples=["orders.customer_id"])
    to: Texts = Field(min_length=1, description="The key that is pointed to, field for field.", examples=["customers.customer_id"])
    default: bool = Field(default=False, description="The path to take where two lead to one dataset.")

    @field_validator("from_", "to")
    @classmethod
    def _qualified(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(v.count(".") != 1 for v in value) or len({v.split(".")[0] for v in value}) != 1:
            raise InvalidValue(
                "each end is dataset.field; all fields of one end belong to one dataset", "每一端写成 dataset.field；同一端的字段属于同一个数据集"
            )
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

    `shown_by` is the field of the dataset by whose values people know it: answers show the supplier's name, not its number.
    `people` marks customers, patients, staff: where groups have a smallest size, these are counted.
    """

    dataset: Name | None = Field(default=None, description="The dataset with one row for each, if there is one.")
    shown_by: Name | None = Field(default=None, description="The field of that dataset by whose values people know it.", examples=["name"])
    people: bool = Field(default=False, description="They are people: roles with a smallest group size are shown no smaller groups of them.")


_PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_Day = Annotated[str, Field(pattern=f"^{_PERIOD.pattern}$")]


def _period(value: object) -> object:
    """The year, month or day that 2017, 2017-05 or 2017-05-03 stands for, as start and end."""
    found = _PERIOD.fullmatch(str(value)) if isinstance(value, (int, str, dt.date)) else None
    if found is None:
        return value
    year, month, day = (int(part) if part else None for part in found.groups())
    step = relativedelta(days=1) if day else relativedelta(months=1) if month else relativedelta(years=1)
    try:
        start = dt.date(year or 0, month or 1, day or 1)
        return {"start": start, "end": start + step}
    except ValueError:
        raise InvalidValue("there is no such year, month or day", "没有这样的年、月或日") from None


class ExpectSpec(Spec):
    """What a metric is known to be, so that a check notices when data or definitions change it.

    `tolerance` is the share of `value` by which the metric may differ. `time` is a year, month or day (2017, 2017-05,
    2017-05-03) or {start, end} with the end left out; `where` holds conditions. Fix at least the period of data that
    still grow: `expect: {value: 400800, tolerance: 0.01, time: 2017-05}`.
    """

    value: float = Field(allow_inf_nan=False, description="The value.")
    tolerance: float = Field(default=1e-6, ge=0, le=1, description="The share of the value by which the metric may differ.")
    time: Annotated[TimeRange | None, BeforeValidator(_period, json_schema_input_type=int | _Day | TimeRange | None)] = Field(
        default=None, description="The period: a year, month or day, or start and end; without it all time.", examples=["2017-05"]
    )
    where: tuple[Condition, ...] = Field(default=(), description="Conditions that the rows meet.")


class MetricSpec(Named):
    """One aggregate SQL expression over `dataset.field`s and other metrics.

    `good` says which direction is good news. `filter` holds conditions; entity conditions in it are
    evaluated within each slice of an answer. `default` marks the metric of rankings that name none.
    `follows` makes it a step of a funnel. `counters` are the words that count it after a number: 5 times, 5 次.
    `expect` is a value it is known to have.
    """

    expression: str = Field(
        description="One aggregate SQL expression over dataset.field and other metrics.",
        examples=["SUM(orders.amount)", "COUNT(DISTINCT orders.customer_id)", "sales / baskets"],
    )
    filter: tuple[Condition, ...] = Field(default=(), description="Conditions that the rows of this metric meet.")
    unit: str = Field(default="", description="The unit of the number.", examples=["USD", "件"])
    format: Literal["number", "integer", "currency", "percent"] = Field(default="number", description="How the number is written.")
    good: Literal["up", "down", "neutral"] = Field(default="up", description="Which direction is good news.")
    owner: str = Field(default="", description="Who answers for the definition.")
    default: bool = Field(default=False, description="The metric of rankings and comparisons that name none; one metric at most.")
    follows: Name | None = Field(
        default=None, description="The metric of the step before it in a funnel, which charts draw as one.", examples=["cart_visitors"]
    )
    counters: Synonyms = Field(default=Synonyms(), description="Words that count it after a number.", examples=[{"zh": ["次"], "en": ["times"]}])
    expect: ExpectSpec | None = Field(default=None, description="A value it is known to have, for the check.")


class SegmentSpec(Named):
    """A named filter.

    `verbs` say what an entity did that has a row of the segment: redeemed a coupon, added to the cart.
    """

    where: tuple[Condition, ...] = Field(min_length=1, description="The conditions; all have to be met.")
    verbs: Synonyms = Field(
        default=Synonyms(), description="What an entity did that has such a row; the first condition names the dataset.",
        examples=[{"zh": ["核销"], "en": ["redeemed"]}],
    )  # fmt: skip


class TermSpec(Named):
    """A word that may mean one of several metrics or fields: 销量 as units or as money, the nation of the customer or of the supplier.

    Where the rest of a question leaves more than one of them, it is asked back.
    """

    means: tuple[FieldName, ...] = Field(min_length=2, description="The metrics or fields it may mean.", examples=[["units", "sales"]])


class EventDates(Spec):
    """One occurrence of a named event; both days are included."""

    start: dt.date = Field(description="The first day.")
    end: dt.date | None = Field(default=None, description="The last day, included; default: the first.")


class EventSpec(Named):
    """A named event of the calendar: 618, Black Friday."""

    dates: tuple[EventDates, ...] = Field(min_length=1, description="When it took place, each time.", examples=[[{"start": "2024-11-29"}]])


class CalendarSpec(Spec):
    """How this shop counts time. Months of the fiscal year start at `fiscal_year_start`.

    `holidays` names the countries whose holidays and shopping days questions may name beside the shop's own events.
    """

    week_start: Literal["monday", "sunday", "saturday"] = Field(default="monday", description="The first day of a week.")
    fiscal_year_start: int = Field(default=1, ge=1, le=12, description="The month that the fiscal year begins with.")
    time_zone: str = Field(default="UTC", description="The zone that the times of the data are in.", examples=["Asia/Shanghai"])
    smallest_grain: Grain = Field(default="day", description="The finest division of time that the data bear.")
    holidays: tuple[Literal["US", "CN"], ...] = Field(default=(), description="Countries whose holidays questions may name.", examples=[["US"]])
    events: dict[Name, EventSpec] = Field(default={}, description="Named events, by name: 618, Black Friday.")


class CatalogSpec(Spec):
    """All files of a `catalog/` folder, merged."""

    datasets: dict[Name, DatasetSpec] = Field(default={}, description="The tables, by name.")
    relationships: tuple[RelationshipSpec, ...] = Field(default=(), description="Which dataset points to which.")
    entities: dict[Name, EntitySpec] = Field(default={}, description="What people count and list, by name: customers, products, stores.")
    metrics: dict[Name, MetricSpec] = Field(default={}, description="The numbers people ask for, by name.")
    segments: dict[Name, SegmentSpec] = Field(default={}, description="Named filters, by name.")
    terms: dict[Name, TermSpec] = Field(default={}, description="Words with several meanings, which are asked back, by name.")
    hierarchies: dict[Name, tuple[str, ...]] = Field(
        default={}, description="Fields from coarse to fine, by name.", examples=[{"place": ["stores.province", "stores.city"]}]
    )
    calendar: CalendarSpec = Field(default=CalendarSpec(), description="How the shop counts time.")
