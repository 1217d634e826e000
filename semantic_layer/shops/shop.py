"""Opens a shop by name or folder: settings, catalog, engine, values."""

from __future__ import annotations

import datetime as dt
import os
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semantic_layer.catalog import Catalog, load_catalog
from semantic_layer.catalog.models import Text
from semantic_layer.catalog.source import Problem
from semantic_layer.compiler import Compiled, compile_query
from semantic_layer.engines import DuckDBEngine, Engine, Limits, Result
from semantic_layer.errors import ShopError, did_you_mean
from semantic_layer.guard import guarded
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import build
from semantic_layer.values import ValueIndex

PACKAGED = Path(__file__).parent


class LimitSettings(BaseModel):
    """`limits:` of wenshu.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=20.0, gt=0, le=3600, allow_inf_nan=False)
    max_rows: int = Field(default=10_000, ge=1)
    memory_mb: int = Field(default=2_048, ge=32)
    threads: int | None = Field(default=None, ge=1)


class Settings(BaseModel):
    """`wenshu.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: Text = Text()
    database: str = Field(min_length=1)
    today: dt.date | None = None
    encoder: str = "use"
    limits: LimitSettings = LimitSettings()


def home() -> Path:
    """WENSHU_HOME, by default the platform's folder for user data."""
    named = os.environ.get("WENSHU_HOME")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("wenshu", appauthor=False)


def packaged_shops() -> list[str]:
    """The names of the shops that come with Wenshu."""
    return sorted(p.parent.name for p in PACKAGED.glob("*/wenshu.yaml"))


@dataclass
class Shop:
    """An open shop. `folder` holds settings and catalog, `data` the database, `state` what Wenshu keeps."""

    settings: Settings
    folder: Path
    data: Path
    state: Path
    catalog: Catalog
    fixed_today: dt.date | None = None
    _engine: Engine | None = field(default=None, repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The shop's name."""
        return self.settings.name

    @property
    def today(self) -> dt.date:
        """The day relative dates count from."""
        return self.fixed_today or self.settings.today or dt.date.today()

    @property
    def limits(self) -> Limits:
        """What one query may use."""
        return Limits(**self.settings.limits.model_dump())

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / self.settings.database

    @property
    def engine(self) -> Engine:
        """The engine, opened when first needed. Raises ShopError."""
        with self._opening:
            if self._engine is None:
                self._engine = DuckDBEngine(self.database, self.limits)
            return self._engine

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables a statement may name."""
        return tuple(spec.source or name for name, spec in self.catalog.spec.datasets.items())

    def compile(self, query: SemanticQuery) -> Compiled:
        """Raises QueryError."""
        return compile_query(query, self.catalog, self.today)

    def run_sql(self, sql: str) -> Result:
        """Runs SQL through the gate. Raises GuardError, EngineError."""
        return self.engine.run(guarded(sql, self.tables), self.limits)

    def run(self, compiled: Compiled) -> Result:
        """Runs a compiled query through the gate."""
        return self.engine.run(guarded(compiled.tree, self.tables), self.limits)

    @cached_property
    def values(self) -> ValueIndex:
        """The index of dimension values, kept with the shop's state and made anew when data or catalog change. Raises ShopError."""
        try:
            stamp = f"{self.catalog.hash}-{self.database.stat().st_mtime_ns}"
        except OSError:
            raise ShopError(f"There is no database file {self.database}.", f"没有数据库文件 {self.database}。") from None
        return build.value_index(self.catalog, self.database, self.state / "values", stamp)

    @cached_property
    def data_span(self) -> tuple[dt.date, dt.date] | None:
        """The first and last day that any dataset's default time field holds. Raises ShopError."""
        return build.data_span(self.catalog, self.database)

    def close(self) -> None:
        """Closes the engine."""
        with self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None


def open_shop(which: str, today: dt.date | None = None) -> Shop:
    """Opens a packaged shop by name, or any shop by its folder. A packaged shop is built on first use.

    Raises ShopError, CatalogError.
    """
    folder, data, settings = _locate(which)
    return Shop(settings, folder, data, data / ".wenshu", load_catalog(folder / "catalog"), today)


def _locate(which: str) -> tuple[Path, Path, Settings]:
    """(folder of settings and catalog, folder of the data, settings); builds a packaged shop that is not there yet."""
    if which in packaged_shops():
        folder, data = PACKAGED / which, home() / "shops" / which
        settings = _settings(folder)
        if not (data / settings.database).exists():
            build.packaged(which, data / settings.database)
        return folder, data, settings
    folder = Path(which).expanduser()
    if not (folder / "wenshu.yaml").is_file():
        known = packaged_shops()
        raise ShopError(
            f"There is no shop {which}: it is neither a packaged shop ({', '.join(known)}) nor a folder with a wenshu.yaml."
            + did_you_mean(which, known),
            f"没有店铺 {which}：它既不是自带的店铺（{'、'.join(known)}），也不是含有 wenshu.yaml 的文件夹。" + did_you_mean(which, known, "zh"),
        )
    return folder, folder, _settings(folder)


def _settings(folder: Path) -> Settings:
    path = folder / "wenshu.yaml"
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ShopError(f"{path} cannot be read: {error}.", f"无法读取 {path}：{error}。") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ShopError(f"{path}: {where}: {first['msg']}.", f"{path}：{where}：{first['msg']}。") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        why = f" {error}" if isinstance(error, yaml.YAMLError) else ""
        raise ShopError(f"{path} is not valid YAML.{why}", f"{path} 不是有效的 YAML。{why}") from None


def check_shop(which: str) -> list[Problem]:
    """Every mistake of a shop's catalog, checked against its database.

    Mistakes that show without the database come first: only a catalog without any raises ShopError for a database
    that cannot be opened.
    """
    from semantic_layer.catalog.check import check_catalog
    from semantic_layer.engines.admin import Introspector

    folder, data, settings = _locate(which)
    try:
        inspector = Introspector(data / settings.database)
    except ShopError:
        if problems := check_catalog(folder / "catalog", None):
            return problems
        raise
    with inspector:
        return check_catalog(folder / "catalog", inspector)
