"""The tables behind the datasets, asked only for what the rules need and only once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.catalog.check.inspector import Inspector
from semantic_layer.catalog.check.parse import columns, readable
from semantic_layer.catalog.expressions import DIALECT, forbidden
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.errors import EngineError, Message

MAX_VALUES = 5000


class Tables:
    """The tables of a catalog's datasets."""

    def __init__(self, spec: CatalogSpec, inspector: Inspector) -> None:
        self._spec = spec
        self._inspector = inspector
        found = inspector.tables()
        self.names = list(found)
        self._tables = {name.casefold(): columns for name, columns in found.items()}
        self._columns = {name: {c.casefold(): kind for c, kind in columns.items()} for name, columns in self._tables.items()}
        self._readable: dict[str, bool] = {}
        self.unanswered: dict[str, EngineError] = {}  # by dataset: why the database did not answer a question about its rows
        self._types: dict[tuple[str, str], str | None] = {}
        self._values: dict[tuple[str, str], list[str] | None] = {}

    def source(self, dataset: str) -> str:
        """The name of a dataset's table."""
        return self._spec.datasets[dataset].source or dataset

    def columns(self, dataset: str) -> dict[str, str] | None:
        """Column -> SQL type of a dataset's table, None if there is no such table or it cannot be read."""
        return self._tables.get(self.source(dataset).casefold()) if self.readable(dataset) else None

    def exists(self, dataset: str) -> bool:
        """Whether the database names a table for the dataset."""
        return self.source(dataset).casefold() in self._tables

    def readable(self, dataset: str) -> bool:
        """Whether the database can read the dataset's table: a view may stand on tables that are gone."""
        source = self.source(dataset).casefold()
        if source not in self._readable:
            try:
                self._readable[source] = source in self._tables and bool(self._inspector.columns(self._select(dataset).select("*").sql(DIALECT)))
            except EngineError:
                self._readable[source] = False
        return self._readable[source]

    def has(self, dataset: str, column: str) -> bool:
        """Whether the dataset's table has a column, whatever its case."""
        return self.readable(dataset) and column.casefold() in self._columns[self.source(dataset).casefold()]

    def expression(self, dataset: str, field: str) -> exp.Expr | None:
        """The SQL of a field; None if it cannot be read or names columns that are not there."""
        spec = self._spec.datasets[dataset].fields.get(field)
        if spec is None or self.columns(dataset) is None:
            return None
        tree = readable(spec.expression) if spec.expression else exp.column(field, quoted=True)
        if isinstance(tree, Message) or forbidden(tree) or tree.find(exp.AggFunc):
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
        if not self._spec.datasets[dataset].fields[field].expression:
            return self._columns[self.source(dataset).casefold()][field.casefold()]
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
        return self._count(dataset, exp.select("COUNT(*)").from_(groups.subquery("keys")))

    def empty(self, dataset: str, fields: Sequence[str]) -> int:
        """How many rows have no key; 0 also where nobody can tell."""
        keys = self._keys(dataset, fields)
        if not keys:
            return 0
        tests = [exp.Is(this=exp.Paren(this=k), expression=exp.null()) for k in keys]
        return self._count(dataset, self._select(dataset).select("COUNT(*)").where(exp.or_(*tests)))

    def fails(self, dataset: str, field: str) -> bool:
        """Whether the database stops at some row when it evaluates a field of which it knows the type."""
        tree = self.expression(dataset, field) if self.type(dataset, field) else None
        if tree is None:
            return False
        try:
            self._inspector.count(self._select(dataset).select(exp.Count(this=tree.copy())).sql(DIALECT))
        except EngineError:
            return True
        return False

    def filled(self, dataset: str, field: str) -> bool:
        """Whether some row has a value in the field; also where there are no rows or nobody can tell."""
        keys = self._keys(dataset, [field])
        if not keys:
            return True
        rows, values = (self._count(dataset, self._select(dataset).select(exp.Count(this=what))) for what in (exp.Star(), keys[0]))
        return not rows or bool(values)

    def matched(self, many: str, from_: Sequence[str], one: str, to: Sequence[str]) -> bool:
        """Whether some row of `many` has its key in `one`; also where one of them has no keys or nobody can tell."""
        left, right = self._keys(many, from_), self._keys(one, to)
        if not left or not right or len(left) != len(right):
            return True
        keys = [self._distinct(many, left, "l"), self._distinct(one, right, "r")]
        if not all(self._count(many, exp.select("COUNT(*)").from_(k.limit(1).subquery("some"))) for k in keys):
            return True
        both = exp.Intersect(this=keys[0], expression=keys[1], distinct=True)
        return bool(self._count(many, exp.select("COUNT(*)").from_(exp.select("1").from_(both.subquery("both")).limit(1).subquery("some"))))

    def _distinct(self, dataset: str, keys: list[exp.Expr], prefix: str) -> exp.Select:
        filled = [exp.Not(this=exp.Is(this=exp.Paren(this=k.copy()), expression=exp.null())) for k in keys]
        named = [exp.alias_(k.copy(), f"{prefix}{i}") for i, k in enumerate(keys)]
        return self._select(dataset).select(*named).where(*filled)

    def takes(self, aggregate: exp.AggFunc) -> bool:
        """Whether the database knows an aggregate over fields (as dataset.field) of their types; also where nobody can tell."""
        tree = aggregate.copy()
        for column in list(tree.find_all(exp.Column)):
            if isinstance(column.this, exp.Star):
                column.replace(exp.Star())
                continue
            known = column.table in self._spec.datasets and self.type(column.table, column.name)
            if not known:
                return True
            column.replace(exp.cast(exp.null(), exp.DataType.build(known, dialect=DIALECT, udt=True)))
        try:
            self._inspector.columns(exp.select(tree).sql(DIALECT))
        except EngineError:
            return False
        return True

    def _count(self, dataset: str, query: exp.Select) -> int:
        """The number a query gives; 0 where the database does not answer, which is noted."""
        try:
            return self._inspector.count(query.sql(DIALECT))
        except EngineError as error:
            self.unanswered.setdefault(dataset, error)
            return 0

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
        try:
            found = self._inspector.values(query.limit(MAX_VALUES + 1).sql(DIALECT))
        except EngineError as error:
            self.unanswered.setdefault(dataset, error)
            return None
        return found if len(found) <= MAX_VALUES else None


def _named(source: str) -> dict[str, exp.Identifier]:
    parts = [exp.to_identifier(p, quoted=True) for p in source.split(".")][-3:]
    return dict(zip(("this", "db", "catalog"), reversed(parts), strict=False))
