"""Files that DuckDB does not write: CSV in GB18030 or with a mark of byte order, and folders of small batches."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.workbench import Workbench

_PIECE = 1 << 20


def csv(bench: Workbench, sql: str, path: Path, encoding: str = "utf-8") -> None:
    """Writes a CSV file with a header in an encoding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.with_suffix(".writing")
    bench.write(sql, plain, "FORMAT csv, HEADER")
    with plain.open(encoding="utf-8", newline="") as source, path.open("w", encoding=encoding, newline="") as target:
        while piece := source.read(_PIECE):
            target.write(piece)
    plain.unlink()


def batches(bench: Workbench, sql: str, folder: Path) -> None:
    """Writes a file for each row of a query of name and content."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in bench.rows(sql):
        (folder / name).write_text(content + "\n", encoding="utf-8")
