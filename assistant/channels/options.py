"""Options that several verbs of the command line share."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Lang(StrEnum):
    """The language of replies."""

    auto = "auto"
    zh = "zh"
    en = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the reply; auto: Chinese where what is typed is.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")]


def spoken() -> str:
    """`--lang` where given; else Chinese if an argument is Chinese."""
    args = sys.argv[1:]
    for i, arg in enumerate(args):
        named = arg.removeprefix("--lang=") if arg.startswith("--lang=") else args[i + 1] if arg == "--lang" and i + 1 < len(args) else ""
        if named in ("zh", "en"):
            return named
    return "zh" if any("\u4e00" <= c <= "\u9fff" for arg in args for c in arg) else "en"
