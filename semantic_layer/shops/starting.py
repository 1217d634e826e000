"""A stranger's own data to a shop that answers: sources proposed and taken in, the catalog drafted, all guesses listed."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.catalog.draft import Drafted, draft_catalog, name_sales, name_things, write_shop
from semantic_layer.engines.admin import Introspector
from semantic_layer.engines.foreign import copy_database, is_foreign
from semantic_layer.errors import Message, ShopError
from semantic_layer.shops.drafting import COPY
from semantic_layer.sources.load import SOURCES
from semantic_layer.sources.propose import Proposal, propose_sources
from semantic_layer.sources.propose.write import sources_yaml
from semantic_layer.sources.refresh import Options, Place, Progress, Report, refresh

_DUCKDB = (".duckdb", ".ddb")


@dataclass(frozen=True)
class Started:
    """What was made: the catalog, and of files also the sources and what became of their rows; of a database what is not as it was."""

    folder: Path
    drafted: Drafted
    proposal: Proposal | None = None
    report: Report | None = None
    notes: tuple[Message, ...] = ()


def start_shop(data: str, folder: Path, lang: str = "en", name: str = "", progress: Progress = lambda message: None) -> Started:
    """Makes the shop `folder` of a folder of files, of a file, or of the URL of a database; comments of its sources are in `lang`.

    The folder appears whole or not at all. Raises ShopError, CatalogError; no message holds a password.
    """
    _check_asked(data, folder)
    with write_shop(folder, name or folder.absolute().name) as shop:
        if is_foreign(data) or Path(data).suffix.lower() in _DUCKDB:
            path = Path(data).expanduser()
            notes: tuple[Message, ...] = ()
            if is_foreign(data):
                path = shop.building / COPY
                notes = tuple(Message(n.en, n.zh) for n in copy_database(data, path).notes)
            with Introspector(path) as inspector:
                drafted = draft_catalog(inspector)
            name_sales(drafted)
            name_things(drafted)
            shop.fill(drafted, path, dt.date.today())
            return Started(folder, drafted, notes=notes)
        progress(Message("looking at the files", "正在查看文件"))
        proposal = propose_sources(Path(data).expanduser(), folder)
        database = shop.building / COPY
        (shop.building / SOURCES).write_text(sources_yaml(proposal, lang), encoding="utf-8")
        report = refresh(Place(shop.building, shop.building, database, shop.building / ".wenshu"), Options(), progress)
        _check(report)
        with Introspector(database) as inspector:
            drafted = draft_catalog(inspector, proposal.headers)
        name_sales(drafted)
        name_things(drafted)
        shop.fill(drafted, database, dt.date.today())
        _add_review(shop.building / "REVIEW.md", proposal, lang)
    return Started(folder, drafted, proposal, report)


def _check_asked(data: str, folder: Path) -> None:
    """Names all that is wrong with what was asked, at once. Raises ShopError."""
    wrong = []
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        wrong.append(Message(f"{folder} is there already and not empty; name another folder.", f"{folder} 已存在且不为空，请换一个文件夹。"))
    path = Path(data).expanduser()
    if "://" in data:
        if not is_foreign(data):
            wrong.append(Message("Of databases only postgresql:// can be read so.", "数据库地址目前只支持 postgresql://。"))
    elif not path.exists():
        wrong.append(Message(f"There is no file or folder {path}.", f"没有文件或文件夹 {path}。"))
    if wrong:
        raise ShopError("\n".join(m.en for m in wrong), "\n".join(m.zh for m in wrong))


def _check(report: Report) -> None:
    """A first load that takes a source in as it was proposed, or fails."""
    if report.stopped:
        lines = [(f"\n  {t.source}: {t.message.en}", f"\n  {t.source}：{t.message.zh}") for t in report.stopped]
        raise ShopError(
            "These sources could not be taken in:" + "".join(en for en, _ in lines), "以下来源无法读入：" + "".join(zh for _, zh in lines)
        )


def _add_review(path: Path, proposal: Proposal, lang: str) -> None:
    """The guesses about the sources: those to be looked at first come first."""
    title = "来源（sources.yaml）" if lang == "zh" else "Sources (sources.yaml)"
    guesses = sorted(proposal.guesses, key=lambda g: not g.doubtful)
    lines = ["", f"## {title}", "", *(f"- {m.text(lang)}" for m in proposal.left_out)]
    lines += [f"- `{g.place}`: {g.what}. {g.reason.text(lang)}." for g in guesses]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + os.linesep)
