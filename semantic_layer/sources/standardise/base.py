"""What a standardiser is: parameters, and the SQL that brings a text into one form, or to NULL where it cannot be brought."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Context:
    """What standardisers know of the shop.

    `zone` is its time zone; `salt` is the SQL expression of the secret that hashes are made with; `mapping` gives the
    table (`key`, `value`) of a mapping, by its name and whether its keys are folded.
    """

    zone: str
    salt: str
    mapping: Callable[[str, bool], str]


class Standardiser(BaseModel, ABC):
    """One step of a column. Its fields are the parameters that `sources.yaml` may give, its docstring says what it does.

    A result of NULL means that the text is none of this kind: that is its validity. A value that is missing stays so.
    `gives` is the SQL type; what is no text can only be the last step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: ClassVar[str]
    personal: ClassVar[bool] = False

    @property
    def gives(self) -> str:
        """The SQL type of the result."""
        return "VARCHAR"

    @property
    def mappings(self) -> tuple[str, ...]:
        """The mappings of `sources.yaml` that it looks up in."""
        return ()

    @abstractmethod
    def layers(self, context: Context) -> tuple[str, ...]:
        """SQL expressions, each over the one before it, which it calls `$x`; the first is over the text, which all may call `$in`."""


STANDARDISERS: dict[str, type[Standardiser]] = {}


def standardiser(name: str) -> Callable[[type[Standardiser]], type[Standardiser]]:
    """Makes a class known under the name that `as:` uses."""

    def known(cls: type[Standardiser]) -> type[Standardiser]:
        cls.name = name
        STANDARDISERS[name] = cls
        return cls

    return known
