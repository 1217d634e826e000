"""What a process of Wenshu has loaded when it begins its work: imported once, by the process that `tests/forked.py` copies."""

from __future__ import annotations

import contextlib

import assistant.ask
import assistant.channels.cli
import assistant.channels.page
import assistant.channels.serve
import assistant.service
from assistant.language.operators import find_operators

find_operators("a")
with contextlib.suppress(ImportError):
    import streamlit.web.bootstrap
with contextlib.suppress(ImportError):
    import uvicorn

    import assistant.channels.http.app

__all__ = ["assistant", "streamlit", "uvicorn"]
