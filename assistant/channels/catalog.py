"""The verbs of `wenshu catalog`. Each loads what it needs when it runs."""

from __future__ import annotations

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
