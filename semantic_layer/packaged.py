"""Texts that come with Wenshu."""

from __future__ import annotations

from typing import Any

import yaml

# The parser in C is eight times as fast; words of a thousand lines are read at every start.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """What a YAML text of ours says. Texts of users are read by `semantic_layer.catalog.yaml_text`, which names the lines of mistakes."""
    return yaml.load(text, Loader=_LOADER)
