"""Wording of answers and, where a model is configured, what it is told: text, not code."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from semantic_layer.packaged import read_yaml


@lru_cache(maxsize=1)
def _wording() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = {}
    for name in ("wording", "trends", "page", "health", "actions", "why", "chat", "http", "subscriptions", "model", "verified"):
        loaded |= read_yaml(resources.files("prompts").joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _units() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = read_yaml(resources.files("prompts").joinpath("units.yaml").read_text(encoding="utf-8"))
    return loaded


def unit_name(unit: str, lang: str) -> str:
    """A unit of the catalog as it is written behind a number; by the name that it has there, where it is none of those known."""
    return _units().get(unit, {}).get("zh" if lang == "zh" else "en", unit)


def word(key: str, lang: str, **parts: object) -> str:
    """The phrase `key` in a language, its {names} filled in."""
    return _wording()[key]["zh" if lang == "zh" else "en"].format(**parts)
