"""`wenshu token`: who may use the HTTP API, as whom and for what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, opened, spoken

if TYPE_CHECKING:
    from assistant.store import Token
    from assistant.store.tokens import Tokens
    from semantic_layer.shops import Shop

token_app = typer.Typer(no_args_is_help=True, help="Who may use the HTTP API, as whom and for what.", rich_markup_mode=None)


class Scope(StrEnum):
    """What a token is good for."""

    ask = "ask"
    read = "read"
    write = "write"
    metrics = "metrics"


class Format(StrEnum):
    """How tokens are printed."""

    text = "text"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]
_SCOPES = [Scope.ask, Scope.read, Scope.write]
_COLUMNS = ("id", "name", "user", "scopes", "created", "expires", "used", "state")


@contextmanager
def _tokens(shop: str, lang: Lang) -> Iterator[tuple[Shop, Tokens, str]]:
    from assistant.store import open_store, store_url

    open_shop = opened(shop, None, lang)
    store = open_store(store_url(open_shop))
    try:
        yield open_shop, store.tokens, spoken() if lang is Lang.auto else lang.value
    finally:
        store.close()
        open_shop.close()


@token_app.command("create")
def token_create(
    user: Annotated[str, typer.Option("--user", help="The user of the shop as whom its bearer is answered.")] = "",
    name: Annotated[str, typer.Option("--name", help="What it is for, to know it again.")] = "",
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it is good for; may be given again.")] = _SCOPES,
    days: Annotated[int, typer.Option("--days", min=0, max=36_500, help="Days after which it expires; 0: never.")] = 90,
    shop: ShopOption = DEFAULT_SHOP,
    format: FormatOption = Format.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Make a token. It is shown this once; of it only a hash is kept."""
    from prompts import word

    with _tokens(shop, lang) as (this, tokens, speech):
        this.access(user or None)  # a user without a role would be refused everything
        expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=days) if days else None
        made, secret = tokens.create(this.name, user, name, [s.value for s in dict.fromkeys(scope)], expires)
    if format is Format.json:
        typer.echo(json.dumps({**_plain(made), "token": secret}, ensure_ascii=False))
        return
    typer.echo(secret)
    typer.echo(word("token_made", speech, id=made.id, until=f"{expires:%Y-%m-%d}" if expires else "–"), err=True)


@token_app.command("list")
def token_list(shop: ShopOption = DEFAULT_SHOP, format: FormatOption = Format.text, lang: LangOption = Lang.auto, debug: DebugOption = False) -> None:
    """All tokens that the shop ever had."""
    from assistant.channels.render import table_text
    from prompts import word

    with _tokens(shop, lang) as (this, tokens, speech):
        known = tokens.of(this.name)
    if format is Format.json:
        typer.echo(json.dumps([_plain(t) for t in known], ensure_ascii=False))
    elif known:
        typer.echo(table_text([word(f"token_{c}", speech) for c in _COLUMNS], [_row(t, speech) for t in known]))
    else:
        typer.echo(word("token_none", speech))


@token_app.command("revoke")
def token_revoke(
    id: Annotated[str, typer.Argument(help="The id of a token, or its beginning.", metavar="ID")],
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Make a token good for nothing, at once."""
    from prompts import word

    with _tokens(shop, lang) as (this, tokens, speech):
        gone = tokens.revoke(this.name, id)
    typer.echo(word("token_revoked", speech, id=gone.id))


def _plain(token: Token) -> dict[str, object]:
    times = {n: at.isoformat() if (at := getattr(token, n)) else None for n in ("created", "expires", "used", "revoked")}
    return {"id": token.id, "name": token.name, "user": token.user, "scopes": token.scopes, **times}


def _row(token: Token, lang: str) -> list[object]:
    from prompts import word

    state = "revoked" if token.revoked else "good" if token.good(dt.datetime.now(dt.UTC)) else "expired"
    days = [f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "–" for at in (token.created, token.expires, token.used)]
    return [token.id, token.name, token.user, " ".join(token.scopes), *days, word(f"token_is_{state}", lang)]
