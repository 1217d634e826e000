"""`wenshu verified`: the questions that an analyst has confirmed. Each verb loads what it needs when it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, TodayOption, UserOption, opened, spoken

if TYPE_CHECKING:
    from assistant.ask import Assistant

verified_app = typer.Typer(no_args_is_help=True, help="The questions that an analyst has confirmed.", rich_markup_mode=None)


class Format(StrEnum):
    """How entries are printed."""

    text = "text"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


@contextmanager
def _assistant(shop: str, today: str | None, lang: Lang) -> Iterator[tuple[Assistant, str]]:
    from assistant.ask import Assistant

    assistant = Assistant(opened(shop, today, lang))
    try:
        yield assistant, spoken() if lang is Lang.auto else lang.value
    finally:
        assistant.shop.close()


@verified_app.command("list")
def verified_list(
    shop: ShopOption = DEFAULT_SHOP, format: FormatOption = Format.text, lang: LangOption = Lang.auto, debug: DebugOption = False
) -> None:
    """List the verified questions of a shop, each with its query said back."""
    from assistant.answer.say import Speaker

    with _assistant(shop, None, lang) as (assistant, speech):
        page = assistant.verified.page()
        speaker = Speaker(assistant.shop.catalog, speech)
        for entry in page.entries:
            if format is Format.json:
                typer.echo(json.dumps(entry.written(), ensure_ascii=False, default=str))
                continue
            typer.echo(f"{entry.id}  {' / '.join(entry.questions)}")
            typer.echo(f"    » {_said(speaker, entry)}  ({entry.by or '-'}, {entry.on})")
        for problem in page.problems:
            typer.echo(problem.text(speech), err=True)


def _said(speaker: Any, entry: Any) -> str:
    from semantic_layer.errors import QueryError

    try:
        return str(speaker.query(entry.query))
    except (QueryError, KeyError):  # of what the catalog no longer has
        return json.dumps(entry.query.to_dict(), ensure_ascii=False)


@verified_app.command("add")
def verified_add(
    question: Annotated[str, typer.Argument(help="The question, as people ask it.")],
    query: Annotated[str, typer.Option("--query", help="Its semantic query as JSON; default: as the question is read.")] = "",
    id: Annotated[str, typer.Option("--id", help="What to call it; default: after its words.")] = "",
    period: Annotated[list[str] | None, typer.Option("--period", help="Words for a period of the query that the question does not name.")] = None,
    note: Annotated[str, typer.Option("--note", help="What others should know.")] = "",
    analysis: Annotated[str, typer.Option("--analysis", help="The analysis that the query is run with.")] = "",
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    today: TodayOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Confirm a question with its query; it is tried before it is written down."""
    from assistant.question import check_text
    from assistant.verified.confirming import check_analyst, confirm

    check_text(question)
    with _assistant(shop, today, lang) as (assistant, _):
        check_analyst(assistant.shop.settings, user)
        reader = assistant.reader(assistant.shop.access(user))
        entry = confirm(
            assistant.verified,
            reader,
            question,
            parsed_query(query),
            by=user or "",
            analysis=analysis,
            note=note,
            identifier=id,
            periods=tuple(period or ()),
        )
        typer.echo(f"{entry.id} -> {assistant.verified.path}")


def parsed_query(text: str) -> Any:
    """A semantic query from JSON, None for an empty text. Raises UsageError."""
    from pydantic import ValidationError

    from semantic_layer.errors import UsageError
    from semantic_layer.query import SemanticQuery

    try:
        return SemanticQuery.model_validate(json.loads(text)) if text else None
    except (ValueError, ValidationError) as error:
        raise UsageError(f"--query is no semantic query: {error}", f"--query 不是语义查询：{error}") from error


@verified_app.command("remove")
def verified_remove(
    id: Annotated[str, typer.Argument(help="The id of the entry.")],
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Take a verified question out of the file."""
    from assistant.verified.confirming import check_analyst

    with _assistant(shop, None, lang) as (assistant, _):
        check_analyst(assistant.shop.settings, user)
        assistant.verified.remove(id)


@verified_app.command("check")
def verified_check(
    accept: Annotated[bool, typer.Option("--accept", help="Keep the rows that have changed as those to compare with.")] = False,
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    today: TodayOption = None,
    format: FormatOption = Format.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Ask every verified question again: does it fit the catalog, how is it read, does it run, are its rows as they were? 1 if one fails."""
    with _assistant(shop, today, lang) as (assistant, speech):
        raise typer.Exit(run_check(assistant, user, speech, format.value, accept))


def run_check(assistant: Assistant, user: str | None, lang: str, format: str = "text", accept: bool = False) -> int:
    """Prints how each verified question does; the exit code is 1 where one fails or the file has mistakes."""
    from assistant.verified.checking import digest, try_all
    from assistant.verified.confirming import check_analyst
    from prompts import word

    reader = assistant.reader(assistant.shop.access(user))
    book = assistant.verified
    tried = list(try_all(book, reader))
    for each in tried:
        wrong = each.wrong.zh if each.wrong and lang == "zh" else each.wrong.en if each.wrong else ""
        if format == "json":
            line = {"id": each.entry.id, "question": each.question, "way": each.way, "wrong": wrong or None, "changed": each.changed}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            mark = "!!" if each.wrong else "--" if each.changed else "OK"
            said = wrong or word(f"verified_way_{each.way}", lang) + (word("verified_changed", lang) if each.changed else "")
            typer.echo(f"{mark}  {each.entry.id}: {each.question}: {said}")
    problems = book.page().problems
    for problem in problems:
        typer.echo(f"!!  {problem.text(lang)}", err=format == "json")
    if accept:
        check_analyst(assistant.shop.settings, user)
        for entry in dict.fromkeys(t.entry.id for t in tried if t.changed):
            kept = book.entry(entry)
            book.replace(kept.model_copy(update={"rows": digest(kept.query, reader.shop)}))
    failed = sum(t.wrong is not None for t in tried) + len(problems)
    if format == "text":
        typer.echo(word("verified_tried", lang, n=len(tried), failed=failed))
    return int(failed > 0)
