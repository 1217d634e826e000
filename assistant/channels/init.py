"""`wenshu init`: a stranger's own data to a first answer, and what was guessed on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.ask import Assistant
from assistant.channels.refresh import as_text as refreshed
from assistant.channels.render import as_text
from semantic_layer.errors import Message
from semantic_layer.shops import open_shop
from semantic_layer.shops.starting import Started, start_shop

Echo = Callable[[str], object]


def run_init(folder: Path, data: str, name: str, lang: str, echo: Echo) -> None:
    """Makes the shop, and says what was made, what was guessed, and the answer to a first question. Raises ShopError, CatalogError."""
    made = start_shop(data, folder, lang, name, lambda message: _progress(message, lang))
    for line in _said(made, lang):
        echo(line)
    for line in _first_answer(folder, lang):
        echo(line)


def _progress(message: Message, lang: str) -> None:
    print(f"… {message.text(lang)}", file=sys.stderr, flush=True)


def _said(made: Started, lang: str) -> Iterator[str]:
    zh = lang == "zh"
    if made.report is not None:
        yield from refreshed(made.report, lang)
    for note in (*made.notes, *(made.proposal.left_out if made.proposal else ())):
        yield f"-- {note.text(lang)}"
    doubtful = [g for g in made.proposal.guesses if g.doubtful] if made.proposal else []
    yield from (f"?? {g.place}{'：' if zh else ': '}{g.what}{'；' if zh else '; '}{g.reason.text(lang)}" for g in doubtful)
    yield from (f"?? {r.place}{'：' if zh else ': '}{r.what}{'；' if zh else '; '}{r.reason}" for r in made.drafted.reviews)
    sections = made.drafted.sections
    counted = len(sections["datasets"]), len(sections["relationships"]), len(sections["metrics"])
    files = "sources.yaml, catalog/" if made.proposal else "catalog/"
    if zh:
        yield "已写入 {}（{}）：{} 个数据集，{} 条关系，{} 个指标。".format(made.folder, files, *counted)
        yield f"推测之处（上面的 ?? 行）及理由见 {made.folder / 'REVIEW.md'}，请核对。"
    else:
        yield "{} has been written ({}): {} datasets, {} relationships, {} metrics.".format(made.folder, files, *counted)
        yield f"What was guessed (the lines with ??) is listed with reasons in {made.folder / 'REVIEW.md'}: look it over."


def _first_answer(folder: Path, lang: str) -> Iterator[str]:
    """The first of the questions that the shop itself would begin with."""
    assistant = Assistant(open_shop(str(folder)))
    example = next(iter(assistant.examples(lang)), None)
    if example is not None:
        answer = assistant.answer(example.query, lang, question=example.text) if example.query else assistant.ask(example.text, lang)
        yield ""
        yield as_text(answer, lang)
    yield f'\n接下来：wenshu ask --shop {folder} "…"' if lang == "zh" else f'\nNext: wenshu ask --shop {folder} "…"'
