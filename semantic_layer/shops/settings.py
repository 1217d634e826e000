"""`wenshu.yaml`: what a shop is called, where its data are, and who may see what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.models import Text
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.errors import ShopError
from semantic_layer.rights import Rights


class LimitSettings(BaseModel):
    """`limits:` of wenshu.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=20.0, gt=0, le=3600, allow_inf_nan=False)
    max_rows: int = Field(default=10_000, ge=1)
    memory_mb: int = Field(default=2_048, ge=32)
    threads: int | None = Field(default=None, ge=1)


def _several(value: object) -> object:
    return (value,) if isinstance(value, dict) else value


class RightsSettings(BaseModel):
    """The roles of a shop, and who has which. The user `"*"` stands for everybody who is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rights: Annotated[tuple[Rights, ...], BeforeValidator(_several)] = ()
    users: dict[str, str] = {}


class Settings(RightsSettings):
    """`wenshu.yaml`. Roles and users stand in it, or in the file `rights_file` names."""

    name: str
    label: Text = Text()
    database: str = Field(min_length=1)
    today: dt.date | None = None
    encoder: str = "use"
    limits: LimitSettings = LimitSettings()
    rights_file: str | None = None


def read_settings(folder: Path) -> tuple[Settings, Source]:
    """The settings of a shop folder, and where each stands. Raises ShopError with file and line."""
    path = folder / "wenshu.yaml"
    settings, source = read_model(Settings, [path], folder)
    if settings is None:
        raise mistakes(path.name, source.problems, path)
    return settings, source


def mistakes(name: str, problems: list[Problem], path: Path) -> ShopError:
    """One error that shows all problems of a file."""
    listed = "\n".join(f"  {p}" for p in sorted(problems))
    return ShopError(
        f"{path.absolute().parent / name} has {len(problems)} problem(s):\n{listed}",
        f"{path.absolute().parent / name} 有 {len(problems)} 处错误：\n{listed}",
    )
