"""`wenshu refresh`: takes in what is new in a shop's sources, and says where every row went."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict

from semantic_layer.errors import Message, WenshuError
from semantic_layer.shops.refreshing import follow_shop, refresh_shop
from semantic_layer.sources.build import Account
from semantic_layer.sources.intake import Taken
from semantic_layer.sources.quality import Broken
from semantic_layer.sources.refresh import Options, Report

Echo = Callable[[str], object]
_REASONS_SHOWN = 5


def run_refresh(shop: str, options: Options, format: str, lang: str, echo: Echo) -> int:
    """Runs one refresh and prints its report; gives the exit code: 1 where a source had to stop."""
    report = refresh_shop(shop, options, lambda message: _progress(message, lang))
    for line in as_json(report, lang) if format == "json" else as_text(report, lang):
        echo(line)
    return 1 if report.stopped else 0


def follow_refresh(shop: str, minutes: float, continuous: bool, format: str, lang: str, echo: Echo) -> None:
    """Refreshes until it is stopped, and prints the report of each refresh that changed something or met a mistake."""

    def told(what: Report | WenshuError) -> None:
        if isinstance(what, WenshuError):
            echo(json.dumps({"ok": False, "error": what.text(lang)}, ensure_ascii=False) if format == "json" else f"!! {what.text(lang)}")
            return
        for line in as_json(what, lang) if format == "json" else as_text(what, lang):
            echo(line)

    follow_shop(shop, minutes, continuous, told, threading.Event().wait)


def _progress(message: Message, lang: str) -> None:
    print(f"… {message.text(lang)}", file=sys.stderr, flush=True)


def as_text(report: Report, lang: str) -> Iterator[str]:
    """A report as lines for people."""
    accounts = {a.source: a for a in report.accounts}
    for taken in report.sources:
        yield _source(report, taken, accounts.get(taken.source), lang)
        if report.built is None or taken.state == "stopped":
            yield from _reasons(taken, lang)
        yield from (f"    {_broken(b, lang)}" for b in report.broken if b.source == taken.source)
    for b in report.broken:
        if not b.source:
            yield f"-- {b.table}{'：' if lang == 'zh' else ': '}{_broken(b, lang)}"
    for name, hours in report.stale.items():
        yield f"-- {name}：已有 {hours:,} 小时没有新数据。" if lang == "zh" else f"-- {name}: nothing new for {hours:,} hours."
    for mapping, n in report.conflicts.items():
        yield (
            f"映射 {mapping}：{n} 个值对应多种结果，均未采用。"
            if lang == "zh"
            else f"mapping {mapping}: {n} value(s) stand for several things, and were mapped to none."
        )
    for note in report.built.notes if report.built else ():
        yield f"-- {note.text(lang)}"
    yield _closing(report, lang)


_OUTCOMES = {"quarantine": "隔离", "mark": "标记", "repair": "修复", "missing": "置为缺失"}
_SEVERITIES = {"error": "错误", "warning": "警告", "info": "提示"}


def _broken(broken: Broken, lang: str) -> str:
    if lang == "zh":
        return f"{broken.rule}: {broken.rows:,}（{_OUTCOMES[broken.outcome]}，{_SEVERITIES[broken.severity]}）"
    return f"{broken.rule}: {broken.rows:,} ({broken.outcome}, {broken.severity})"


def _reasons(taken: Taken, lang: str) -> Iterator[str]:
    """What was found in rows that are not in the tables, or not yet."""
    found = sorted(taken.reasons.items(), key=lambda r: -r[1])
    for code, n in found[:_REASONS_SHOWN]:
        yield f"    {code}: {n:,}"
    more = len(found) - _REASONS_SHOWN
    if more > 0:
        yield f"    另有 {more} 种原因，见 --format json" if lang == "zh" else f"    and {more} more reason(s): see --format json"


def _source(report: Report, taken: Taken, account: Account | None, lang: str) -> str:
    zh = lang == "zh"
    if taken.state == "stopped":
        good = report.good_at.get(taken.source)
        if good is None:
            since = "尚无可用数据。" if zh else "There are no good data of it yet."
        else:
            hours = (report.now - good).total_seconds() / 3600
            since = (
                f"沿用 {good:%Y-%m-%d %H:%M} 的数据（{hours:.1f} 小时前）。"
                if zh
                else f"Its data stay those of {good:%Y-%m-%d %H:%M} ({hours:.1f} hours ago)."
            )
        return f"!! {taken.source}{'：' if zh else ': '}{taken.message.text(lang)}\n    {since}"
    if taken.state == "same":
        done = "没有变化" if zh else "nothing new"
    else:
        done = f"{len(taken.read)} 个文件，{taken.rows:,} 行" if zh else f"{len(taken.read)} file(s), {taken.rows:,} rows"
    if account is not None:
        ends = account.loaded, account.quarantined, account.exact_duplicates
        done += "；共 {:,} 行 = 入表 {:,} + 隔离 {:,} + 完全重复 {:,}".format(account.records, *ends) if zh else ""
        done += (
            ""
            if zh
            else "; in all {:,} = {:,} in {table} + {:,} in quarantine + {:,} exact duplicates".format(account.records, *ends, table=account.table)
        )
    elif taken.state == "new":
        done += f"，其中 {taken.quarantined:,} 行隔离" if zh else f", {taken.quarantined:,} of them into quarantine"
    return f"OK {taken.source}{'：' if zh else ': '}{done}"


def _closing(report: Report, lang: str) -> str:
    if report.dry_run:
        return (
            "试运行：未作任何改动。键相同的行、refers 与 lookups 要到真正刷新时才统计。"
            if lang == "zh"
            else "A dry run: nothing was changed. Rows with the same key, refers and lookups are only looked at by a real refresh."
        )
    if report.built is None:
        return "数据表保持不变。" if lang == "zh" else "The tables are as they were."
    tables, left_out = report.built.tables, report.built.left_out
    if lang == "zh":
        said = "现有数据表：" + "、".join(f"{t}（{n:,} 行）" for t, n in tables.items()) + "。" if tables else "没有生成任何数据表。"
        return said + (f" 未生成（它的来源，或它所引用的表的来源，从未成功读取）：{'、'.join(left_out)}。" if left_out else "")
    said = "The tables now: " + ", ".join(f"{t} ({n:,} rows)" for t, n in tables.items()) + "." if tables else "No table was made."
    never = "Not made, since a source of them, or of a table they refer to, was never read"
    return said + (f" {never}: {', '.join(left_out)}." if left_out else "")


def as_json(report: Report, lang: str) -> Iterator[str]:
    """A report as one JSON object."""
    accounts = {a.source: a for a in report.accounts}
    sources = []
    for taken in report.sources:
        good, account = report.good_at.get(taken.source), accounts.get(taken.source)
        sources.append(
            {
                "source": taken.source, "state": taken.state, "message": taken.message.text(lang) or None,
                "good_at": good.isoformat() if good else None,
                "files_read": taken.read, "files_gone": taken.gone, "rows": taken.rows, "quarantined": taken.quarantined, "reasons": taken.reasons,
                "account": {k: getattr(account, k) for k in ("records", "loaded", "quarantined", "exact_duplicates")} if account else None,
            }
        )  # fmt: skip
    yield json.dumps(
        {
            "ok": not report.stopped, "dry_run": report.dry_run, "changed": report.built is not None,
            "tables": report.built.tables if report.built else {}, "left_out": list(report.built.left_out) if report.built else [],
            "notes": [n.text(lang) for n in report.built.notes] if report.built else [],
            "broken": [asdict(b) for b in report.broken], "mapping_conflicts": report.conflicts, "stale_hours": report.stale, "sources": sources,
        },
        ensure_ascii=False,
    )  # fmt: skip
