"""Variables of the environment in settings: `${NAME}` stands for one."""

from __future__ import annotations

import os
import re
from typing import Any

from semantic_layer.errors import UsageError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(value: Any, place: str) -> Any:
    """The value with its variables filled in; `place` says where in wenshu.yaml it stands. Raises UsageError for one that is not set."""
    if isinstance(value, dict):
        return {k: filled(v, place) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, place) for v in value]
    if not isinstance(value, str):
        return value

    def variable(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise UsageError(
                f"wenshu.yaml, {place}: the variable {found[1]} is not set in the environment.",
                f"wenshu.yaml 的 {place}：环境变量 {found[1]} 没有设置。",
            )
        return os.environ[found[1]]

    return _VARIABLE.sub(variable, value)
