"""Tells a column that nobody knows, or that this role may not see, before the engine does: in our words, the same for both.

A courtesy, not a wall: what a role may not see is not in the relations that replace its tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.errors import GuardError, did_you_mean
from semantic_layer.guard.rows import Table
from semantic_layer.rights import fold

Columns = frozenset[str] | None  # None: they cannot be told from the text
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
_OWN_NAMES = (exp.Lambda, exp.Comprehension)


@dataclass
class _Scope:
    """What a SELECT can name: its sources, its own aliases, and what the queries around it can."""

    outer: _Scope | None
    sources: dict[str, Columns] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)

    def chain(self) -> Iterator[_Scope]:
        """This scope and those around it, inner ones first."""
        scope: _Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


def check_columns(tree: exp.Expr, tables: Mapping[int, Table]) -> None:
    """Raises GuardError for the first column that no source can have. `tables` by the id of the node that names them."""
    _Resolver(tree, tables).query(tree, {}, None)


class _Resolver:
    def __init__(self, tree: exp.Expr, tables: Mapping[int, Table]) -> None:
        self._tables = tables
        self._parameters = {fold(i.name) for node in tree.find_all(*_OWN_NAMES) for i in _parameters(node)}

    def query(self, node: exp.Expr, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        """Checks a query and all in it; gives its columns."""
        ctes = self._with(node, ctes, outer)
        if isinstance(node, exp.Subquery):
            columns = self.query(node.this, ctes, outer)
            return None if node.args.get("pivots") else columns
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, outer)
        if not isinstance(node, exp.Select):
            return self._other(node, ctes, outer)
        return self._select(node, ctes, outer)

    def _with(self, node: exp.Expr, ctes: Mapping[str, Columns], outer: _Scope | None) -> Mapping[str, Columns]:
        within = node.args.get("with_")
        for cte in within.expressions if within else ():
            name = fold(cte.alias)
            named = _alias_columns(cte)
            # Only a recursive one sees itself; elsewhere the name stands for a table, which is known by its node.
            columns = self.query(cte.this, {**ctes, name: None}, outer)
            ctes = {**ctes, name: _renamed(columns, named)}
        return ctes

    def _set_operation(self, node: exp.Expr, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        columns: Columns = frozenset()
        while isinstance(node, exp.SetOperation):
            right = self.query(node.expression, ctes, outer)
            if node.args.get("by_name"):
                columns = None if right is None or columns is None else columns | right
            node = node.this
            ctes = self._with(node, ctes, outer) if isinstance(node, exp.SetOperation) else ctes
        left = self.query(node, ctes, outer)
        return None if left is None or columns is None else left | columns

    def _select(self, select: exp.Expr, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        scope = _Scope(outer)
        sources = [s for s in (select.args.get("from_"), *(select.args.get("joins") or ()), *(select.args.get("laterals") or ())) if s]
        for source in sources:
            self._source(source if isinstance(source, exp.Lateral) else source.this, ctes, scope)
        scope.aliases = {fold(e.alias) for e in select.expressions if isinstance(e, (exp.Alias, exp.Aliases))}
        for join in sources:
            for name in join.args.get("using") or ():
                self._resolve(name, "", scope, "")
            if join.args.get("on"):
                self._expression(join.args["on"], ctes, scope, "")
        for part, value in select.args.items():
            if part in ("from_", "joins", "laterals", "with_"):
                continue
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, exp.Expr):
                    self._expression(each, ctes, scope, fold(each.alias) if isinstance(each, exp.Alias) else "")
        return _outputs(select, scope)

    def _other(self, node: exp.Expr, ctes: Mapping[str, Columns], outer: _Scope | None) -> Columns:
        """VALUES; a table or a join in brackets; PIVOT as a statement of its own."""
        scope = _Scope(outer)
        if isinstance(node, exp.Pivot):
            self._source(node.this, ctes, scope)
            for part in (*node.expressions, *(node.args.get("using") or ()), *filter(None, [node.args.get("group")])):
                self._expression(part, ctes, scope, "")
        elif not isinstance(node, exp.Values):
            self._source(node, ctes, scope)
        return None

    def _source(self, node: exp.Expr, ctes: Mapping[str, Columns], scope: _Scope) -> None:
        columns: Columns = None
        table = self._tables.get(id(node))
        if table is not None:
            columns = table.visible
            scope.hidden |= table.hidden
        elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            columns = ctes.get(fold(node.name))
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
            self._source(node.this, ctes, scope)
            return
        elif isinstance(node, (exp.Subquery, exp.Lateral)):
            columns = self.query(node if isinstance(node, exp.Subquery) else node.this, ctes, scope)
        elif isinstance(node, exp.Values) and _alias_columns(node):
            columns = frozenset()
        columns = _renamed(columns, _alias_columns(node))
        scope.sources[fold(node.alias_or_name)] = columns
        for pivot in node.args.get("pivots") or ():
            for column in pivot.find_all(exp.Column):
                self._resolve(column.this, "", scope, "")
            scope.sources[fold(node.alias_or_name)] = None
            scope.sources[fold(pivot.alias)] = None
        for join in node.args.get("joins") or ():
            self._source(join.this, ctes, scope)
            if join.args.get("on"):
                self._expression(join.args["on"], ctes, scope, "")

    def _expression(self, node: exp.Expr, ctes: Mapping[str, Columns], scope: _Scope, own: str) -> None:
        """Checks the columns of an expression; `own` is the alias it gets, which it cannot itself use."""
        todo = [node]
        while todo:
            each = todo.pop()
            if isinstance(each, _QUERIES):
                self.query(each, ctes, scope)
                continue
            if isinstance(each, exp.Column) and isinstance(each.this, exp.Identifier):
                self._resolve(each.this, each.table, scope, own)
            elif isinstance(each, exp.Dot) and isinstance(each.this, exp.Identifier):
                # A method call hides columns from the parser: u.email.length(), email.length().
                named = isinstance(each.expression, exp.Identifier)
                self._resolve(each.expression if named else each.this, each.this.name if named else "", scope, own)
            todo += each.iter_expressions()

    def _resolve(self, identifier: exp.Expr, qualifier: str, scope: _Scope, own: str) -> None:
        name = fold(identifier.name)
        if qualifier:
            source = fold(qualifier)
            for each in scope.chain():
                if source in each.sources:
                    columns = each.sources[source]
                    if columns is not None and name not in columns and _plain(name):
                        raise _unknown(identifier.name, columns)
                    return
            # Not a source, so a field of a struct.
            name, identifier = source, exp.to_identifier(qualifier)
        if name in self._parameters or not _plain(name):
            return
        known: set[str] = set()
        for each in scope.chain():
            is_open = any(columns is None for columns in each.sources.values())
            inside = {c for columns in each.sources.values() if columns is not None for c in columns}
            aliases = each.aliases - {own} if each is scope else each.aliases
            if name in inside or name in aliases or name in each.sources or (is_open and name not in each.hidden):
                return
            known |= inside | aliases
        raise _unknown(identifier.name, known)


def _plain(name: str) -> bool:
    """Whether a name can be told: the engine names an expression without alias by its text."""
    return name.replace("_", "").isalnum() and not name[:1].isdigit()


def _unknown(name: str, known: set[str] | frozenset[str]) -> GuardError:
    return GuardError(
        f"There is no column {name} in the tables of this query.{did_you_mean(name, known)}",
        f"这个查询的表中没有列 {name}。{did_you_mean(name, known, 'zh')}",
    )


def _parameters(node: exp.Expr) -> list[exp.Expr]:
    return [node.expression] if isinstance(node, exp.Comprehension) else node.expressions


def _alias_columns(node: exp.Expr) -> list[str]:
    alias = node.args.get("alias")
    return [fold(c.name) for c in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []


def _renamed(columns: Columns, names: list[str]) -> Columns:
    return None if columns is None else columns | set(names)


def _outputs(select: exp.Expr, scope: _Scope) -> Columns:
    """The columns a SELECT gives. A star gives those of its sources; one that renames or leaves out, a few more."""
    out: set[str] = set()
    for each in select.expressions:
        if isinstance(each, exp.Column) and isinstance(each.this, exp.Star):
            stars = [scope.sources.get(fold(each.table))]
        elif isinstance(each, exp.Star):
            stars = list(scope.sources.values())
            out |= {fold(a.alias) for a in (*(each.args.get("rename") or ()), *(each.args.get("replace") or ()))}
        elif isinstance(each, (exp.Alias, exp.Column, exp.Dot)):
            out.add(fold(each.alias or each.name or each.expression.name if isinstance(each, exp.Dot) else each.alias_or_name))
            continue
        elif isinstance(each, (exp.Columns, exp.Explode)):
            return None
        else:
            continue
        for columns in stars:
            if columns is None:
                return None
            out |= columns
    return frozenset(out)
