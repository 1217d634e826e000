"""A document of Apache Ossie (formerly OSI), versions 0.1.x and 0.2.0.dev0, as its published schema has it."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

VERSION = "0.2.0.dev0"
VENDOR = "WENSHU"

Dialect = Literal["ANSI_SQL", "SNOWFLAKE", "MDX", "DAX", "TABLEAU", "DATABRICKS", "MAQL", "BIGQUERY"]
DataType = Literal["String", "Integer", "Decimal", "Float", "Boolean", "Date", "Time", "DateTime", "DateTimeTz", "Opaque"]
TEMPORAL = ("Date", "Time", "DateTime", "DateTimeTz")


class Node(BaseModel):
    """Base of all parts: strict about unknown keys, as the schema is."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class AIContext(BaseModel):
    """What is said to models. The schema allows further keys."""

    model_config = ConfigDict(frozen=True, extra="allow")

    instructions: str | None = None
    synonyms: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Extension(Node):
    """What a vendor adds; `data` is JSON text."""

    vendor_name: str
    data: str


class DialectExpression(Node):
    """One expression in one dialect."""

    dialect: Dialect
    expression: str


class Expression(Node):
    """An expression in one or more dialects."""

    dialects: tuple[DialectExpression, ...] = Field(min_length=1)


class Described(Node):
    """What most parts have."""

    name: str = Field(min_length=1)
    description: str | None = None
    ai_context: str | AIContext | None = None
    custom_extensions: tuple[Extension, ...] = ()


class Dimension(Node):
    """Marks a field that groups and filters."""

    is_time: bool | None = None


class OssieField(Described):
    """A row-level attribute."""

    expression: Expression
    dimension: Dimension | None = None
    label: str | None = None
    datatype: DataType | None = None

    @property
    def is_time(self) -> bool:
        """Whether it is a time; unset, the data type decides."""
        if self.dimension is not None and self.dimension.is_time is not None:
            return self.dimension.is_time
        return self.datatype in TEMPORAL


class OssieDataset(Described):
    """A table with its fields."""

    source: str = Field(min_length=1)
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    fields: tuple[OssieField, ...] = ()


class OssieRelationship(Node):
    """Rows of `from` point to one row of `to`."""

    name: str
    from_: str = Field(alias="from")
    to: str
    from_columns: tuple[str, ...] = Field(min_length=1)
    to_columns: tuple[str, ...] = Field(min_length=1)
    ai_context: str | AIContext | None = None
    custom_extensions: tuple[Extension, ...] = ()


class OssieMetric(Described):
    """An aggregate over fields."""

    expression: Expression
    datatype: DataType | None = None


class OssieModel(Described):
    """One semantic model."""

    datasets: tuple[OssieDataset, ...] = Field(min_length=1)
    relationships: tuple[OssieRelationship, ...] = ()
    metrics: tuple[OssieMetric, ...] = ()


class OssieDocument(Node):
    """A file. The first documents had no version; those of 0.1 may list the dialects and vendors they know."""

    version: str = "0.1.0"
    dialects: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    semantic_model: tuple[OssieModel, ...] = Field(min_length=1)

    @field_validator("version", mode="before")
    @classmethod
    def _known(cls, value: Any) -> str:
        version = str(value)
        if version != VERSION and not re.fullmatch(r"0\.1(\.\d+)?([.-]?\w+)?", version):
            raise ValueError(f"this version is not known; documents of 0.1.x and {VERSION} can be read")
        return version
