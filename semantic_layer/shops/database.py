"""A database without a catalog: its tables under a role's rights, for trying statements against the gate."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines import DuckDBEngine, Limits, Result
from semantic_layer.engines.admin import Introspector
from semantic_layer.guard import Admitted, Gate
from semantic_layer.rights import EVERYTHING, Rights
from semantic_layer.shops.roles import check_roles, read_roles, role_of


class Database:
    """The tables of a DuckDB file as a role may see them. Without a catalog no filter is inherited."""

    def __init__(self, path: Path, rights_file: Path | None = None, user: str | None = None) -> None:
        """Raises ShopError for a file that cannot be read, and for rights that do not fit it, with file and line."""
        settings, source = read_roles(rights_file) if rights_file else (None, None)
        with Introspector(path) as inspector:
            tables = inspector.tables()
        self.rights: Rights = EVERYTHING
        if settings is not None and source is not None and rights_file is not None:
            check_roles(settings, source, rights_file, tables)
            self.rights = role_of(user, settings)
        self.gate = Gate(tables, self.rights)
        self._limits = self.rights.limited(Limits())
        self._engine = DuckDBEngine(path, self._limits)

    def admit(self, sql: str) -> Admitted:
        """The statement as it may run. Raises GuardError."""
        return self.gate.admit(sql, self._limits.max_rows)

    def run(self, admitted: Admitted) -> Result:
        """Its rows. Raises EngineError."""
        return self._engine.run(admitted.sql, self._limits, rights=self.rights.hash, cache=admitted.stable)

    def unfiltered(self) -> tuple[str, ...]:
        """The tables that no row filter reaches although the role has filters."""
        return self.gate.unfiltered(self.gate.tables)

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()
