"""The verbs of `wenshu catalog`. Each loads what it needs when it runs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.channels.options import DebugOption, Lang, LangOption, spoken

if TYPE_CHECKING:
    from semantic_layer.catalog.source import Problem

catalog_app = typer.Typer(no_args_is_help=True, help="Work on a shop's metric catalog.", rich_markup_mode=None)


class CheckFormat(StrEnum):
    """How the findings of a check are printed."""

    text = "text"
    json = "json"


class ModelFormat(StrEnum):
    """Semantic models that can be imported."""

    ossie = "ossie"
    metricflow = "metricflow"


class ExportFormat(StrEnum):
    """Semantic models that can be exported."""

    ossie = "ossie"


class ReportLang(StrEnum):
    """The language of reports."""

    en = "en"
    zh = "zh"


ReportLangOption = Annotated[ReportLang, typer.Option("--lang", help="Language of the report.")]


@catalog_app.command("check")
def catalog_check(
    shop: Annotated[str, typer.Argument(help="A packaged shop, or the folder of your own.")] = "completejourney",
    format: Annotated[CheckFormat, typer.Option("--format", help="How to print what was found.")] = CheckFormat.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Report every mistake of a catalog, with file and line; checked against the real tables. Exit code 1 if there are errors."""
    from assistant.channels import problems
    from semantic_layer.shops import check_shop

    speech = spoken() if lang is Lang.auto else lang.value
    found = check_shop(shop)
    if not problems.errors(found):
        found = [*found, *_not_carried(shop)]
    wrong = problems.errors(found) > 0
    if format is CheckFormat.json:
        typer.echo(problems.as_json(found, speech))
    else:
        typer.echo(problems.as_text(shop, found, speech), err=wrong)
    if wrong:
        raise typer.Exit(1)


def _not_carried(shop: str) -> list[Problem]:
    """The verified questions of the shop that the catalog does not hold any more."""
    import datetime as dt

    from assistant.verified.book import FILE, Book
    from assistant.verified.checking import not_carried
    from semantic_layer.catalog import load_catalog
    from semantic_layer.shops.settings import read_settings
    from semantic_layer.shops.shop import shop_folders

    folder, data = shop_folders(shop)
    today = read_settings(folder)[0].today or dt.date.today()
    return not_carried(Book(data / FILE), load_catalog(folder / "catalog"), today)


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
        typer.echo(f'接下来：wenshu catalog check {out}    然后：wenshu ask --shop {out} "..."')
    else:
        typer.echo("{} datasets, {} relationships, {} metrics; {} guesses to review, listed in {}/REVIEW.md.".format(*counted, out))
        typer.echo(f'Next: wenshu catalog check {out}    then: wenshu ask --shop {out} "..."')


@catalog_app.command("schema")
def catalog_schema(
    settings: Annotated[bool, typer.Option("--settings", help="The schema of wenshu.yaml instead of that of catalog/*.yaml.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="The schema of sources.yaml.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file, for example .wenshu/catalog.schema.json.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and the log.")] = False,
) -> None:
    """Print the JSON schema of a catalog's files, by which editors complete and check what is typed."""
    from semantic_layer.catalog.schema import catalog_schema
    from semantic_layer.shops.settings import settings_schema
    from semantic_layer.sources.load import sources_schema

    made = sources_schema() if sources else settings_schema() if settings else catalog_schema()
    text = json.dumps(made, ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"Written to {out}. Editors use it where a file begins with:\n# yaml-language-server: $schema={out.absolute()}")


@catalog_app.command("import")
def catalog_import(
    path: Annotated[Path, typer.Argument(help="The model: a file, or a folder of YAML files.")],
    format: Annotated[ModelFormat, typer.Option("--format", help="Whose model it is.")],
    database: Annotated[Path, typer.Option("--database", help="The DuckDB file with its tables.")],
    out: Annotated[Path, typer.Option("--out", help="The shop folder to make; it must not be there yet.")],
    schema: Annotated[str | None, typer.Option("--schema", help="The schema of its tables, or a YAML file that maps sources to tables.")] = None,
    lang: ReportLangOption = ReportLang.en,
    debug: DebugOption = False,
) -> None:
    """Make a shop of a semantic model of another tool, and report what was lost or guessed."""
    from semantic_layer.shops.exchange import REVIEW, import_shop

    imported = import_shop(path, format.value, database, out, schema)
    for line in imported.report.lines(lang.value):
        typer.echo(line)
    counts = (len(imported.catalog.get("datasets", {})), len(imported.catalog.get("metrics", {})))
    typer.echo(
        f"已写入 {out}：{counts[0]} 个数据集，{counts[1]} 个指标；报告见 {out / REVIEW}。"
        if lang is ReportLang.zh
        else f"{out} has been written: {counts[0]} datasets, {counts[1]} metrics; the report is in {out / REVIEW}."
    )


@catalog_app.command("export")
def catalog_export(
    shop: Annotated[str, typer.Argument(help="A packaged shop, or the folder of your own.")],
    format: Annotated[ExportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; without it the document is printed.")] = None,
    lang: ReportLangOption = ReportLang.en,
    debug: DebugOption = False,
) -> None:
    """Write a shop's catalog for other tools, and report what they do not see."""
    from semantic_layer.shops.exchange import export_shop, save

    text, report = export_shop(shop)
    if out is None:
        typer.echo(text, nl=False)
    else:
        save(text, out)
    for line in report.lines(lang.value):
        typer.echo(line, err=True)
