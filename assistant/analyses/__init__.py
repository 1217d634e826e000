"""Computations beyond one query, by the name that a reading asks for them with. To add one: a file here, and its line below."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.analyses.actions import ToDo
from assistant.analyses.study import Analysis, Found, Study

ANALYSES: Mapping[str, Analysis] = {
    "actions": ToDo(),
}

__all__ = ["ANALYSES", "Analysis", "Found", "Study"]
