"""From `sources.yaml` to its models, or to the list of everything that is wrong with it, with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.schema import schema_of
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.errors import ShopError
from semantic_layer.sources.check import check
from semantic_layer.sources.models import SourcesSpec

SOURCES = "sources.yaml"


def load_sources(folder: Path) -> SourcesSpec:
    """`sources.yaml` of a shop folder. Raises ShopError naming every mistake with file and line."""
    path = folder / SOURCES
    if not path.is_file():
        raise ShopError(
            f"There is no {SOURCES} in {folder}, so there is nothing to refresh from. docs/sources.md says how to write one.",
            f"{folder} 里没有 {SOURCES}，无从刷新。写法见 docs/sources.zh-CN.md。",
        )
    spec, source = read_sources(folder)
    if spec is None:
        raise _mistakes(path, sorted(source.errors))
    return spec


def sources_schema() -> dict[str, Any]:
    """The JSON schema of `sources.yaml`, for editors."""
    return schema_of(SourcesSpec, SOURCES)


def read_sources(folder: Path) -> tuple[SourcesSpec | None, Source]:
    """`sources.yaml` with the place of each key; None where it has mistakes, which `Source.errors` lists."""
    spec, source = read_model(SourcesSpec, [folder / SOURCES], folder)
    if spec is not None:
        check(spec, source)
    return (None if source.errors else spec), source


def _mistakes(path: Path, problems: list[Problem]) -> ShopError:
    listed = {lang: "\n".join(f"  {p.text(lang)}" for p in problems) for lang in ("en", "zh")}
    return ShopError(f"{path} has {len(problems)} problem(s):\n{listed['en']}", f"{path} 有 {len(problems)} 处错误：\n{listed['zh']}", problems)
