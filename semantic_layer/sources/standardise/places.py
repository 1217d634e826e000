"""Provinces and cities of China: GB/T 2260 codes, names with and without their suffix, short and English names."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import folded

Level = Literal["province", "city"]
Form = Literal["name", "short", "code"]


def place_mapping(level: Level, form: Form) -> str:
    """The name of the built-in mapping."""
    return f"places.{level}.{form}"


@cache
def place_spellings(level: Level, form: Form) -> dict[str, str]:
    """From each spelling, folded, to the place. A spelling of two places is in it for neither."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = _rows()
    provinces = {r["code"][:2]: r for r in rows if r["code"].endswith("0000")}
    names_of_provinces = {s for r in provinces.values() for s in _names(r)}
    for row in rows:
        province, value = provinces[row["code"][:2]], row[form]
        if (level == "province") == (row is province):
            # A city column that holds the name of a province does not say which city.
            own = row["name"] == province["name"]
            names = [n for n in _names(row) if level == "province" or own or n not in names_of_provinces]
            names += [p + n for p in (province["name"], province["short"]) for n in (row["name"], row["short"])] if level == "city" else []
            for name in names:
                found[name.lower().replace(" ", "")].add(value)
        if level == "province":
            # The province of a city named in full, as in 浙江省杭州市.
            for p in (province["name"], province["short"]):
                for n in (row["name"], row["short"]):
                    found[p + n].add(province[form])
    for row in rows:
        code = row["code"]
        if level == "province" and row is provinces[code[:2]]:
            found[code[:2]].add(row[form])
        if level == "city" and row is not provinces[code[:2]]:
            found[code[:4]].add(row[form])
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


@cache
def province_names() -> dict[str, tuple[str, str]]:
    """The short Chinese name and the English name of each province, by its GB/T 2260 code."""
    return {r["code"]: (r["short"], r["english"]) for r in _rows() if r["code"].endswith("0000")}


@cache
def _rows() -> list[dict[str, str]]:
    text = files("semantic_layer.sources.standardise").joinpath("places.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _names(row: dict[str, str]) -> list[str]:
    return [row["code"], row["name"], row["short"], row["english"], *row["aliases"].split()]


@standardiser("place")
class Place(Standardiser):
    """Provinces or cities of China, from a GB/T 2260 code (of a district too) or a name: 浙江, 浙江省, 330000, Zhejiang, 浙江省杭州市西湖区."""

    level: Level = Field(default="province", description="province or city.")
    form: Form = Field(default="short", description="What is kept: name (浙江省), short (浙江), or code (330000).")

    @property
    def mappings(self) -> tuple[str, ...]:
        """See Standardiser."""
        return (place_mapping(self.level, self.form),)

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        table = context.mapping(place_mapping(self.level, self.form), False)
        digits = 2 if self.level == "province" else 4
        # By its code, by its whole name, then by what stands before the district or the street.
        keys = [
            f"CASE WHEN regexp_full_match($x, '[0-9]{{6}}([0-9]{{6}})?([.]0)?') THEN left($x, {digits}) ELSE $x END",
            "regexp_extract($x, '^(?:[^省]{2,3}省|[^区]{2,6}自治区|.{2}市)?[^省市区县]{2,10}?(?:市|自治州|地区|盟)')",
            "regexp_extract($x, '^(?:.{2,3}省|.{2,6}?自治区|.{2}市|.{2}特别行政区)')",
        ]
        keys = keys if self.level == "province" else keys[:2]
        found = ", ".join(f"(SELECT m.value FROM {table} m WHERE m.key = {key})" for key in keys)
        return (f"regexp_replace({folded('$x')}, '^中国', '')", f"coalesce({found})")
