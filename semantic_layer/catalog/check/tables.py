"""The tables behind the datasets, asked only for what the rules need and only once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.check.parse import columns, readable
from semantic_layer.catalog.expressions import DIALECT, forbidden
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.errors import EngineError

MAX_VALUES = 5000


class Tables:
    """The tables of a catalog's datasets."""

    def __init__(self, spec: CatalogSpec, inspector: Inspector) -> None:
        self._spec = spec
        self._inspector = inspector
        self._tables = {name.casefold(): columns for name, columns in inspector.tables().items()}
        self.names = list(inspector.tables())
        self._types: dict[tuple[str, str], str | None] = {}
        self._values: dict[tuple[str, str], list[str] | None] = {}

    def source(self, dataset: str) -> str:
        """The name of a dataset's table."""
        return self._spec.datasets[dataset].source or dataset

    def columns(self, dataset: str) -> dict[str, str] | None:
        """Column -> SQL type of a dataset's table, None if there is no such table."""
        return self._tables.get(self.source(dataset).casefold())

    def has(self, dataset: str, column: str) -> bool:
        """Whether the dataset's table has a column, whatever its case."""
        return column.casefold() in (c.casefold() for c in self.columns(dataset) or ())

    def expression(self, dataset: str, field: str) -> exp.Expr | None:
        """The SQL of a field; None if it cannot be read or names columns that are not there."""
        spec = self._spec.datasets[dataset].fields.get(field)
        if spec is None or self.columns(dataset) is None:
            return None
        tree = readable(spec.expression) if spec.expression else exp.column(field, quoted=True)
        if isinstance(tree, str) or forbidden(tree) or tree.find(exp.AggFunc):
            return None
        return tree if all(not c.table and self.has(dataset, c.name) for c in columns(tree)) else None

    def type(self, dataset: str, field: str) -> str | None:
        """The SQL type of a field; None if it has none, "" if the database refuses its expression."""
        key = (dataset, field)
        if key not in self._types:
            self._types[key] = self._ask_type(dataset, field)
        return self._types[key]

    def _ask_type(self, dataset: str, field: str) -> str | None:
        tree = self.expression(dataset, field)
        if tree is None:
            return None
        sql = self._select(dataset).select(exp.alias_(tree.copy(), "value", quoted=True)).limit(0).sql(DIALECT)
        try:
            return next(iter(self._inspector.columns(sql).values()), None)
        except EngineError:
            return ""

    def _select(self, dataset: str) -> exp.Select:
        table = exp.Table(**_named(self.source(dataset)))
        return exp.Select().from_(table, copy=False)

    def _keys(self, dataset: str, fields: Sequence[str]) -> list[exp.Expr] | None:
        """The SQL of several fields; None if one of them cannot be asked for."""
        if not all(self.type(dataset, f) for f in fields):
            return None
        return [tree.copy() for f in fields if (tree := self.expression(dataset, f)) is not None]

    def repeated(self, dataset: str, fields: Sequence[str]) -> int:
        """How many keys stand in more than one row; 0 also where nobody can tell."""
        keys = self._keys(dataset, fields)
        if not keys:
            return 0
        filled = [exp.Not(this=exp.Is(this=exp.Paren(this=k.copy()), expression=exp.null())) for k in keys]
        groups = self._select(dataset).select(*(exp.alias_(k, f"k{i}") for i, k in enumerate(keys))).where(*filled)
        groups = groups.group_by(*(exp.Literal.number(i + 1) for i in range(len(keys)))).having("COUNT(*) > 1")
        return self._inspector.count(exp.select("COUNT(*)").from_(groups.subquery("keys")).sql(DIALECT))

    def empty(self, dataset: str, fields: Sequence[str]) -> int:
        """How many rows have no key; 0 also where nobody can tell."""
        keys = self._keys(dataset, fields)
        if not keys:
            return 0
        tests = [exp.Is(this=exp.Paren(this=k), expression=exp.null()) for k in keys]
        return self._inspector.count(self._select(dataset).select("COUNT(*)").where(exp.or_(*tests)).sql(DIALECT))

    def values(self, dataset: str, field: str) -> list[str] | None:
        """The distinct values of a field as text; None if there are too many or nobody can tell."""
        key = (dataset, field)
        if key not in self._values:
            self._values[key] = self._ask_values(dataset, field)
        return self._values[key]

    def _ask_values(self, dataset: str, field: str) -> list[str] | None:
        keys = self._keys(dataset, [field])
        if not keys:
            return None
        text = exp.cast(exp.Paren(this=keys[0].copy()), exp.DataType.Type.VARCHAR)
        query = self._select(dataset).select(exp.alias_(text, "value", quoted=True)).distinct()
        query = query.where(exp.Not(this=exp.Is(this=exp.Paren(this=keys[0]), expression=exp.null())))
        found = self._inspector.values(query.limit(MAX_VALUES + 1).sql(DIALECT))
        return found if len(found) <= MAX_VALUES else None


def _named(source: str) -> dict[str, exp.Identifier]:
    parts = [exp.to_identifier(p, quoted=True) for p in source.split(".")][-3:]
    return dict(zip(("this", "db", "catalog"), reversed(parts), strict=False))
