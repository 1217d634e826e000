"""What the values of a column are: each standardiser that could be meant is tried on all of them, and what it accepts is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from semantic_layer.engines.quoting import literal
from semantic_layer.engines.writer import Writer
from semantic_layer.errors import ShopError
from semantic_layer.sources import raw
from semantic_layer.sources.mappings import mapping_table
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.propose.discover import Part
from semantic_layer.sources.reading import Unreadable, read_batches
from semantic_layer.sources.reading.batch import Batch
from semantic_layer.sources.staging import Raw, staged, wanted
from semantic_layer.sources.standardise import Context

ZONE = "Asia/Shanghai"
_CLOCKS = ("", " %H:%M", " %H:%M:%S")
TRIED: dict[str, Any] = {
    "integer": "integer",
    "number": "number",
    "CNY": "money",
    "USD": {"money": {"currency": "USD"}},
    "EUR": {"money": {"currency": "EUR"}},
    "GBP": {"money": {"currency": "GBP"}},
    "boolean": "boolean",
    "id": "id",
    "time": "time",
    "serial": {"time": {"excel": True}},
    "day_first": {"time": {"formats": [f"%d{by}%m{by}%Y{clock}" for by in "/-." for clock in _CLOCKS]}},
    "month_first": {"time": {"formats": [f"%m{by}%d{by}%Y{clock}" for by in "/-." for clock in _CLOCKS]}},
}
SUM_WORDS = ("合计", "总计", "小计", "total", "grand total", "subtotal", "sum")  # that stand for a row of sums
TIMES = ("time", "serial", "day_first", "month_first")
_AT_ONCE = 4  # columns that one query looks at: getting more ready takes longer than reading a small file again


@dataclass(frozen=True)
class Counts:
    """Of the values of a column: how many there are, how many differ, and how many are of which kind.

    `zeros` are numbers with zeros in front, `digits` those of digits alone, `fine` those with more than two decimals.
    `sums` are words for a row of sums, and counted nowhere else.
    """

    filled: int
    distinct: int
    zeros: int
    digits: int
    fine: int
    shortest: int
    longest: int
    accepted: dict[str, int]
    clock: dict[str, int]  # times that are not midnight
    sums: int = 0

    def with_(self, other: Counts) -> Counts:
        """Of the values of both; how many differ is a lower bound then."""
        least = min((c.shortest for c in (self, other) if c.filled), default=0)
        summed = ("filled", "zeros", "digits", "fine", "sums")
        added = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name in summed}
        return Counts(
            **added, distinct=max(self.distinct, other.distinct), shortest=least, longest=max(self.longest, other.longest),
            accepted={k: n + other.accepted[k] for k, n in self.accepted.items()}, clock={k: n + other.clock[k] for k, n in self.clock.items()},
        )  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """A part with its rows and its columns; those with values within values have no counts."""

    part: Part
    rows: int
    columns: dict[str, Counts]
    nested: tuple[str, ...] = ()


def tried(writer: Writer, part: Part, into: Path) -> Tried:
    """Reads a part and looks at its columns. Raises Unreadable, also where it has no rows."""
    try:
        batches = read_batches(part.spec, [(1, part.seen)], into)
        try:
            return _looked_at(writer, part, batches[0])
        finally:
            for batch in batches:
                batch.close()
    except Unreadable:
        raise
    except (ShopError, OSError) as error:
        why = error if isinstance(error, ShopError) else None
        raise Unreadable(
            f"{part.name} cannot be read: {why.en if why else 'the file is damaged or not accessible.'}",
            f"无法读取 {part.name}：{why.zh if why else '文件损坏或没有权限。'}",
        ) from None


def _looked_at(writer: Writer, part: Part, batch: Batch) -> Tried:
    present = raw.present(writer, batch)
    kinds = raw.kinds(writer, batch, present)
    nested = tuple(c for c in present if "nested" in kinds.get(c, ()) or (c.startswith("$") and batch.shape != "json"))
    columns = [c for c in present if c not in nested]
    if batch.shape == "parquet":
        raw.count_parquet(writer, batch)
    rows = sum(batch.records.values())
    if not rows or not columns:
        raise Unreadable(f"{part.name} has no rows.", f"{part.name} 没有数据行。")
    counts: dict[str, Counts] = {}
    for start in range(0, len(columns), _AT_ONCE):
        some = columns[start : start + _AT_ONCE]
        raw.forget_rejects(writer)
        counts |= zip(some, _counted(writer, part, batch, some, present), strict=True)
    return Tried(part, rows, counts, nested)


def _counted(writer: Writer, part: Part, batch: Batch, columns: Sequence[str], present: Sequence[str]) -> list[Counts]:
    spec = _trial(part, columns)
    context = Context(ZONE, "''", mapping_table)
    rows = raw.rows(batch, wanted(spec.sources["trial"]), present, keep_text=False)
    chosen = ", ".join(e for i in range(len(columns)) for e in _expressions(i))
    found = iter(writer.rows(f"SELECT {chosen} FROM ({staged(spec, 'trial', Raw(rows), present, context)})")[0])
    out = []
    for _ in columns:
        sums, filled, distinct, zeros, digits, fine, shortest, longest = (int(next(found) or 0) for _ in range(8))
        accepted = {k: int(next(found)) for k in TRIED}
        clock = {k: int(next(found)) for k in TIMES}
        out.append(Counts(filled, distinct, zeros, digits, fine, shortest, longest, accepted, clock, sums))
    return out


def _trial(part: Part, columns: Sequence[str]) -> SourcesSpec:
    tries: dict[str, Any] = {}
    for i, column in enumerate(columns):
        tries[f"t{i}"] = {"from": column}
        tries |= {f"t{i}_{kind}": {"from": column, "as": step, "invalid": "missing"} for kind, step in TRIED.items()}
    read = part.spec.model_dump(exclude_none=True, exclude_defaults=True)
    return SourcesSpec.model_validate({"sources": {"trial": {**read, "into": "trial", "columns": tries, "ignore": "*"}}})


def is_sum(column: str) -> str:
    """A condition: what stands in a column of text is a word for a row of sums.

    Not by IN: DuckDB makes a join of each that has more than five values, and looking at a column asks this thirty times.
    """
    return f"list_contains([{', '.join(map(literal, SUM_WORDS))}], rtrim(lower(trim({column})), ':： '))"


def _expressions(i: int) -> Iterator[str]:
    text = f"trim(t{i})"
    sums = is_sum(f"t{i}")
    yield from (f"count(*) FILTER ({sums})", f"count(t{i}) FILTER (NOT {sums})", f"count(DISTINCT t{i}) FILTER (NOT {sums})")
    for pattern in ("0[0-9]+", "[0-9]+([.]0*)?", ".*[.][0-9]{3,}"):
        yield f"count(*) FILTER (regexp_full_match({text}, '{pattern}'))"
    yield from (f"{end}(length({text})) FILTER (NOT {sums})" for end in ("min", "max"))
    yield from (f"count(t{i}_{kind}) FILTER (NOT {sums})" for kind in TRIED)
    yield from (f"count(*) FILTER (CAST(t{i}_{kind} AS TIME) <> TIME '00:00:00')" for kind in TIMES)
