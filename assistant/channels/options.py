"""Options that several verbs of the command line share."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer


class Lang(StrEnum):
    """The language of replies."""

    auto = "auto"
    zh = "zh"
    en = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the reply; auto: Chinese where what is typed is.")]
ShopOption = Annotated[str, typer.Option("--shop", help="A packaged shop, or the folder of your own.", envvar="WENSHU_SHOP")]
TodayOption = Annotated[str | None, typer.Option("--today", help="The day relative dates count from (YYYY-MM-DD).")]
UserOption = Annotated[str | None, typer.Option("--user", help="Who asks; decides what is seen where the shop has roles.", envvar="WENSHU_USER")]
DEFAULT_SHOP = "mall"
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")]


def spoken() -> str:
    """`--lang` where given; else Chinese if an argument is Chinese."""
    args = sys.argv[1:]
    for i, arg in enumerate(args):
        named = arg.removeprefix("--lang=") if arg.startswith("--lang=") else args[i + 1] if arg == "--lang" and i + 1 < len(args) else ""
        if named in ("zh", "en"):
            return named
    return "zh" if any("\u4e00" <= c <= "\u9fff" for arg in args for c in arg) else "en"


def _today(text: str | None) -> dt.date | None:
    from semantic_layer.errors import UsageError

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--today {text} is not a date; write YYYY-MM-DD.", f"--today {text} 不是日期，请写成 YYYY-MM-DD。") from None


def opened(which: str, today: str | None, lang: Lang) -> Any:
    """Opens a shop; says so where it has to be built first, which takes a while. Raises ShopError, CatalogError, UsageError."""
    from semantic_layer.shops import is_built, open_shop

    day = _today(today)
    if not is_built(which):
        zh = (spoken() if lang is Lang.auto else lang.value) == "zh"
        said = f"正在准备店铺 {which}：仅此一次，最多约一分钟 …" if zh else f"Preparing the shop {which}: once, up to about a minute …"
        typer.echo(said, err=True)
    return open_shop(which, day)
