"""What a role may see of a shop, and how much one query of it may use."""

from __future__ import annotations

import dataclasses
import hashlib
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

if TYPE_CHECKING:
    from semantic_layer.engines import Limits


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_texts, json_schema_input_type=str | tuple[str, ...])]


class RightsLimits(BaseModel):
    """Bounds of a role; what is not given is as the shop has it. They can tighten the shop's bounds, not widen them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float | None = Field(default=None, gt=0, le=3600, allow_inf_nan=False, description="Seconds that a query may take.")
    memory_mb: int | None = Field(default=None, ge=32, description="Memory that a query may use, in 10^6 bytes.")
    threads: int | None = Field(default=None, ge=1, description="Threads that a query may use.")
    max_rows: int | None = Field(default=None, ge=1, description="Rows that an answer may have.")
    max_sql_bytes: int | None = Field(default=None, ge=1, description="Bytes that a statement may have.")


class Rights(BaseModel):
    """What a role may see: tables by name, columns, rows.

    What `allowed_tables` does not list is denied; `"*"` stands for all. `denied_tables` takes away again and may hold
    patterns (`tmp_*`). `row_filters` are conditions over the columns of their own table. `min_group_size` withholds
    slices of fewer people. A result in which one of the `leak_markers` appears (texts planted in hidden cells to prove
    that none gets out) is withheld.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str = Field(min_length=1, description="The name of the role.")
    allowed_tables: Names = Field(description='The tables that may be read; "*" for all. What is not listed is denied.', examples=[["orders"]])
    denied_tables: Names = Field(default=(), description="Tables taken away again; may hold patterns.", examples=[["tmp_*"]])
    denied_columns: dict[str, Names] = Field(default={}, description="Columns that may not be read, by table.", examples=[{"customers": ["phone"]}])
    row_filters: dict[str, str] = Field(
        default={}, description="The condition that rows meet, by table; inherited by tables that point to it.",
        examples=[{"stores": "province = 'Zhejiang'"}],
    )
    limits: RightsLimits = Field(default=RightsLimits(), description="Tighter bounds than those of the shop.")
    min_group_size: int = Field(default=0, ge=0, description="The fewest people that an answer may be about.")
    leak_markers: Names = Field(default=(), description="Texts planted in hidden cells; a result that holds one is withheld.")

    @cached_property
    def hash(self) -> str:
        """Changes with any change of what the role may see."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def allows(self, table: str) -> bool:
        """Whether a table may be read at all; names as the database has them, in any case."""
        name = fold(table)
        allowed = any(fold(pattern) in ("*", name) for pattern in self.allowed_tables)
        return allowed and not any(fnmatchcase(name, fold(pattern)) for pattern in self.denied_tables)

    def denied(self, table: str) -> frozenset[str]:
        """The columns of a table that may not be read, in lower case."""
        return frozenset(fold(c) for t, columns in self.denied_columns.items() if fold(t) == fold(table) for c in columns)

    def row_filter(self, table: str) -> str | None:
        """The condition on a table's own columns."""
        return next((f for t, f in self.row_filters.items() if fold(t) == fold(table)), None)

    def limited(self, limits: Limits) -> Limits:
        """The stricter of the shop's bounds and the role's."""
        bounds = self.limits.model_dump(exclude={"max_sql_bytes"}, exclude_none=True)
        tighter = {name: min(value, getattr(limits, name) or value) for name, value in bounds.items()}
        return dataclasses.replace(limits, **tighter)


EVERYTHING = Rights(role="everything", allowed_tables=("*",))

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold(name: str) -> str:
    """A name as the engine compares it: it folds the case of ASCII letters only, and main is the schema of bare names."""
    lower = name.lower() if name.isascii() else name.translate(_LOWER)
    return lower.removeprefix("main.")
