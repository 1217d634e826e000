"""`wenshu health`: what is wrong with a shop's data, worst first, as text, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import resources
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from prompts import word
from semantic_layer.errors import UsageError
from semantic_layer.shops.data_health import data_health
from semantic_layer.sources.health import Finding, Health, Point, SourceHealth
from semantic_layer.sources.history import Delivery

_MARKS = {"error": "!!", "warning": "--", "info": "  "}
_REFRESHES = 6  # shown of the history


def run_health(shop: str, format: str, page: Path | None, lang: str, echo: Callable[[str], object]) -> int:
    """Prints the report, and writes it as a page where asked to; gives the exit code, which is 0. Raises ShopError, EngineError, UsageError."""
    health = data_health(shop, effects=True)
    name = Path(shop).name or shop
    if page is not None:
        _write(page, as_html(health, name, lang))
    if format == "json":
        none = {"sources": None, "text": _say(lang, "no_sources", shop=name)}
        echo(json.dumps(health.to_dict(lang) if health else none, ensure_ascii=False))
    else:
        for line in as_text(health, name, lang):
            echo(line)
    return 0


def as_text(health: Health | None, shop: str, lang: str) -> Iterator[str]:
    """The report as lines for people."""
    say = partial(_say, lang)
    if health is None:
        yield say("no_sources", shop=shop)
        return
    yield say("refreshed", at=health.refreshed_at or "–", built=_built(health))
    yield _summary(health, lang)
    if health.note:
        yield health.note.text(lang)
    for f in health.findings:
        named = say("from_source" if f.source else "of_table", table=health.label(f.table, lang), source=f.source, text=f.message.text(lang))
        yield f"{_MARKS[f.severity]} {named}" + (say("trend", shares=_shares(f.trend)) if len(f.trend) > 1 else "")
        if f.effect:
            yield f"       {f.effect.text(lang)}"
        for e in f.examples:
            yield f"       {e.where}  {e.values}".rstrip()
    for s in health.sources:
        counts = {"records": s.records, "loaded": s.loaded, "quarantined": s.quarantined, "duplicates": s.exact_duplicates}
        line = say("account", source=s.name, table=s.table, **{k: f"{n:,}" for k, n in counts.items()})
        yield line + (say("trend_of_source", shares=_shares(s.history)) if len(s.history) > 1 else "")


def as_html(health: Health | None, shop: str, lang: str) -> str:
    """The report as one page: nothing from outside, no scripts."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found: tuple[Finding | SourceHealth, ...] = (*health.findings, *health.sources) if health else ()
    return environment.from_string(resources.files("assistant.channels").joinpath("health.html.j2").read_text(encoding="utf-8")).render(
        t=partial(_say, lang),
        lang=lang,
        shop=shop,
        health=health,
        names={f.table: health.label(f.table, lang) for f in found} if health else {},
        built=_built(health) if health else "",
        summary=_summary(health, lang) if health else "",
        shares=_shares,
        curve=_curve,
    )


def _summary(health: Health, lang: str) -> str:
    n = len(health.findings)
    return _say(lang, "count", n=n, open=sum(f.is_open for f in health.findings)) if n else _say(lang, "fine")


def _built(health: Health) -> str:
    return f"{health.built_at:%Y-%m-%d %H:%M}" if health.built_at else "–"


def _shares(trend: Sequence[Delivery | Point]) -> str:
    """The last ones, oldest first; refreshes in a row that found the same are one."""
    top = max((p.share for p in trend), default=0.0)
    digits = 1 if top >= 0.01 else 2 if top >= 0.001 else 3
    said = [share for share, _ in groupby(f"{p.share:.{digits}%}" for p in trend)]
    return " → ".join(said[-_REFRESHES:])


def _curve(trend: Sequence[Delivery | Point]) -> str:
    """The points of a line in a box of 100 by 20, newest on the right; the top is the highest share that there was."""
    shares = [p.share for p in trend]
    top = max(shares) or 1.0
    return " ".join(f"{100 * i / (len(shares) - 1):.1f},{19 - 18 * s / top:.1f}" for i, s in enumerate(shares))


def _say(lang: str, key: str, **parts: object) -> str:
    return word(f"health_{key}", lang, **parts)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", f"无法写入 {path}：{error.strerror}。") from None
