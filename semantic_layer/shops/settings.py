"""`wenshu.yaml`: what a shop is called, where its data are, and who may see what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.models import Text
from semantic_layer.catalog.schema import schema_of
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.errors import InvalidValue, ShopError
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


class ModelSettings(BaseModel):
    """`model:` of wenshu.yaml: the language model that reads questions beside the grammar. Without a name there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        default="", pattern=r"^$|^[A-Za-z0-9_-]+:.+$", description="The model, as provider:model in langchain's words.",
        examples=["openai:gpt-4.1-mini", "anthropic:claude-sonnet-4-5", "ollama:qwen3", "deepseek:deepseek-chat"],
    )  # fmt: skip
    base_url: str | None = Field(default=None, description="Where it is served, if not by the provider.", examples=["http://localhost:8000/v1"])
    api_key: str | None = Field(
        default=None, repr=False, description="Its key; default: the variable of the environment that the provider names.", examples=["${MODEL_KEY}"]
    )
    options: dict[str, Any] = Field(default={}, repr=False, description="What else init_chat_model takes.", examples=[{"temperature": 0.2}])
    fallback: str = Field(default="", pattern=r"^$|^[A-Za-z0-9_-]+:.+$", description="The model that is asked where this one fails.")
    when: Literal["unsure", "always", "never"] = Field(
        default="unsure", description="When it is asked: where the grammar has no reading or is unsure of it, for every question, or never."
    )
    sure: float = Field(default=0.75, ge=0, le=1, description="The confidence from which on the grammar is sure of a reading.")
    proposals: Literal["checked", "offered", "run"] = Field(
        default="checked",
        description="What becomes of a reading that only the model has: run where the whole question stands in it, always offered, or always run.",
    )
    form: Literal["full", "flat"] = Field(
        default="full", description="What it fills in: a whole semantic query, or for small models a flat form of choices."
    )
    method: Literal["auto", "json_schema", "function_calling", "json_mode"] = Field(
        default="auto", description="How it is held to the form; auto tries one after the other."
    )
    seconds: float = Field(default=20.0, gt=0, le=600, description="Seconds that a question may wait for it, with all tries.")
    tries: int = Field(default=3, ge=1, le=10, description="How often it is asked where it fails or is busy.")
    at_once: int = Field(default=8, ge=1, le=256, description="Calls at once, of each process.")
    prompt_tokens: int = Field(default=8_000, ge=500, le=1_000_000, description="The most that it is told for a question, in tokens as estimated.")
    output_tokens: int = Field(default=1_000, ge=50, le=100_000, description="The most that it may answer, in tokens.")
    examples: int = Field(default=4, ge=0, le=50, description="Verified questions that it is shown as examples.")
    wording: bool = Field(default=False, description="Whether it also words answers; it then has to be shown rows.")
    rows: bool = Field(default=False, description="Whether it may be shown rows of answers.")
    input_price: float = Field(default=0.0, ge=0, description="What 10^6 tokens cost that it is told.")
    output_price: float = Field(default=0.0, ge=0, description="What 10^6 tokens cost that it answers.")
    tokens_per_day: int | None = Field(default=None, ge=0, description="Tokens that each user may use in a day; default: no limit.")
    cost_per_day: float | None = Field(default=None, ge=0, description="What each user may cost in a day, as the prices say; default: no limit.")
    cache_seconds: int = Field(default=86_400, ge=0, le=31_536_000, description="Seconds for which a proposal serves who asks the same; 0: never.")
    log_sent: bool = Field(default=False, description="Whether all that is sent to it is written to .wenshu/model-sent.jsonl.")

    @model_validator(mode="after")
    def _shown_rows(self) -> ModelSettings:
        if self.wording and not self.rows:
            raise InvalidValue("wording needs rows: true: the model has to see what it words", "wording 需要 rows: true：模型要看到结果才能措辞")
        return self


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
    encoder: str = Field(
        default="use",
        description="What likens words: use, the bundled encoder, a sentence-transformers model or its folder, or langchain:provider:model.",
    )
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
    model: ModelSettings = Field(default=ModelSettings(), description="The language model that reads beside the grammar; see docs/model.md.")
    subscriptions: SubscriptionSettings = Field(default=SubscriptionSettings(), description="How digests and alerts are sent.")
    analysts: tuple[str, ...] = Field(
        default=(), description="Who may verify questions and review answers; default: whoever uses the shop alone, without a name.",
        examples=[["ann"]],
    )  # fmt: skip
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
