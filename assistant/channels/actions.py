"""The verbs of `wenshu actions`. Each loads what it needs when it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, TodayOption, UserOption, opened, spoken

if TYPE_CHECKING:
    from assistant.actions import Action, Desk

actions_app = typer.Typer(no_args_is_help=True, help="What there is to do, why, and what was decided about it.", rich_markup_mode=None)


class ListFormat(StrEnum):
    """How the list is printed."""

    text = "text"
    json = "json"


class ExportFormat(StrEnum):
    """Forms in which the list is exported."""

    csv = "csv"
    md = "md"


IdArgument = Annotated[str, typer.Argument(help="The id of an action, or its beginning.", metavar="ID")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The file it goes to; default: the terminal.")]


@contextmanager
def _desk(shop: str, today: str | None, lang: Lang) -> Iterator[tuple[Desk, str]]:
    from assistant.actions import Desk
    from assistant.auditing import Auditor
    from assistant.store import open_store, store_url

    open_shop = opened(shop, today, lang)
    store = open_store(store_url(open_shop))
    try:
        desk = Desk(open_shop, store.decisions)
        desk.auditor = Auditor(store.audit, open_shop)
        yield desk, spoken() if lang is Lang.auto else lang.value
    finally:
        store.close()


@actions_app.command("list")
def actions_list(
    shop: ShopOption = DEFAULT_SHOP,
    everything: Annotated[bool, typer.Option("--all", help="Also what is decided, what lacks evidence, and what is quiet.")] = False,
    format: Annotated[ListFormat, typer.Option("--format", help="How to print the list.")] = ListFormat.text,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """What there is to do, best first."""
    from assistant.actions.exports import as_text

    with _desk(shop, today, lang) as (desk, speech):
        listed = desk.listed(speech, user)
    if format is ListFormat.json:
        typer.echo(json.dumps(listed.model_dump(mode="json"), ensure_ascii=False))
        return
    for line in as_text(listed, everything):
        typer.echo(line)


@actions_app.command("show")
def actions_show(
    id: IdArgument,
    shop: ShopOption = DEFAULT_SHOP,
    format: Annotated[ListFormat, typer.Option("--format", help="How to print the card.")] = ListFormat.text,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """The card of an action."""
    with _desk(shop, today, lang) as (desk, speech):
        action = desk.show(id, speech, user)
    if format is ListFormat.json:
        typer.echo(json.dumps(action.model_dump(mode="json"), ensure_ascii=False))
    else:
        _print(action)


@actions_app.command("accept")
def actions_accept(
    id: IdArgument,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Take an action on."""
    with _desk(shop, today, lang) as (desk, speech):
        _print(desk.decide(id, "accepted", speech, user))


@actions_app.command("change")
def actions_change(
    id: IdArgument,
    set: Annotated[list[str], typer.Option("--set", help="owner, channel, when or an assumption of the card: NAME=VALUE; may be given again.")],
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Change the owner, the channel, the time or an assumption; the figures follow."""
    with _desk(shop, today, lang) as (desk, speech):
        _print(desk.decide(id, "changed", speech, user, changes=dict(map(_change, set))))


def _change(text: str) -> tuple[str, Any]:
    from semantic_layer.errors import UsageError

    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text}: write NAME=VALUE.", f"--set {text}：请写成 名称=值。")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value


@actions_app.command("dismiss")
def actions_dismiss(
    id: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; this kind is then proposed less to this user.")],
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Put an action aside, with the reason."""
    with _desk(shop, today, lang) as (desk, speech):
        _print(desk.decide(id, "dismissed", speech, user, reason))


@actions_app.command("done")
def actions_done(
    id: IdArgument,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that an accepted action has been carried out."""
    with _desk(shop, today, lang) as (desk, speech):
        _print(desk.decide(id, "done", speech, user))


@actions_app.command("export")
def actions_export(
    format: Annotated[ExportFormat, typer.Option("--format", help="As a table, or as a document.")] = ExportFormat.md,
    out: OutOption = None,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """The whole list as CSV or Markdown."""
    from assistant.actions.exports import as_markdown, table
    from assistant.answer.export import csv_text

    with _desk(shop, today, lang) as (desk, speech):
        listed = desk.listed(speech, user)
    _write(csv_text(*table(listed)) if format is ExportFormat.csv else as_markdown(listed).rstrip("\n"), out)


@actions_app.command("audience")
def actions_audience(
    id: IdArgument,
    out: OutOption = None,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="Only so many, to have a look.")] = None,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Whom an action concerns, as CSV: their ids, as far as this user may see them; never names, phone numbers or the like."""
    from assistant.answer.export import csv_text

    with _desk(shop, today, lang) as (desk, speech):
        columns, found = desk.audience(id, speech, user, rows, "cli")
    _write(csv_text(columns, found), out)


@actions_app.command("check")
def actions_check(shop: ShopOption = DEFAULT_SHOP, lang: LangOption = Lang.auto, debug: DebugOption = False) -> None:
    """Read the playbooks of a shop; every mistake with file and line, exit code 1 if there is one."""
    with _desk(shop, None, lang) as (desk, speech):
        found = desk.playbooks()
    own = sum(k.own for k in found)
    zh = f"{len(found)} 个剧本，其中本店自有 {own} 个，没有错误。"
    typer.echo(zh if speech == "zh" else f"{len(found)} playbooks, {own} of the shop's own; no mistakes.")


def _print(action: Action) -> None:
    from assistant.actions.exports import card_text

    for line in card_text(action):
        typer.echo(line)


def _write(text: str, out: Path | None) -> None:
    from semantic_layer.errors import UsageError

    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.", f"无法写入 {out}：{error.strerror}。") from None
