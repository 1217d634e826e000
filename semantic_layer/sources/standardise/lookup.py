"""Mappings: from one system's identifiers, names and spellings to the shop's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import folded, narrow, trimmed


@standardiser("map")
class Map(Standardiser):
    """Looks a value up in a mapping of `mappings:`: identifiers of another system, devices and accounts of a person, brands, categories."""

    by: str = Field(description="The mapping.", examples=["product_ids"])
    fold: bool = Field(default=False, description="Capitals, spaces and full-width letters make no difference.")
    unmapped: Literal["refuse", "keep"] = Field(default="refuse", description="What becomes of a value that the mapping does not have.")

    @property
    def mappings(self) -> tuple[str, ...]:
        """See Standardiser."""
        return (self.by,)

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        key = folded("$x") if self.fold else "$x"
        # A value that stands for two things is none of them: the mapping holds it without a value.
        found = f"(SELECT m.value FROM {context.mapping(self.by, self.fold)} m WHERE m.key = {key})"
        return (narrow(trimmed("$x")), f"coalesce({found}, $x)" if self.unmapped == "keep" else found)
