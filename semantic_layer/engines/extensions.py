"""DuckDB's extensions: those that lie on this machine already, from their Python package or from DuckDB's own folder. None is downloaded."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import duckdb

from semantic_layer.engines.failures import described, log
from semantic_layer.errors import ShopError


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension of DuckDB by its name. Raises ShopError where it is not installed or does not fit."""
    file = extension_file(connection, name)
    if file is None:
        raise ShopError(
            f"DuckDB's extension {name} is not installed. Run: {pip_command(name)}",
            f"尚未安装 DuckDB 扩展 {name}。请运行：{pip_command(name)}",
        )
    try:
        connection.load_extension(str(file))
    except duckdb.Error as error:
        log.warning("loading %s failed: %s", file, described(error))
        raise ShopError(
            f"DuckDB's extension {name} in {file} does not fit this version or platform. Run: {pip_command(name)}",
            f"{file} 中的 DuckDB 扩展 {name} 与当前版本或平台不符。请运行：{pip_command(name)}",
        ) from None


def extension_file(connection: duckdb.DuckDBPyConnection, name: str) -> Path | None:
    """The file of an extension: of its package for this version, else in the folder where this DuckDB keeps what was installed."""
    # Only looked up, not imported: the package's own code is not needed.
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if packaged.is_file():
            return packaged
    row = connection.execute("SELECT install_path FROM duckdb_extensions() WHERE extension_name = ? AND installed", [name]).fetchone()
    installed = Path(row[0]) if row and row[0] else None
    return installed if installed is not None and installed.is_file() else None


def pip_command(name: str) -> str:
    """How to install the package of an extension."""
    return f"pip install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
