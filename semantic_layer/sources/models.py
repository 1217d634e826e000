"""What an operator writes in `sources.yaml`, as frozen models. Nothing here touches a file or a database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model, field_validator, model_validator

from semantic_layer.catalog.models import Name, Spec, Text, Texts
from semantic_layer.errors import InvalidValue
from semantic_layer.sources.standardise import STANDARDISERS, Standardiser
from semantic_layer.sources.standardise.times import zone

Format = Literal["csv", "excel", "jsonl", "parquet", "sqlite", "postgres", "mysql"]
Severity = Literal["error", "warning", "info"]
MISSING = ("", "NULL", "None", "NaN", "N/A", "NA", "\\N", "无", "-", "--", "#N/A")
_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "excel", ".xls": "excel", ".xlsm": "excel", ".xlsb": "excel", ".ods": "excel",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet", ".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite",
}  # fmt: skip


class _Step(Spec):
    """One standardiser with its parameters."""

    @model_validator(mode="after")
    def _is_one(self) -> _Step:
        if len(self.model_fields_set) != 1:
            raise InvalidValue("one standardiser is needed; write several as a list", "此处应当是一个标准化步骤；多个请写成列表")
        return self

    @property
    def standardiser(self) -> Standardiser:
        """The standardiser itself."""
        (name,) = self.model_fields_set
        found: Standardiser = getattr(self, name)
        return found


def _step(value: object) -> object:
    if isinstance(value, str):
        return {value: {}}
    return {k: {} if v is None else v for k, v in value.items()} if isinstance(value, dict) else value


def _fields() -> dict[str, Any]:
    said = {name: " ".join((cls.__doc__ or "").split()) for name, cls in STANDARDISERS.items()}
    return {name: (cls | None, Field(default=None, description=said[name])) for name, cls in STANDARDISERS.items()}


if TYPE_CHECKING:
    StepSpec = _Step
else:
    StepSpec = create_model("StepSpec", __base__=_Step, __doc__=_Step.__doc__, **_fields())


def _several(value: object) -> object:
    return (value,) if isinstance(value, (dict, str)) else value


Steps = Annotated[
    tuple[Annotated[StepSpec, BeforeValidator(_step, json_schema_input_type=str | StepSpec)], ...],
    BeforeValidator(_several, json_schema_input_type=str | StepSpec | tuple[str | StepSpec, ...]),
]


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float, dt.date)) else value


Plain = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float | bool)]


Plains = Annotated[tuple[Plain, ...], BeforeValidator(_several, json_schema_input_type=Plain | tuple[Plain, ...])]
Names = Annotated[tuple[Name, ...], BeforeValidator(_several, json_schema_input_type=Name | tuple[Name, ...])]


def _plain_keys(value: object) -> object:
    return {_as_text(k): v for k, v in value.items()} if isinstance(value, dict) else value


class ReadSpec(Spec):
    """Where rows come from, and how they are written there. Either `path` or `database` with `table`."""

    path: str | None = Field(
        default=None, min_length=1, description="A file, or files by a pattern; seen from the shop's folder.", examples=["landing/events/*.jsonl"]
    )
    database: str | None = Field(
        default=None, min_length=1, repr=False,
        description="A SQLite file, or the URL of a PostgreSQL or MySQL database; ${NAME} stands for a variable of the environment.",
        examples=["${CRM_URL}"],
    )  # fmt: skip
    table: str | None = Field(
        default=None, min_length=1, description="The table of the database, with its schema where it has one.", examples=["crm.customers"]
    )
    format: Format | None = Field(default=None, description="csv, excel, jsonl or parquet; default: by the ending of the name.")
    encoding: str = Field(
        default="auto", description="Of CSV and JSON lines; auto tells UTF-8, UTF-16 and GB18030 (GBK) apart.", examples=["gb18030"]
    )
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="Of CSV; default: comma, tab, semicolon or |, whichever the head has."
    )
    sheet: str | None = Field(default=None, description="Of Excel; default: the first.")
    header: int = Field(default=1, ge=1, description="The line of CSV or Excel that names the columns; what stands above it is passed over.")

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str) -> str:
        if value != "auto":
            _known_encoding(value)
        return value

    @model_validator(mode="after")
    def _stands_somewhere(self) -> ReadSpec:
        self._check_place()
        return self

    def _check_place(self) -> None:
        if (self.path is None) == (self.database is None):
            raise InvalidValue("give either path, or database and table", "请给出 path，或 database 与 table，二者取其一")
        if (self.database is None) != (self.table is None):
            raise InvalidValue("database and table go together", "database 与 table 须同时给出")
        if self.kind is None:
            raise InvalidValue("the name does not say the format; give format:", "从名称看不出格式，请写明 format:")

    @property
    def kind(self) -> Format | None:
        """The format, as declared or by the name."""
        if self.format is not None:
            return self.format
        if self.database is not None:
            scheme = self.database.lower()
            if scheme.startswith("mysql"):
                return "mysql"
            if scheme.startswith("postgres") or scheme.startswith("${"):
                return "postgres"
            return "sqlite"
        name = (self.path or "").lower()
        return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith((suffix, suffix + ".gz"))), None)


def _known_encoding(name: str) -> None:
    import codecs

    try:
        codecs.lookup(name)
    except LookupError:
        raise InvalidValue("there is no encoding of that name; try utf-8, gb18030 or auto", "没有这种编码；可写 utf-8、gb18030 或 auto") from None


class MappingSpec(ReadSpec):
    """From one system's values to another's: written out under `values`, or read from columns `from` and `to` of a file or table."""

    values: Annotated[dict[Plain, Plain], BeforeValidator(_plain_keys)] = Field(
        default={}, description="From each value to what it becomes.", examples=[{"耐克": "Nike", "NIKE": "Nike"}]
    )
    from_: str | None = Field(default=None, alias="from", description="The column of the file with the values that are looked up.")
    to: str | None = Field(default=None, description="The column with what they become.")

    def _check_place(self) -> None:
        read = self.path is not None or self.database is not None
        if read == bool(self.values):
            raise InvalidValue("give either values, or a file or table", "请给出 values，或文件、数据表，二者取其一")
        if read:
            super()._check_place()
            if self.from_ is None or self.to is None:
                raise InvalidValue("from and to are needed: the columns of the file", "缺少 from 和 to：文件中的两列")


class ColumnSpec(Spec):
    """A column of the table, from one or several columns of the source.

    First values that stand for none become missing; then each standardiser works on what the one before it gave.
    """

    from_: Texts = Field(
        default=(), alias="from",
        description="The column of the source; several are joined by a space (date and time). Of JSON also a path. Default: the same name.",
        examples=["userId", "$.user.id"],
    )  # fmt: skip
    value: Plain | None = Field(default=None, description="The same value for every row, in place of `from`.", examples=["app"])
    as_: Steps = Field(
        default=(),
        alias="as",
        description="The standardisers, in order; without any the text as it stands.",
        examples=[["trim", {"id": {"digits": 32}}]],
    )
    required: bool = Field(default=False, description="A row without a value goes into quarantine.")
    missing_values: Plains = Field(default=(), description="Further values that stand for none.", examples=[["保密", "1900-01-01", "-1"]])
    default: Plain | None = Field(default=None, description="What takes the place of a missing value.")
    compute: str | None = Field(default=None, description="SQL over other columns of the table, for what is missing.", examples=["quantity * price"])
    invalid: Literal["quarantine", "missing"] = Field(
        default="quarantine",
        description="What becomes of a value that is none of its kind: the row goes into quarantine, or the value counts as missing.",
    )
    optional: bool = Field(default=False, description="The source need not have the column.")

    @property
    def standardisers(self) -> tuple[Standardiser, ...]:
        """The steps."""
        return tuple(s.standardiser for s in self.as_)

    @property
    def type(self) -> str:
        """The SQL type of the column."""
        return self.standardisers[-1].gives if self.as_ else "VARCHAR"

    @property
    def personal(self) -> bool:
        """Whether the source's values are personal data, which no report and no quarantine shows."""
        return any(s.personal for s in self.standardisers)

    @model_validator(mode="after")
    def _holds_together(self) -> ColumnSpec:
        if any(s.gives != "VARCHAR" for s in self.standardisers[:-1]):
            early = next(s.name for s in self.standardisers[:-1] if s.gives != "VARCHAR")
            raise InvalidValue(f"{early} makes no text, so it has to be the last step", f"{early} 的结果不是文本，只能放在最后一步")
        if self.value is not None and self.from_:
            raise InvalidValue("give either from or value", "from 与 value 只能给出一个")
        return self


class KeepsUpSpec(Spec):
    """How far the newest row of a table may lie behind that of another, in the time of the data: a source that ends days before the rest is late."""

    column: Name = Field(description="The time column of the source's table.", examples=["shipped_at"])
    with_: str = Field(
        alias="with", pattern=r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$", description="The other table and its time column.", examples=["orders.ordered_at"]
    )
    hours: float = Field(gt=0, description="So many hours behind it, and the source counts as late.")


class SourceSpec(ReadSpec):
    """One source: where its rows are, into which table they go, and how its columns become those of the table."""

    into: Name = Field(description="The table that the rows go into; several sources may share one.")
    columns: dict[Name, ColumnSpec] = Field(min_length=1, description="The columns of the table, by name.")
    ignore: Texts = Field(
        default=(), description='Columns of the source that are not wanted; "*" for all that are not named. Any other new column stops the source.'
    )
    missing_values: Plains = Field(default=MISSING, description="Values that stand for none, in any column.")
    exact_duplicates: Literal["drop", "keep"] = Field(default="drop", description="Rows that are the same in every column: counted once, or kept.")
    continuous: bool = Field(default=False, description="Files arrive all the time, and `wenshu refresh --follow` takes each in at once.")
    when_gone: Literal["keep", "drop"] = Field(default="keep", description="What becomes of the rows of a file that is gone.")
    max_invalid: float = Field(
        default=0.5, gt=0, le=1, description="The share of values of one column that may be none of their kind; more stops the source."
    )
    fresh_hours: float | None = Field(default=None, gt=0, description="After so many hours without a new row the source counts as stale.")
    keeps_up: KeepsUpSpec | None = Field(
        default=None,
        description="With which other table the source has to keep up.",
        examples=[{"column": "shipped_at", "with": "orders.ordered_at", "hours": 72}],
    )


class RuleSpec(Spec):
    """A rule of quality over the columns of a table: `bad` is true for rows that break it."""

    bad: str = Field(
        min_length=1,
        description="A SQL condition over columns of the row and `arrived_at`, true where the row is wrong.",
        examples=["paid_at < ordered_at"],
    )
    then: Literal["quarantine", "mark", "repair"] = Field(
        default="quarantine", description="What becomes of such a row; mark writes the rule's name into quality_marks."
    )
    repair: dict[Name, str] = Field(
        default={}, description="With then: repair, the columns to set, each to a SQL expression.", examples=[{"price": "abs(price)"}]
    )
    severity: Severity = Field(default="error", description="How much it matters, in reports.")
    stop_above: float | None = Field(default=None, gt=0, le=1, description="More than this share of such rows stops the source.")
    description: Text = Field(default=Text(), description="What is wrong with such a row, in one sentence.")

    @model_validator(mode="after")
    def _holds_together(self) -> RuleSpec:
        if (self.then == "repair") != bool(self.repair):
            raise InvalidValue("repair: and then: repair go together", "repair: 与 then: repair 须同时给出")
        return self


class ReferSpec(Spec):
    """A column whose values have to be in another table."""

    to: str = Field(pattern=r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$", description="The other table and its column.", examples=["products.product_id"])
    then: Literal["quarantine", "mark", "missing"] = Field(
        default="mark", description="What becomes of a row whose value is not there; missing empties the column."
    )
    severity: Severity = Field(default="error", description="How much it matters, in reports.")


class LookupSpec(Spec):
    """A column taken over from another table: the person of an account or a device."""

    column: Name = Field(description="The column of this table whose value is looked up.", examples=["user_id"])
    in_: str = Field(
        alias="in",
        pattern=r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$",
        description="The other table and the column it is looked up in.",
        examples=["customers.account_id"],
    )
    take: Name = Field(description="The column of the other table that is taken over.", examples=["person_id"])
    otherwise: Literal["missing", "own"] = Field(default="missing", description="Where it is not found: nothing, or the value that was looked up.")


class FillSpec(Spec):
    """How missing values of a column are filled, after rules and duplicates: the median of its group, or a line between neighbours in time."""

    median_by: Names | None = Field(default=None, description="The columns that make the groups.", examples=[["category"]])
    along: Name | None = Field(default=None, description="The time column along which to interpolate.", examples=["day"])
    per: Names = Field(default=(), description="With along: the columns that tell one series from another.", examples=[["sku"]])

    @model_validator(mode="after")
    def _one_way(self) -> FillSpec:
        if (self.median_by is None) == (self.along is None):
            raise InvalidValue("give either median_by or along", "median_by 与 along 须给出且只能给出一个")
        return self


class WinnerSpec(Spec):
    """Which of several rows with the same key stays; the others go into quarantine. What is given first decides first."""

    prefer: Texts = Field(default=(), description="Sources, the most trusted first.")
    latest: Name | None = Field(default=None, description="The column by which the latest row wins.", examples=["updated_at"])
    fullest: bool = Field(default=False, description="The row with the fewest missing values wins.")
    otherwise: Literal["last", "first", "none"] = Field(
        default="last", description="Among equals: the last or first by name of file and line, or none of them."
    )


class RepeatsSpec(Spec):
    """The same thing sent again under another key: rows that agree in some columns and follow each other within moments. The first stays."""

    same: Names = Field(description="The columns in which a row and its repetition agree; unknown values are alike.", examples=[["device", "page"]])
    at: Name = Field(description="The time column.", examples=["happened_at"])
    within_seconds: float = Field(default=1, gt=0, le=86_400, description="How soon after the row before a repetition comes, at most.")

    @field_validator("same")
    @classmethod
    def _is_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise InvalidValue("name at least one column", "请至少写一列")
        return value


class PeopleSpec(Spec):
    """Rows about the same person get the same number: the smallest key among them. Only by rules that hold."""

    id: Name = Field(default="person_id", description="The column that the number goes into.")
    name: Name | None = Field(default=None, description="The column of the name.")
    phone: Name | None = Field(default=None, description="The column of the phone number, or of its hash.")
    email: Name | None = Field(default=None, description="The column of the e-mail address, or of its hash.")
    birthday: Name | None = Field(default=None, description="The column of the day of birth.")
    address: Name | None = Field(default=None, description="The column of the address.")
    phone_end: Name | None = Field(default=None, description="The column of the last digits of the phone number, for masked ones.")
    review: Literal["rules", "splink"] = Field(
        default="rules",
        description="How pairs are found that are alike and no more, for somebody to look at: by rules, or also by the extra `linkage`.",
    )
    same: Name | None = Field(default=None, description="A column by which rows are the same person in any case: an account in common.")


class TableSpec(Spec):
    """What is said of a table as a whole, whatever sources its rows come from."""

    key: Names = Field(default=(), description="The columns that no two rows have in common.", examples=[["order_id"]])
    winner: WinnerSpec = Field(
        default=WinnerSpec(), description="Which of several rows with the same key stays.", examples=[{"latest": "updated_at"}]
    )
    repeats: RepeatsSpec | None = Field(default=None, description="How rows are told that are the same thing under another key.")
    rules: dict[Name, RuleSpec] = Field(default={}, description="Rules of quality, by name.")
    refers: dict[Name, ReferSpec] = Field(default={}, description="Columns whose values have to be in another table.")
    lookups: dict[Name, LookupSpec] = Field(default={}, description="Columns taken over from other tables, by the name they get.")
    fill: dict[Name, FillSpec] = Field(default={}, description="How missing values are filled, by column.")
    people: PeopleSpec | None = Field(default=None, description="The rows are about people, of whom some stand in several.")
    label: Text = Field(default=Text(), description="The name that reports use.")


class SourcesSpec(Spec):
    """`sources.yaml`."""

    timezone: Annotated[str, Field(description="The shop's time zone.")] = "Asia/Shanghai"
    mappings: dict[Name, MappingSpec] = Field(default={}, description="Mappings between the values of different systems, by name.")
    sources: dict[Name, SourceSpec] = Field(min_length=1, description="The sources, by name.")
    tables: dict[Name, TableSpec] = Field(default={}, description="What is said of tables as a whole, by name.")

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        return zone(value)

    def of_table(self, table: str) -> dict[str, SourceSpec]:
        """The sources that go into a table."""
        return {name: s for name, s in self.sources.items() if s.into == table}

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables, in the order of the sources."""
        return tuple(dict.fromkeys(s.into for s in self.sources.values()))

    def table(self, name: str) -> TableSpec:
        """What is said of a table; nothing where nothing is."""
        return self.tables.get(name, TableSpec())

    def columns(self, table: str) -> dict[str, str]:
        """SQL types by column that the sources of a table give, in their order."""
        found: dict[str, str] = {}
        for source in self.of_table(table).values():
            for name, column in source.columns.items():
                found.setdefault(name, column.type)
        return found
