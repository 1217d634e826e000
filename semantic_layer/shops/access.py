"""A shop as one role sees it, in one state of its data: catalog, values, dates, and every way to ask its data."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.narrow import narrowed
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.engines import Column, Engine, Limits, Result, Snapshot
from semantic_layer.errors import GuardError
from semantic_layer.guard import Gate, Link
from semantic_layer.query import SemanticQuery
from semantic_layer.rights import Rights, fold
from semantic_layer.shops import build
from semantic_layer.small_groups import check_countable, counted, refuse_individuals, withheld
from semantic_layer.values import ValueIndex

log = logging.getLogger("wenshu.rights")
_PREPARING = Limits(seconds=600.0, max_rows=10_000_000)


@dataclass(frozen=True)
class Rows:
    """A compiled query and its rows; `withheld` of them are about too few people and left out."""

    compiled: Compiled
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    withheld: int = 0


class Access:
    """What a role sees of a shop while its data are at `version` and its files at `revision`. Safe to use from many threads.

    `tables` are those of the database, with their columns. `earlier` is the access to the state of the data before, by
    the same catalog: its values serve until those of the new state are ready.
    """

    def __init__(
        self,
        catalog: Catalog,
        rights: Rights,
        engine: Engine,
        tables: Mapping[str, Iterable[str]],
        *,
        version: str,
        revision: int,
        limits: Limits,
        today: Callable[[], dt.date],
        state: Path,
        earlier: Access | None = None,
    ) -> None:
        self.rights = rights
        self.version = version
        self.revision = revision
        self._today = today
        self.limits = rights.limited(limits)
        self.catalog = narrowed(catalog, lambda t: not rights.allows(t), lambda t, c: fold(c) in rights.denied(t))
        if rights.min_group_size > 1:
            check_countable(rights.role, catalog, self.catalog)
        self._engine = engine
        self._state = state
        self._values: ValueIndex | None = None
        self._earlier_values: ValueIndex | None = (earlier._values or earlier._earlier_values) if earlier else None
        self._indexing = threading.Lock()
        sources = {spec.source or name: name for name, spec in catalog.spec.datasets.items()}
        known = {fold(name): name for name in tables}
        self.gate = Gate(
            {known[fold(s)]: tables[known[fold(s)]] for s in sources if fold(s) in known},
            rights,
            names={name: spec.source for name, spec in catalog.spec.datasets.items() if spec.source},
            links=_links(catalog),
        )

    @property
    def today(self) -> dt.date:
        """The day relative dates count from."""
        return self._today()

    def compile(self, query: SemanticQuery) -> Compiled:
        """Raises QueryError; also where a role that sees groups of people only asks about single ones."""
        if self.rights.min_group_size > 1:
            refuse_individuals(query, self.catalog)
        return compile_query(query, self.catalog, self.today)

    def answer(self, query: SemanticQuery, data: Snapshot | None = None, user: str = "") -> Rows:
        """The rows of a query that this role may see. Raises QueryError, GuardError, EngineError."""
        compiled = self.compile(query)
        people = counted(query, self.catalog, self.today) if self.rights.min_group_size > 1 else None
        result = self.run(people.compiled if people else compiled, data, user)
        if people is None:
            return Rows(compiled, result.columns, result.rows, result.truncated)
        shown = withheld(people, result.rows, self.rights.min_group_size)
        names = {c.name for c in compiled.columns}
        columns = tuple(c for c in result.columns if c.name in names)
        return Rows(compiled, columns, shown.rows, result.truncated, shown.withheld)

    def run(self, compiled: Compiled, data: Snapshot | None = None, user: str = "") -> Result:
        """The rows of a compiled query, by way of the gate. Raises GuardError, EngineError."""
        admitted = self.gate.admit(compiled.tree, self.limits.max_rows)
        return self._run(admitted.sql, admitted.stable, self.limits, data, user)

    def run_sql(self, sql: str, data: Snapshot | None = None, user: str = "") -> Result:
        """The rows of a statement that an analyst wrote, by way of the gate. Raises GuardError, EngineError."""
        if self.rights.min_group_size > 1:
            raise GuardError(
                "This role sees groups of people only, which SQL cannot be held to. Ask in words instead.",
                "这个角色只能查看人群的汇总，SQL 无法保证这一点。请改用文字提问。",
            )
        admitted = self.gate.admit(sql, self.limits.max_rows)
        return self._run(admitted.sql, admitted.stable, self.limits, data, user)

    def _run(self, sql: str, stable: bool, limits: Limits, data: Snapshot | None, user: str) -> Result:
        where = data or self._engine
        result = where.run(sql, limits, user=user, rights=self.rights.hash, cache=stable)
        self._check_markers(result)
        return result

    def _check_markers(self, result: Result) -> None:
        markers = self.rights.leak_markers
        if markers and any(marker in str(cell) for row in result.rows for cell in row if cell is not None for marker in markers):
            log.error("a marker of hidden data came out for the role %s", self.rights.role)
            raise GuardError(
                "This answer is withheld: it holds data that this role may not see. Tell the owner of the shop.",
                "这个回答不予显示：其中含有该角色无权查看的数据。请告知店铺负责人。",
            )

    def _prepared(self, sql: str, cache: bool = True) -> Result:
        """Rows for indexes: through the gate as well, but bounded otherwise than a question."""
        admitted = self.gate.admit(sql, _PREPARING.max_rows)
        limits = Limits(_PREPARING.seconds, _PREPARING.max_rows, self.limits.memory_mb, self.limits.threads)
        return self._engine.run(admitted.sql, limits, user="(index)", cache=cache and admitted.stable)

    @property
    def values(self) -> ValueIndex:
        """The index of dimension values, kept with the shop's state and made anew when data, catalog or rights change.

        While it is made anew, that of the earlier state serves.
        """
        if self._values is None and self._earlier_values is not None:
            self._values, self._earlier_values = self._earlier_values, None
            threading.Thread(target=self._index, daemon=True).start()
        if self._values is None:
            self._index()
        assert self._values is not None
        return self._values

    def _index(self) -> None:
        with self._indexing:
            self._values = build.value_index(self.catalog, self._prepared, self._state / "values", self.rights.hash, self.version)

    @cached_property
    def data_span(self) -> tuple[dt.date, dt.date] | None:
        """The first and last day that any dataset's default time field holds."""
        return build.data_span(self.catalog, self._prepared)


def _links(catalog: Catalog) -> list[Link]:
    datasets = catalog.spec.datasets

    def ends(dataset: str) -> str:
        return datasets[dataset].source or dataset

    return [
        Link(
            ends(r.many),
            ends(r.one),
            tuple((catalog.expression(catalog.field(f"{r.many}.{f}")), catalog.expression(catalog.field(f"{r.one}.{t}"))) for f, t in r.pairs),
        )
        for r in catalog.spec.relationships
    ]
