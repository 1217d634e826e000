"""The command `wenshu`. Verbs load what they need when they run, so that --help is quick."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.channels.actions import actions_app
from assistant.channels.catalog import catalog_app
from assistant.channels.options import DEFAULT_SHOP, DebugOption, Lang, LangOption, ShopOption, TodayOption, UserOption, opened, spoken
from assistant.channels.review import review_app
from assistant.channels.subscriptions import subscriptions_app
from assistant.channels.tokens import token_app
from assistant.channels.verified import verified_app

app = typer.Typer(
    name="wenshu",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ask your shop's data a question in Chinese or English.",
)
app.add_typer(catalog_app, name="catalog")
app.add_typer(actions_app, name="actions")
app.add_typer(token_app, name="token")
app.add_typer(subscriptions_app, name="subscriptions")
app.add_typer(verified_app, name="verified")
app.add_typer(review_app, name="review")

# New objects between two looks for rings of dead ones: loading makes a million that stay, and looking at every 700 took a sixth of a first answer.
_LITTER = 50_000


class Format(StrEnum):
    """How answers are printed."""

    text = "text"
    json = "json"
    csv = "csv"


PortOption = Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="The port of the page; default: the first free one from 8501 on.")]


def main() -> None:
    """Runs the command line; turns errors into one sentence and an exit code."""
    from semantic_layer.errors import UsageError, WenshuError

    gc.set_threshold(_LITTER, 20, 20)
    debug = "--debug" in sys.argv
    _log(debug)
    signal.signal(signal.SIGINT, _stopped)
    try:
        app()
    except WenshuError as error:
        if debug:
            raise
        typer.echo(error.text(spoken()), err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        if debug:
            raise
        typer.echo(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), err=True)
        sys.exit(1)


def _log(debug: bool) -> None:
    """The log goes to a file, where the ids of error messages can be looked up; with --debug to the terminal as well."""
    from logging.handlers import RotatingFileHandler

    from semantic_layer.places import home

    logging.basicConfig(level=logging.INFO if debug else logging.CRITICAL, format="%(name)s: %(message)s")
    path = home() / "logs" / "wenshu.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True)
    except OSError:
        return
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    for known in root.handlers:
        known.setLevel(root.level)
    root.setLevel(min(root.level, logging.WARNING))
    root.addHandler(handler)


def _stopped(number: int, frame: object) -> None:
    """Ctrl-C: one sentence, then the ordinary way out, so that nothing is left half-written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    typer.echo("\nStopped. 已停止。", err=True)
    raise KeyboardInterrupt


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    shop: ShopOption = DEFAULT_SHOP,
    format: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.text,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what each word became, the definitions and the SQL.")] = False,
    model: Annotated[str, typer.Option("--model", help="A language model to read as well, as provider:model.", envvar="WENSHU_MODEL")] = "",
    chart: Annotated[Path | None, typer.Option("--chart", help="Where the answer's chart goes: a .png, .svg or .json (Vega-Lite) file.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="With --chart: on a dark ground.")] = False,
    batch: Annotated[Path | None, typer.Option("--batch", help="A JSONL file of questions: lines with id and question.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the answers of --batch go, a JSON line each.")] = None,
    debug: DebugOption = False,
) -> None:
    """Answer a question, or a file of questions."""
    from semantic_layer.errors import UsageError

    if (question is None) == (batch is None):
        raise UsageError('Give one question, or --batch FILE. For example: wenshu ask "total sales in May"', "请给出一个问题，或 --batch 文件。")
    if chart is not None and question is None:
        raise UsageError("--chart is for one question.", "--chart 只用于单个问题。")
    if batch is not None and out is None:
        raise UsageError("--batch needs --out FILE for the answers.", "--batch 需要用 --out 指定存放回答的文件。")
    from assistant.ask import Assistant, check_text

    if question is not None:
        check_text(question)
    if chart is not None:
        from assistant.channels.charts import check_file

        check_file(chart)
    assistant = Assistant(opened(shop, today, lang), model=model)
    assistant.model.present()  # what is missing for a model is said before anything is asked
    if batch is not None and out is not None:
        from assistant.channels.batch import run_batch

        run_batch(assistant, batch, out, lang.value, user)
        return
    assert question is not None
    answer = assistant.ask(question, lang.value, user=user)
    typer.echo(_rendered(answer, question, format, lang, explain))
    if chart is not None:
        from assistant.channels.charts import write_chart

        typer.echo(write_chart(answer, chart, dark), err=True)
    if answer.status == "error":
        raise typer.Exit(1)


def _rendered(answer: Any, question: str, format: Format, lang: Lang, explain: bool) -> str:
    from assistant.answer.export import as_csv
    from assistant.channels import render
    from assistant.language import is_chinese

    if format is Format.json:
        return render.as_json(answer)
    if format is Format.csv and answer.status == "answered":
        return as_csv(answer)
    speech = ("zh" if is_chinese(question) else "en") if lang is Lang.auto else lang.value
    return render.as_text(answer, speech, explain)


@app.command()
def sql(
    statement: Annotated[str | None, typer.Argument(help="One SELECT over the shop's tables.")] = None,
    shop: ShopOption = DEFAULT_SHOP,
    user: UserOption = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.text,
    lang: LangOption = Lang.auto,
    check: Annotated[Path | None, typer.Option("--check", help="Try the statements of this JSONL file (id, sql) against the gate.")] = None,
    database: Annotated[Path | None, typer.Option("--database", help="With --check: the DuckDB file whose tables they name.")] = None,
    rights: Annotated[Path | None, typer.Option("--rights", help="With --check: a JSON or YAML file of rights.")] = None,
    run: Annotated[bool, typer.Option("--run", help="With --check: run what is accepted, and give the rows.")] = False,
    debug: DebugOption = False,
) -> None:
    """Run SQL through the gate: one SELECT over a shop, or a file of statements to be checked."""
    from semantic_layer.errors import UsageError

    speech = spoken() if lang is Lang.auto else lang.value
    if (statement is None) == (check is None) or (check is None) != (database is None):
        raise UsageError(
            'Give one statement, or --check FILE with --database FILE. For example: wenshu sql "SELECT count(*) FROM products"',
            "请给出一条语句，或 --check 文件加 --database 文件。",
        )
    if check is None and (rights is not None or run):
        raise UsageError(
            "--rights and --run go with --check; for a shop, say who asks with --user.",
            "--rights 和 --run 与 --check 搭配使用；对店铺请用 --user。",
        )
    from assistant.channels.sql import check_file, run_statement

    if check is not None and database is not None:
        from semantic_layer.shops.database import Database

        tried = Database(database, rights, user)
        try:
            if beyond := tried.unfiltered():
                typer.echo(_beyond(beyond, speech), err=True)
            for line in check_file(tried, check, run, speech):
                typer.echo(line)
        finally:
            tried.close()
        return

    assert statement is not None
    typer.echo(run_statement(opened(shop, None, lang).access(user), statement, user or "", format.value, speech))


def _beyond(tables: tuple[str, ...], lang: str) -> str:
    names = ", ".join(tables)
    if lang == "zh":
        return f"没有数据目录，行过滤不会沿关系传递；这些表的行不受过滤：{names}。"
    return f"Without a catalog no row filter is inherited; the rows of these tables are not filtered: {names}."


@app.command()
def demo(debug: DebugOption = False) -> None:
    """Prepare the packaged mall, answer three questions, and open the page."""
    from assistant.ask import Assistant
    from assistant.channels.render import as_text
    from assistant.language import is_chinese
    from semantic_layer.shops import open_shop

    typer.echo("正在准备示例店铺“问数商城”（虚构的电商平台，十八个月），首次约需一分钟 …")
    typer.echo("Preparing the mall (eighteen months of a made-up marketplace), about a minute the first time …")
    assistant = Assistant(open_shop(DEFAULT_SHOP))
    assistant.prepare()
    examples = assistant.shop.settings.examples
    for question in (*examples.zh[:2], examples.en[0]):
        typer.echo(f'\n$ wenshu ask "{question}"')
        typer.echo(as_text(assistant.ask(question), "zh" if is_chinese(question) else "en"))
    typer.echo(
        '\n问自己的问题 (ask your own):   .venv/bin/wenshu ask "上个月销量前5的商品，不含小家电"'
        '\n                               .venv/bin/wenshu ask "conversion rate by channel in June" --explain'
        "\n数据是否可信 (the data):       .venv/bin/wenshu health"
        "\n全部选项 (all options):        .venv/bin/wenshu ask --help"
    )
    from assistant.channels.page import address, serve_page

    if sys.stdin.isatty() and sys.stdout.isatty():
        serve_page(assistant, typer.echo, browser=True)
    else:
        typer.echo(f"页面 (the page):               .venv/bin/wenshu ui   (at {address()})")


@app.command()
def ui(
    shop: ShopOption = DEFAULT_SHOP,
    port: PortOption = None,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Open the page to ask in, on this machine only."""
    from assistant.ask import Assistant
    from assistant.channels.page import serve_page

    serve_page(Assistant(opened(shop, today, lang)), typer.echo, port, lang.value, user)


@app.command()
def serve(
    shop: ShopOption = DEFAULT_SHOP,
    host: Annotated[str, typer.Option("--host", help="The address to listen on; others than this machine's own need a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="The port; 0: a free one.")] = 8600,
    lease: Annotated[float, typer.Option("--lease", min=1, help="Seconds after which another server answers what one that died was at.")] = 120.0,
    lang: LangOption = Lang.auto,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Serve the HTTP API, and the platforms of chat and MCP as the shop configures them."""
    from assistant.ask import Assistant
    from assistant.channels.serve import run_serve

    run_serve(Assistant(opened(shop, today, lang)), typer.echo, host, port, user, lease)


@app.command()
def mcp(
    shop: ShopOption = DEFAULT_SHOP,
    http: Annotated[bool, typer.Option("--http", help="By HTTP on this machine, instead of standard input and output.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="With --http: the port.")] = 8700,
    today: TodayOption = None,
    user: UserOption = None,
    debug: DebugOption = False,
) -> None:
    """Serve the shop to language models by the Model Context Protocol; they may only read."""
    from assistant.ask import Assistant
    from assistant.channels.mcp.run import run_mcp

    run_mcp(Assistant(opened(shop, today, Lang.en)), user, http, port, lambda text: typer.echo(text, err=True))


@app.command()
def worker(
    shop: ShopOption = DEFAULT_SHOP,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
    lease: Annotated[float, typer.Option("--lease", min=1, help="Seconds after which another worker takes over what one that died was at.")] = 300.0,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Send the digests and alerts that are due; several workers share the work."""
    from assistant.channels.worker import run_worker

    run_worker(opened(shop, None, lang), lease, once, spoken() if lang is Lang.auto else lang.value, typer.echo)


class ReportFormat(StrEnum):
    """How reports are printed."""

    text = "text"
    json = "json"


@app.command()
def doctor(
    shop: Annotated[list[str] | None, typer.Option("--shop", help="A shop, and another; by default the packaged ones that are built.")] = None,
    llm: Annotated[bool, typer.Option("--llm", help="Also ask the language model, where there is one.")] = False,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to print what was found.")] = ReportFormat.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Look whether everything works: OK, -- (you may want to), !! (wrong), each with what to do."""
    from assistant.channels.doctor import run_doctor

    raise typer.Exit(run_doctor(shop or [], format.value, spoken() if lang is Lang.auto else lang.value, typer.echo, llm))


@app.command()
def audit(
    shop: ShopOption = DEFAULT_SHOP,
    user: Annotated[str | None, typer.Option("--user", help="Only what this user asked.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="Of how many days.")] = 7,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to print them; json has the statements, too.")] = ReportFormat.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Say who asked what on the page, when, and how it ended; as JSON also which SQL ran."""
    from assistant.channels.audit import run_audit

    run_audit(opened(shop, None, lang), user, days, limit, format.value, spoken() if lang is Lang.auto else lang.value, typer.echo)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The shop folder to be made.", metavar="NAME")],
    data: Annotated[str, typer.Option("--from", help="A folder, a file (CSV, Excel, JSON lines, Parquet, SQLite, DuckDB) or a postgresql:// URL.")],
    name: Annotated[str, typer.Option("--name", help="What the shop is called; default: the name of the folder.")] = "",
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Make a shop of your own data, load it, list what was guessed, and answer a first question."""
    from assistant.channels.init import run_init

    run_init(folder, data, name, spoken() if lang is Lang.auto else lang.value, typer.echo)


@app.command()
def refresh(
    shop: ShopOption = DEFAULT_SHOP,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what is new or changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    accept: Annotated[list[str] | None, typer.Option("--accept", help="Take a source in although its values have changed in kind.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Stay, and take continuous sources in within seconds; all others every hour.")] = False,
    every: Annotated[float | None, typer.Option("--every", min=0.1, help="Stay, and refresh every so many minutes.")] = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to print the report.")] = ReportFormat.text,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Take in what is new in a shop's sources (sources.yaml), and say where every row went."""
    from assistant.channels.refresh import follow_refresh, run_refresh
    from semantic_layer.errors import UsageError
    from semantic_layer.sources.refresh import Options

    options = Options(full=full, dry_run=dry_run, accept=tuple(accept or ()))
    speech = spoken() if lang is Lang.auto else lang.value
    if not follow and every is None:
        raise typer.Exit(run_refresh(shop, options, format.value, speech, typer.echo))
    if dry_run or full or accept:
        raise UsageError(
            "--follow and --every go with none of --full, --dry-run, --accept.", "--follow、--every 不与 --full、--dry-run、--accept 同用。"
        )
    follow_refresh(shop, every or 60.0, follow, format.value, speech, typer.echo)


@app.command()
def health(
    shop: ShopOption = DEFAULT_SHOP,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to print the report.")] = ReportFormat.text,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page, too.")] = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Say what is wrong with the data of a shop that has sources, worst first."""
    from assistant.channels.health import run_health

    raise typer.Exit(run_health(shop, format.value, html, spoken() if lang is Lang.auto else lang.value, typer.echo))


@app.command()
def eval(
    suite: Annotated[Path | None, typer.Argument(help="A question suite (JSONL).")] = None,
    shop: Annotated[str | None, typer.Option("--shop", help="Whom to ask; by default the packaged shop that the suite is named after.")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="Grade the answers in this JSONL file.")] = None,
    command: Annotated[str | None, typer.Option("--command", help="Grade a command that reads questions and writes answers as JSONL.")] = None,
    gate: Annotated[str | None, typer.Option("--gate", help="Floors and ceilings, such as right=.92,wrong=.02: exit 1 when missed.")] = None,
    compare: Annotated[Path | None, typer.Option("--compare", help="A saved run: name every question whose verdict changed.")] = None,
    check_gold: Annotated[bool, typer.Option("--check-gold", help="Compare each gold query with its gold SQL, and ask nothing.")] = False,
    show_failures: Annotated[bool, typer.Option("--show-failures", help="List what failed; retires a test suite into dev.")] = False,
    paraphrases: Annotated[bool, typer.Option("--paraphrases", help="Also how alike all wordings of one class are understood.")] = False,
    typos: Annotated[int | None, typer.Option("--typos", metavar="SEED", help="Ask 100 questions clean and with a typing error each.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page, too.")] = None,
    verified: Annotated[bool, typer.Option("--verified", help="Instead of a suite: ask the verified questions of the shop again.")] = False,
    user: UserOption = None,
    lang: LangOption = Lang.auto,
    debug: DebugOption = False,
) -> None:
    """Grade the answers to a question suite, or try the verified questions of a shop again."""
    from eval.verb import Request, run_verb, shop_of
    from semantic_layer.errors import UsageError

    speech = spoken() if lang is Lang.auto else lang.value
    if (suite is None) != verified:
        raise UsageError("Give a question suite, or --verified with --shop.", "请给出题集，或用 --verified 加 --shop。")
    if suite is None:
        from assistant.ask import Assistant
        from assistant.channels.verified import run_check

        raise typer.Exit(run_check(Assistant(opened(shop or os.environ.get("WENSHU_SHOP") or DEFAULT_SHOP, None, lang)), user, speech))
    asked = shop or shop_of(suite) or os.environ.get("WENSHU_SHOP") or DEFAULT_SHOP
    request = Request(suite, asked, answers, command, gate, compare, check_gold, show_failures, paraphrases, typos, html, speech)
    raise typer.Exit(run_verb(request, typer.echo))


if __name__ == "__main__":
    main()
