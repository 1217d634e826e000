"""The verbs of `wenshu subscriptions`. Each loads what it needs when it runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, UserOption, opened, spoken

if TYPE_CHECKING:
    from assistant.store import Subscription
    from assistant.store.outbox import Delivered
    from assistant.subscriptions import Book

subscriptions_app = typer.Typer(no_args_is_help=True, help="Digests and alerts: what is sent to whom, and when.", rich_markup_mode=None)


class ListFormat(StrEnum):
    """How the list is printed."""

    text = "text"
    json = "json"


class Every(StrEnum):
    """How often it is asked."""

    hour = "hour"
    day = "day"
    week = "week"


IdArgument = Annotated[str, typer.Argument(help="The id of a subscription, or its beginning.", metavar="ID")]


@contextmanager
def _book(shop: str, lang: Lang) -> Iterator[tuple[Book, str]]:
    from assistant.ask import Assistant
    from assistant.service import Service
    from assistant.subscriptions import Book

    service = Service.of(Assistant(opened(shop, None, lang)))
    try:
        yield Book(service), spoken() if lang is Lang.auto else lang.value
    finally:
        service.close()


@subscriptions_app.command("add")
def subscriptions_add(
    question: Annotated[str, typer.Argument(help="What to tell: a question, or the name of a metric.")],
    to: Annotated[str, typer.Option("--to", help="Where to: CHANNEL:PLACE, such as slack:C0123 or email:ann@shop.example.")],
    every: Annotated[Every | None, typer.Option("--every", help="How often; default: every day, with --when every hour.")] = None,
    at: Annotated[str, typer.Option("--at", help="The time of day, by the shop's clock.")] = "09:00",
    on: Annotated[str, typer.Option("--on", help="With --every week: the day of the week.")] = "monday",
    when: Annotated[str | None, typer.Option("--when", help='Only when this holds: "above 1000", "at most 5%", "unusual", "goal 20000".')] = None,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Subscribe a question; it is read once, and asked anew each time."""
    from assistant.subscriptions.condition import condition_of
    from assistant.subscriptions.schedule import schedule_of
    from prompts import word

    with _book(shop, lang) as (book, speech):
        condition = condition_of(when) if when else None
        often = every.value if every else "hour" if condition else "day"
        schedule = schedule_of(often, at, on, speech, book.clock)
        made = book.add(user or "", speech, book.read(question, speech, user or ""), schedule, book.place(to, user or ""), condition)
        typer.echo(_said("sub_added", book, made, speech))
        typer.echo(word("sub_now", speech, text=book.asked(made).text))


@subscriptions_app.command("list")
def subscriptions_list(
    everybody: Annotated[bool, typer.Option("--all", help="Those of all users.")] = False,
    format: Annotated[ListFormat, typer.Option("--format", help="How to print the list.")] = ListFormat.text,
    shop: ShopOption = DEFAULT_SHOP,
    lang: LangOption = Lang.auto,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """What is subscribed, when each is due next, and what became of its messages."""
    from assistant.channels.render import table_text
    from assistant.store.outbox import Delivered
    from prompts import word

    with _book(shop, lang) as (book, speech):
        service = book.service
        listed = service.store.subscriptions.of(service.shop, None if everybody else user or "")
        became = service.store.outbox.delivered(service.shop)
        if format is ListFormat.json:
            for each in listed:
                typer.echo(json.dumps(_as_json(each, became.get(each.id, Delivered())), ensure_ascii=False))
        elif listed:
            names = [word(f"sub_column_{c}", speech) for c in ("id", "title", "when", "to", "due", "state")]
            typer.echo(table_text(names, [_row(book, s, became.get(s.id, Delivered()), speech) for s in listed]))
        else:
            typer.echo(word("sub_none", speech))
        places = [str(p) for p in book.places(user or "")]
        if places and format is ListFormat.text:
            typer.echo(word("sub_places", speech, places=", ".join(places)))


@subscriptions_app.command("pause")
def subscriptions_pause(
    id: IdArgument, shop: ShopOption = DEFAULT_SHOP, lang: LangOption = Lang.auto, user: UserOption = None, debug: DebugOption = False
) -> None:
    """Stop a subscription for a while; what is still to be sent for it is dropped."""
    with _book(shop, lang) as (book, speech):
        typer.echo(_said("sub_paused", book, book.pause(id, user or ""), speech))


@subscriptions_app.command("resume")
def subscriptions_resume(
    id: IdArgument, shop: ShopOption = DEFAULT_SHOP, lang: LangOption = Lang.auto, user: UserOption = None, debug: DebugOption = False
) -> None:
    """Let a paused subscription go on."""
    with _book(shop, lang) as (book, speech):
        found = book.resume(id, user or "")
        typer.echo(_said("sub_resumed", book, book.one(found.id, user or ""), speech))


@subscriptions_app.command("remove")
def subscriptions_remove(
    id: IdArgument, shop: ShopOption = DEFAULT_SHOP, lang: LangOption = Lang.auto, user: UserOption = None, debug: DebugOption = False
) -> None:
    """Delete a subscription with its messages."""
    with _book(shop, lang) as (book, speech):
        typer.echo(_said("sub_removed", book, book.remove(id, user or ""), speech))


@subscriptions_app.command("test")
def subscriptions_test(
    id: IdArgument, shop: ShopOption = DEFAULT_SHOP, lang: LangOption = Lang.auto, user: UserOption = None, debug: DebugOption = False
) -> None:
    """Send a subscription now, whatever its time and condition; what goes wrong is said at once."""
    from assistant.subscriptions.book import Place
    from assistant.subscriptions.digest import message
    from prompts import word

    with _book(shop, lang) as (book, speech):
        found = book.one(id, user or "")
        configured = book.open(Place(found.channel, found.place), found.user)
        told = message(book.service.assistant, found, book.asked(found))
        title = word("sub_title_test", found.lang, title=told.title)
        told = told.model_copy(update={"title": title, "text": told.text.replace(told.title, title, 1)})
        configured.channel.poster(configured.settings).send(found.place, told, f"test-{uuid.uuid4().hex}")
        typer.echo(word("sub_tested", speech, to=f"{found.channel}:{found.place}"))


def _said(key: str, book: Book, subscription: Subscription, lang: str) -> str:
    from prompts import word

    return word(
        key, lang, id=subscription.id[:8], title=subscription.title, when=_when(subscription, lang),
        to=f"{subscription.channel}:{subscription.place}", due=_due(book, subscription),
    )  # fmt: skip


def _when(subscription: Subscription, lang: str) -> str:
    from assistant.subscriptions import Condition, Schedule
    from prompts import word

    when = Schedule.model_validate(subscription.schedule).said(lang)
    if subscription.condition is None:
        return when
    return word("sub_when", lang, when=when, condition=Condition.model_validate(subscription.condition).said(lang))


def _due(book: Book, subscription: Subscription) -> str:
    return f"{subscription.due.astimezone(book.clock.zone):%Y-%m-%d %H:%M}"


def _row(book: Book, subscription: Subscription, became: Delivered, lang: str) -> list[object]:
    s = subscription
    due = "—" if s.paused else _due(book, s)
    return [s.id[:8], s.title, _when(s, lang), f"{s.channel}:{s.place}", due, "; ".join(_states(s, became, lang))]


def _states(subscription: Subscription, became: Delivered, lang: str) -> list[str]:
    from prompts import word

    state = subscription.state
    on = "paused" if subscription.paused else "holding" if state.get("holding") else "on"
    out = [word("sub_state_error", lang, error=state["error"]) if state.get("error") else word(f"sub_state_{on}", lang)]
    out += [word("sub_state_sent", lang, n=became.sent)] if became.sent else []
    out += [word("sub_state_waiting", lang, n=became.waiting)] if became.waiting else []
    out += [word("sub_state_retrying", lang, error=became.error)] if became.waiting and became.error else []
    return out + ([word("sub_state_given_up", lang, n=became.given_up, error=became.error)] if became.given_up else [])


def _as_json(subscription: Subscription, became: Delivered) -> dict[str, Any]:
    plain = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in asdict(subscription).items()}
    return {**plain, "messages": {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in asdict(became).items()}}
