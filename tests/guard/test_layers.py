"""Why each layer is there: what gets past the lock-down that DuckDB documents, and which of ours stops it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines import DuckDBEngine, Limits
from semantic_layer.errors import EngineError, GuardError
from semantic_layer.guard import Gate
from semantic_layer.rights import Rights
from tests.guard import database
from tests.guard.corpus import policy

MARKERS = ("CANARY", "424242.42")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the corpus, never opened by a test."""
    return database.build(tmp_path_factory.mktemp("pristine") / "app.duckdb")


@pytest.fixture
def copy(pristine: Path, tmp_path: Path) -> Path:
    """A copy that a test may lose."""
    return Path(shutil.copy(pristine, tmp_path / "app.duckdb"))


@pytest.fixture
def locked_down(copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What DuckDB's documentation advises: read-only, no external access, configuration locked."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield connection


def gate(path: Path) -> Gate:
    """The gate as the analyst of the corpus passes it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT table_name, list(column_name) FROM information_schema.columns GROUP BY 1").fetchall()
    return Gate({str(table): columns for table, columns in found}, Rights.model_validate(policy()))


# The engine knows no users: whatever is in the file, anybody who can send SQL can read. Only the gate stops these.
SHOWN = [
    "SELECT * FROM payroll",
    "SELECT email, phone FROM users",
    "SELECT note, amount FROM orders WHERE region = 'East' OR true",
    "SELECT u FROM users u",
    "SELECT email.upper() FROM users",
    "WITH payroll AS (SELECT * FROM payroll) SELECT * FROM payroll",
    "FROM query('SELECT * FROM payroll')",
    "SELECT max(email)::INT FROM users",
]


@pytest.mark.parametrize("sql", SHOWN)
def test_the_lock_down_shows_hidden_data_and_the_gate_does_not(sql: str, copy: Path, locked_down: duckdb.DuckDBPyConnection) -> None:
    try:
        seen = str(locked_down.execute(sql).fetchall())
    except duckdb.Error as error:
        seen = str(error)
    assert any(marker in seen for marker in MARKERS), "the lock-down stops this; the layer is not needed for it"
    guard = gate(copy)
    locked_down.close()
    engine = DuckDBEngine(copy, Limits(seconds=5))
    try:
        seen = str(engine.run(guard.admit(sql).sql).rows)
    except (GuardError, EngineError) as error:
        seen = error.en + error.zh
    finally:
        engine.close()
    assert not any(marker in seen for marker in MARKERS)


def test_the_lock_down_lets_a_query_overwrite_the_database_and_the_hardening_does_not(copy: Path) -> None:
    sql = f"COPY (SELECT 'gone' AS x) TO '{copy}' (FORMAT csv, USE_TMP_FILE false)"
    engine = DuckDBEngine(copy, Limits(seconds=5))
    before = copy.read_bytes()
    # The gate is bypassed: the engine alone has to hold.
    with pytest.raises(EngineError):
        engine.run(sql)
    assert copy.read_bytes() == before
    engine.close()
    with pytest.raises(GuardError):
        gate(copy).admit(sql)
    with duckdb.connect(str(copy), read_only=True) as connection:
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        connection.execute(sql)
    assert copy.read_bytes() != before


def test_the_lock_down_reads_its_own_file_past_any_rewriting_and_the_hardening_does_not(copy: Path) -> None:
    sql = f"SELECT * FROM read_duckdb('{copy}', table_name := 'payroll')"
    with duckdb.connect(str(copy), read_only=True) as connection:
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        assert any(marker in str(connection.execute(sql).fetchall()) for marker in MARKERS)
    engine = DuckDBEngine(copy, Limits(seconds=5))
    with pytest.raises(EngineError) as caught:
        engine.run(sql)
    assert str(copy) not in caught.value.en
    engine.close()


def test_the_lock_down_tells_the_path_and_the_hidden_names_and_ours_does_not(copy: Path) -> None:
    with duckdb.connect(str(copy), read_only=True) as connection:
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        assert str(copy) in str(connection.execute("SELECT path FROM duckdb_databases()").fetchall())
        with pytest.raises(duckdb.Error, match="payroll"):
            connection.execute("SELECT * FROM payrol")
    guard = gate(copy)
    for sql in ("SELECT path FROM duckdb_databases()", "SELECT * FROM payrol"):
        with pytest.raises(GuardError) as caught:
            guard.admit(sql)
        assert str(copy) not in caught.value.en and "payroll" not in caught.value.en
