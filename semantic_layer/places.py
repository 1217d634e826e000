"""Where Wenshu keeps what it makes."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """WENSHU_HOME, by default the platform's folder for user data."""
    named = os.environ.get("WENSHU_HOME")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("wenshu", appauthor=False)
