"""A packaged shop is made when it is first used, and again when what makes it has changed; by one process at a time."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

import pytest

from semantic_layer import shops
from semantic_layer.shops import build

LOADER = """
import time
from pathlib import Path

def load(database: Path) -> None:
    database.parent.mkdir(parents=True, exist_ok=True)
    time.sleep({slow})
    database.write_text(database.read_text() + "{says}" if database.exists() else "{says}")
"""


class Package:
    """A packaged shop whose loader writes one letter each time."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder, self.database = folder, database

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        # Two texts of one length within a second look alike to Python's cache.
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        for module in [m for m in sys.modules if m.startswith("semantic_layer.shops.little")]:
            del sys.modules[module]

    def used(self) -> str:
        build.packaged("little", self.database)
        return self.database.read_text(encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setattr(build, "PACKAGES", tmp_path / "packages")
    monkeypatch.setattr(shops, "__path__", [*shops.__path__, str(tmp_path / "packages")])
    made = Package(tmp_path / "packages" / "little", tmp_path / "home" / "little.duckdb")
    made.write("__init__.py", "")
    made.write("load.py", LOADER.format(slow=0, says="a"))
    return made


def test_it_is_made_again_when_its_generator_or_loader_has_changed(package: Package) -> None:
    assert package.used() == "a"
    assert package.used() == "a"
    package.write("load.py", LOADER.format(slow=0, says="b"))
    assert package.used() == "ab"
    package.write("parts/goods.py", "x = 1")
    assert package.used() == "abb"
    package.write("sources.yaml", "sources: {}")
    assert package.used() == "abbb"
    assert package.used() == "abbb"


def test_catalog_and_settings_make_no_data(package: Package) -> None:
    package.used()
    package.write("catalog/all.yaml", "metrics: {}")
    package.write("wenshu.yaml", "name: little")
    package.write("__pycache__/load.pyc", "x")
    assert package.used() == "a"


def test_a_shop_that_was_made_by_an_earlier_wenshu_is_made_again(package: Package) -> None:
    package.used()
    package.database.with_name("built-from").unlink()
    assert package.used() == "aa"


def test_two_at_once_make_it_once(package: Package) -> None:
    pytest.importorskip("fcntl")
    package.write("load.py", LOADER.format(slow=0.3, says="a"))
    threads = [threading.Thread(target=package.used) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert package.database.read_text(encoding="utf-8") == "a"
