"""The texts that a model is told: files with front matter in `prompts/model`, filled in by Jinja."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, Template

# Characters that make a token, on the cautious side: a Chinese character may be one of its own.
_ASCII_PER_TOKEN = 3.5


@dataclass(frozen=True)
class Prompt:
    """One text: what it is for, the names it is filled in with, and its version, which counts up when the wording changes."""

    name: str
    purpose: str
    inputs: tuple[str, ...]
    version: int
    template: Template

    def filled(self, **inputs: Any) -> str:
        """The text with everything filled in; each input has to be given."""
        missing = set(self.inputs) ^ set(inputs)
        if missing:
            raise ValueError(f"the prompt {self.name} takes {', '.join(self.inputs)}; not as given: {', '.join(sorted(missing))}")
        return self.template.render(**inputs).strip() + "\n"


@lru_cache(maxsize=32)
def prompt(name: str, lang: str) -> Prompt:
    """The prompt of a name in a language."""
    file = f"{name}.{'zh' if lang == 'zh' else 'en'}.md"
    text = resources.files("prompts").joinpath("model", file).read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    told = yaml.safe_load(front)
    made = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True).from_string(body)
    return Prompt(file, told["purpose"], tuple(told["inputs"]), told["version"], made)


def tokens(text: str) -> int:
    """About how many tokens a text is, rather too many than too few."""
    ascii_ = sum(c.isascii() for c in text)
    return int(ascii_ / _ASCII_PER_TOKEN + (len(text) - ascii_)) + 1
