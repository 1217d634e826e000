"""Product names that do not exist, as many as wanted: brand, what it is, and size, in English and in Chinese."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import yaml

FILE = Path(__file__).with_name("names.yaml")

_CHINESE = 0.4
_BRANDS = {"latin": 12_000, "chinese": 6_000}
_SYLLABLES = (1, 2, 2)

_Parts: TypeAlias = dict[str, list[str]]


def product_names(count: int, seed: int = 1) -> Iterator[str]:
    """`count` different names, the same ones for the same seed; four in ten are Chinese."""
    parts: _Parts = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    pick = random.Random(seed)
    latin = sorted({_brand(pick, parts) for _ in range(_BRANDS["latin"])})
    han = sorted({"".join(pick.sample(parts["chinese_brands"], pick.choice((2, 2, 3)))) for _ in range(_BRANDS["chinese"])})
    seen: set[str] = set()
    while len(seen) < count:
        name = _chinese(pick, parts, han) if pick.random() < _CHINESE else _english(pick, parts, latin)
        if name not in seen:
            seen.add(name)
            yield name


def _brand(pick: random.Random, parts: _Parts) -> str:
    syllables = (pick.choice(parts["starts"]) + pick.choice(parts["vowels"]) for _ in range(pick.choice(_SYLLABLES)))
    return ("".join(syllables) + pick.choice(parts["ends"])).upper()


def _english(pick: random.Random, parts: _Parts, brands: list[str]) -> str:
    size = f"{pick.randint(1, 48)} {pick.choice(parts['units'])}"
    chosen = (pick.choice(brands), pick.choice(parts["flavours"]), pick.choice(parts["kinds"]), size)
    return " ".join(p for p in chosen if p).upper()


def _chinese(pick: random.Random, parts: _Parts, brands: list[str]) -> str:
    kind = pick.choice(parts["chinese_flavours"]) + pick.choice(parts["chinese_kinds"])
    return f"{pick.choice(brands)}{kind}{pick.randint(1, 60) * 10}{pick.choice(parts['chinese_units'])}"
