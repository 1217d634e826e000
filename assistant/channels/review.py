"""`wenshu review`: answers that users found wrong, and what becomes of each. Each verb loads what it needs when it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, UserOption, opened, spoken
from assistant.channels.verified import Format, FormatOption, parsed_query

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.review import CatalogChange
    from assistant.store import Complaint
    from assistant.store.store import Store

review_app = typer.Typer(no_args_is_help=True, help="Review answers that users found wrong.", rich_markup_mode=None)
IdArgument = Annotated[str, typer.Argument(help="The id of the answer, from wenshu review list.", metavar="ID")]
ApplyOption = Annotated[bool, typer.Option("--apply", help="Write the catalog; without it the change is only shown, as a diff.")]


@dataclass(frozen=True)
class _Desk:
    """What a verb works on: an analyst's assistant and store."""

    assistant: Assistant
    store: Store
    user: str | None
    lang: str

    def complaint(self, answer: str) -> Complaint:
        """The open one of an answer. Raises UsageError where there is none."""
        from semantic_layer.errors import UsageError

        found = next((c for c in self.store.feedback.complaints(self.assistant.shop.name) if c.answer == answer), None)
        if found is None:
            raise UsageError(f"There is no open item {answer}. See: wenshu review list", f"没有待复核的 {answer}。请看：wenshu review list")
        return found

    def close(self, complaint: Complaint, reason: str) -> None:
        """Closes an item."""
        from prompts import word

        self.store.feedback.close(self.assistant.shop.name, complaint.user, complaint.answer, self.user or "", reason)
        typer.echo(word("review_done", self.lang, id=complaint.answer))

    def change(self, answer: str, change: CatalogChange, apply: bool, what: str) -> None:
        """Shows a change of the catalog, and applies it where told to."""
        from prompts import word

        complaint = self.complaint(answer)
        typer.echo(change.diff)
        if not change.writable:
            typer.echo(word("review_by_hand", self.lang), err=True)
        if apply:
            change.apply()
            self.close(complaint, what)


@contextmanager
def _desk(shop: str, user: str | None, lang: Lang) -> Iterator[_Desk]:
    from assistant.ask import Assistant
    from assistant.store import open_store, store_url
    from assistant.verified.confirming import check_analyst

    assistant = Assistant(opened(shop, None, lang))
    try:
        check_analyst(assistant.shop.settings, user)
        store = open_store(store_url(assistant.shop))
        try:
            yield _Desk(assistant, store, user, spoken() if lang is Lang.auto else lang.value)
        finally:
            store.close()
    finally:
        assistant.shop.close()


@review_app.command("list")
def review_list(
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    format: FormatOption = Format.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """List what nobody has closed: the question, what it was read as then and now, and the nearest verified question."""
    from assistant.review import items, said_back
    from prompts import word

    with _desk(shop, user, lang) as desk:
        for item in items(desk.assistant, desk.store, user):
            opinion, speech = item.complaint.opinion, desk.lang
            now = item.why_not.get(speech) if item.why_not else said_back(desk.assistant, item.now, speech)
            nearest = f"{item.nearest.id}: {item.nearest.questions[0]}" if item.nearest else "—"
            if format is Format.json:
                queries = {"then": item.then, "now": item.now, "model": item.model}
                line: dict[str, Any] = {"id": item.complaint.answer, "user": item.complaint.user, "question": opinion.question}
                line |= {"comment": opinion.comment, "created": opinion.created.isoformat(), "nearest": item.nearest.id if item.nearest else None}
                typer.echo(json.dumps(line | {k: q.to_dict() if q else None for k, q in queries.items()}, ensure_ascii=False))
                continue
            typer.echo(f"{item.complaint.answer}  {opinion.question}")
            if opinion.comment:
                typer.echo(f"    {word('review_comment', speech, text=opinion.comment)}")
            for key, text in (("then", said_back(desk.assistant, item.then, speech)), ("now", now), ("nearest", nearest)):
                typer.echo(f"    {word(f'review_{key}', speech)}: {text}")


@review_app.command("verify")
def review_verify(
    id: IdArgument,
    query: Annotated[str, typer.Option("--query", help="The right semantic query as JSON; default: as the question is read now.")] = "",
    note: Annotated[str, typer.Option("--note", help="What others should know.")] = "",
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Make the question a verified one, and close the item."""
    from assistant.verified.confirming import confirm

    with _desk(shop, user, lang) as desk:
        complaint = desk.complaint(id)
        reader = desk.assistant.reader(desk.assistant.shop.access(user))
        entry = confirm(desk.assistant.verified, reader, complaint.opinion.question, parsed_query(query), by=user or "", note=note)
        typer.echo(f"{entry.id} -> {desk.assistant.verified.path}")
        desk.close(complaint, f"verified: {entry.id}")


@review_app.command("synonym")
def review_synonym(
    id: IdArgument,
    target: Annotated[str, typer.Argument(help="A metric, segment, entity or term, or dataset.field.")],
    name: Annotated[str, typer.Argument(help="What people call it.")],
    apply: ApplyOption = False,
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Show the change of the catalog that gives something one more name; with --apply make it, and close the item."""
    from assistant.review import synonym

    with _desk(shop, user, lang) as desk:
        desk.change(id, synonym(desk.assistant.shop, target, name), apply, f"synonym: {name} = {target}")


@review_app.command("alias")
def review_alias(
    id: IdArgument,
    field: Annotated[str, typer.Argument(help="The field, as dataset.field.")],
    value: Annotated[str, typer.Argument(help="The value, as it stands in the data.")],
    name: Annotated[str, typer.Argument(help="What people call it.")],
    apply: ApplyOption = False,
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Show the change of the catalog that gives a value one more name; with --apply make it, and close the item."""
    from assistant.review import alias

    with _desk(shop, user, lang) as desk:
        desk.change(id, alias(desk.assistant.shop, field, value, name), apply, f"alias: {name} = {field}: {value}")


@review_app.command("close")
def review_close(
    id: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why nothing is to be changed.")],
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Close an item without a change."""
    with _desk(shop, user, lang) as desk:
        desk.close(desk.complaint(id), reason)
