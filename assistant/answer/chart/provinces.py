"""The provinces of China as tiles: where each stands, and which one a value of the data names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from semantic_layer.packaged import read_yaml
from semantic_layer.sources.standardise.places import place_spellings, province_names


@dataclass(frozen=True)
class Tile:
    """A province: its GB/T 2260 code, its names, and its column and row on the map."""

    code: str
    zh: str
    en: str
    column: int
    row: int


@cache
def tiles() -> dict[str, Tile]:
    """All of them, by code."""
    text = resources.files("assistant.answer.chart").joinpath("provinces.yaml").read_text(encoding="utf-8")
    names = province_names()
    return {code: Tile(code, *names[code], column, row) for code, (column, row) in read_yaml(text).items()}


def tile_of(value: Any) -> Tile | None:
    """The province that a value names, in whatever spelling: 浙江, 浙江省, Zhejiang, 330000."""
    code = place_spellings("province", "code").get(str(value).lower().replace(" ", ""))
    return tiles().get(code) if code else None
