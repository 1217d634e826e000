"""Identifiers: numbers of 32 digits, UUIDs and codes of one's own, as text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from semantic_layer.engines.quoting import literal
from semantic_layer.errors import InvalidValue
from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import narrow, trimmed

# Through a floating-point number: in its notation, with more digits than it holds, or a long one that ends in the zeros it lost.
_DAMAGED = (
    "regexp_full_match($x, '[-+]?[0-9]+([.][0-9]+)?[eE][-+]?[0-9]+') OR regexp_full_match($x, '[0-9]{16,}[.][0-9]+')"
    " OR (length($x) > 18 AND regexp_full_match($x, '[0-9]+0{12}'))"
)


@standardiser("id")
class Identifier(Standardiser):
    """Trims and narrows; case, prefix and zeros as declared. Refuses what a spreadsheet has damaged (6.9E+31, or long and ending in zeros)."""

    case: Literal["upper", "lower", "keep"] = Field(default="keep", description="Capitals, none, or as they are.")
    strip: tuple[str, ...] = Field(default=(), description="Beginnings to take away, the first that fits.", examples=[["SKU-", "sku_"]])
    prefix: str = Field(default="", description="A beginning to give to those that lack it.", examples=["SP-"])
    digits: int | None = Field(default=None, ge=1, le=64, description="A number is filled up with zeros in front to so many digits.")
    remove: str = Field(default="", description="Characters to take away wherever they stand.", examples=["- "])
    pattern: str | None = Field(default=None, description="A regular expression that the whole identifier has to fit.", examples=["[0-9]{32}"])

    @field_validator("pattern")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        import re

        try:
            re.compile(value or "")
        except re.error:
            raise InvalidValue("it must be a regular expression", "此处应当是正则表达式") from None
        return value

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        layers = [narrow(trimmed("$x"))]
        layers += [f"replace($x, {literal(letter)}, '')" for letter in self.remove]
        if self.case != "keep":
            layers.append(f"{self.case}($x)")
        layers += [f"CASE WHEN NOT ({_DAMAGED}) THEN $x END", "regexp_replace($x, '^([0-9]{1,15})[.]0+$', '\\1')"]
        if self.strip:
            taken = " ".join(f"WHEN starts_with($x, {literal(p)}) THEN substr($x, {len(p) + 1})" for p in self.strip)
            layers.append(f"CASE {taken} ELSE $x END")
        if self.digits:
            layers.append(f"CASE WHEN regexp_full_match($x, '[0-9]{{1,{self.digits}}}') THEN lpad($x, {self.digits}, '0') ELSE $x END")
        if self.prefix:
            layers.append(f"CASE WHEN starts_with($x, {literal(self.prefix)}) THEN $x ELSE {literal(self.prefix)} || $x END")
        fits = "$x <> ''" if self.pattern is None else f"$x <> '' AND regexp_full_match($x, {literal(self.pattern)})"
        return (*layers, f"CASE WHEN {fits} THEN $x END")
