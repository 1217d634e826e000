"""`wenshu.yaml`: what a shop is called, where its data are, and who may see what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.models import Text
from semantic_layer.catalog.schema import schema_of
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.errors import ShopError
from semantic_layer.rights import Rights


class LimitSettings(BaseModel):
    """`limits:` of wenshu.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=20.0, gt=0, le=3600, allow_inf_nan=False, description="Seconds that a query may take.")
    max_rows: int = Field(default=10_000, ge=1, description="Rows that an answer may have.")
    memory_mb: int = Field(default=2_048, ge=32, description="Memory that a query may use, in 10^6 bytes.")
    threads: int | None = Field(default=None, ge=1, description="Threads that a query may use; default: as many as there are cores.")


class ServeSettings(BaseModel):
    """`serve:` of wenshu.yaml. What says how many is of each server process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate_per_minute: int = Field(default=120, ge=1, le=1_000_000, description="Requests that a token may make in a minute, on average.")
    max_body_kb: int = Field(default=256, ge=1, le=100_000, description="The longest body of a request, in 10^3 bytes.")
    answers: int = Field(default=4, ge=1, le=256, description="Answers that are worked out at once.")
    waiting: int = Field(default=60, ge=0, le=100_000, description="Questions that may wait for that; further ones are turned away.")
    cache_seconds: int = Field(default=300, ge=0, le=86_400, description="Seconds for which an answer serves whoever asks the same; 0: never.")
    cors_origins: tuple[str, ...] = Field(default=(), description="Origins whose pages in a browser may call the API.", examples=[["https://shop.example"]])
    log_questions: bool = Field(default=False, description="Whether the log of requests holds the text of questions.")
    mcp: bool = Field(default=False, description="Whether language models may ask at /mcp, with the tokens of the API; see docs/mcp.md.")


class SubscriptionSettings(BaseModel):
    """`subscriptions:` of wenshu.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet_hours: str = Field(
        default="", pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$", examples=["22:00-08:00"],
        description="When nothing is sent, by the clock of the calendar's time_zone.",
    )  # fmt: skip
    tries: int = Field(default=10, ge=1, le=1_000, description="How often a message is tried before it is given up.")
    retry_seconds: float = Field(default=30.0, gt=0, le=3_600, description="Seconds before the second try; each further one waits twice as long.")
    keep_days: int = Field(default=30, ge=1, le=3_650, description="Days for which messages are kept that were sent or given up.")


class Examples(BaseModel):
    """`examples:` of wenshu.yaml, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: tuple[str, ...] = Field(default=(), description="In Chinese.")
    en: tuple[str, ...] = Field(default=(), description="In English.")

    def get(self, lang: str) -> tuple[str, ...]:
        """Those in `lang`, or in the other language where there are none."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


def _several(value: object) -> object:
    return (value,) if isinstance(value, dict) else value


class RightsSettings(BaseModel):
    """The roles of a shop, and who has which. The user `"*"` stands for everybody who is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rights: Annotated[tuple[Rights, ...], BeforeValidator(_several, json_schema_input_type=Rights | tuple[Rights, ...])] = Field(
        default=(), description="The roles; without any everybody sees everything."
    )
    users: dict[str, str] = Field(
        default={}, description='The role of each user; "*" for everybody who is not named.', examples=[{"ann": "manager", "*": "clerk"}]
    )


class Settings(RightsSettings):
    """`wenshu.yaml`. Roles and users stand in it, or in the file `rights_file` names."""

    name: str = Field(description="The name of the shop.")
    label: Text = Field(default=Text(), description="The name that people read.")
    database: str = Field(min_length=1, description="The DuckDB file, seen from the shop's folder.", examples=["shop.duckdb"])
    today: dt.date | None = Field(default=None, description="The day relative dates count from; default: the present day.")
    examples: Examples = Field(default=Examples(), description="Questions that the page offers to begin with.", examples=[{"en": ["sales by month"]}])
    encoder: str = Field(default="use", description="What likens words: use, the bundled encoder, or a sentence-transformers model or its folder.")
    store: str | None = Field(
        default=None,
        min_length=1,
        repr=False,
        description="Where conversations are kept, as a SQLAlchemy URL; a relative SQLite file is seen from the shop's folder.",
        examples=["sqlite:///store.sqlite"],
    )
    audit_days: int = Field(default=365, ge=0, le=36_500, description="Days for which it is kept who asked what and what SQL ran; 0: never.")
    limits: LimitSettings = Field(default=LimitSettings(), description="What one query may use.")
    serve: ServeSettings = Field(default=ServeSettings(), description="What the HTTP API of `wenshu serve` allows.")
    channels: dict[str, dict[str, Any]] = Field(
        default={}, repr=False, description="The platforms of chat that `wenshu serve` answers, by name, with what each needs; see docs/channels.md.",
        examples=[{"slack": {"signing_secret": "${SLACK_SIGNING_SECRET}", "token": "${SLACK_BOT_TOKEN}", "people": {"U012345": "ann"}}}],
    )
    subscriptions: SubscriptionSettings = Field(default=SubscriptionSettings(), description="How digests and alerts are sent.")
    rights_file: str | None = Field(default=None, description="A file with rights and users, seen from the shop's folder.", examples=["rights.yaml"])


def read_settings(folder: Path) -> tuple[Settings, Source]:
    """The settings of a shop folder, and where each stands. Raises ShopError with file and line."""
    path = folder / "wenshu.yaml"
    settings, source = read_model(Settings, [path], folder)
    if settings is None:
        raise mistakes(path.name, source.errors, path)
    return settings, source


def settings_schema() -> dict[str, Any]:
    """The JSON schema of `wenshu.yaml`, for editors."""
    return schema_of(Settings, "wenshu.yaml")


def mistakes(name: str, problems: list[Problem], path: Path) -> ShopError:
    """One error that shows all problems of a file."""
    listed = {lang: "\n".join(f"  {p.text(lang)}" for p in sorted(problems)) for lang in ("en", "zh")}
    where = path.absolute().parent / name
    return ShopError(f"{where} has {len(problems)} problem(s):\n{listed['en']}", f"{where} 有 {len(problems)} 处错误：\n{listed['zh']}", problems)
