"""The verbs of `wenshu catalog`. Each loads what it needs when it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

catalog_app = typer.Typer(no_args_is_help=True, help="Work on a shop's metric catalog.", rich_markup_mode=None)


@catalog_app.command("check")
def catalog_check(
    shop: Annotated[str, typer.Argument(help="A packaged shop, or the folder of your own.")] = "completejourney",
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")] = False,
) -> None:
    """Report every mistake of a catalog, with file and line; checked against the real tables."""
    from semantic_layer.catalog.load import catalog_error
    from semantic_layer.shops import check_shop

    problems = check_shop(shop)
    if problems:
        raise catalog_error(problems)
    typer.echo(f"The catalog of {shop} has no problems.")


@catalog_app.command("draft")
def catalog_draft(
    database: Annotated[str, typer.Option("--database", help="A DuckDB or SQLite file, or the URL of a PostgreSQL database.")],
    out: Annotated[Path, typer.Option("--out", help="The shop folder to be made.")],
    name: Annotated[str, typer.Option("--name", help="What the shop is called; default: the name of the folder.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="Language of the report: zh or en.")] = "en",
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")] = False,
) -> None:
    """Draft a shop with a first catalog from a database; what was guessed is listed for review."""
    from semantic_layer.shops.drafting import draft_shop

    made = draft_shop(database, out, name)
    for note in made.notes:
        typer.echo(f"- {note.zh if lang == 'zh' else note.en}")
    sections = made.drafted.sections
    counted = len(sections["datasets"]), len(sections["relationships"]), len(sections["metrics"]), len(made.drafted.reviews)
    if lang == "zh":
        typer.echo("{} 个数据集，{} 条关系，{} 个指标；{} 处是推测的，见 {}/REVIEW.md。".format(*counted, out))
        typer.echo(f"接下来：wenshu catalog check {out}    然后：wenshu ask --shop {out} \"...\"")
    else:
        typer.echo("{} datasets, {} relationships, {} metrics; {} guesses to review, listed in {}/REVIEW.md.".format(*counted, out))
        typer.echo(f"Next: wenshu catalog check {out}    then: wenshu ask --shop {out} \"...\"")


@catalog_app.command("schema")
def catalog_schema(
    settings: Annotated[bool, typer.Option("--settings", help="The schema of wenshu.yaml instead of that of catalog/*.yaml.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file, for example .wenshu/catalog.schema.json.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")] = False,
) -> None:
    """Print the JSON schema of a catalog's files, by which editors complete and check what is typed."""
    from semantic_layer.catalog.schema import catalog_schema
    from semantic_layer.shops.settings import settings_schema

    text = json.dumps(settings_schema() if settings else catalog_schema(), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"Written to {out}. Editors use it where a file begins with:\n# yaml-language-server: $schema={out.absolute()}")
