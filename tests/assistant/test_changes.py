"""Questions asked by many while the shop's files change."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.shops.changing import LABELS, TOTAL, catalog, eventually, new_shop, replace, write_catalog, write_settings

THREADS = 8
CHANGES = 6
RELOADS = 20
NARROW = {"role": "narrow", "allowed_tables": ["*"], "row_filters": {"orders": "item = 'A'"}}


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    shop = open_shop(str(new_shop(tmp_path / "shop")))
    yield Assistant(shop)
    shop.close()


def seen(answer: Answer) -> tuple[str, Any]:
    assert answer.status == "answered", answer.text
    return answer.columns[0].label, answer.rows[0][0]


def test_each_answer_is_of_one_catalog_while_it_changes_under_many(assistant: Assistant) -> None:
    versions = {(LABELS[n], n * TOTAL) for n in LABELS}
    folder, stop = assistant.shop.folder, threading.Event()
    met: list[set[tuple[str, Any]]] = [set() for _ in range(THREADS)]
    latest: list[tuple[str, Any]] = [("", 0)] * THREADS

    def ask(number: int) -> None:
        while not stop.is_set():
            answer = assistant.ask("total takings")
            latest[number] = seen(answer)
            met[number].add(latest[number])
            assert answer.text.startswith(latest[number][0]) and latest[number][0] in answer.reading

    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(ask, n) for n in range(THREADS)]
        try:
            for change in range(CHANGES):
                times = (10, 1)[change % 2]
                write_catalog(folder, catalog(times))
                eventually(lambda times=times: set(latest) == {(LABELS[times], times * TOTAL)} or any(a.done() for a in asking))
        finally:
            stop.set()
        for each in asking:
            each.result()
    assert set.union(*met) == versions


def test_words_follow_the_catalog(assistant: Assistant) -> None:
    folder = assistant.shop.folder
    assert assistant.ask("total takings").status == "answered"
    changed = catalog()
    changed["metrics"]["revenue"]["synonyms"] = {"en": ["proceeds"]}
    changed["datasets"]["orders"]["fields"]["item"]["values"] = {"A": {"label": {"en": "umbrellas"}}}
    changed["calendar"] = {"events": {"fair": {"label": {"en": "spring fair"}, "dates": [{"start": "2017-01-05"}]}}}
    write_catalog(folder, changed)
    eventually(lambda: assistant.ask("total proceeds").status == "answered")
    assert assistant.ask("total takings").status != "answered"
    assert seen(assistant.ask("total proceeds of umbrellas"))[1] == 18
    assert seen(assistant.ask("total proceeds on the spring fair"))[1] == 5
    write_catalog(folder, catalog())
    eventually(lambda: assistant.ask("total takings").status == "answered")
    assert assistant.ask("total takings of umbrellas").status != "answered"


def test_rights_follow_their_file(assistant: Assistant) -> None:
    folder = assistant.shop.folder
    assert seen(assistant.ask("total takings"))[1] == TOTAL
    write_settings(folder, rights=[NARROW], users={"ann": "narrow"})
    eventually(lambda: assistant.ask("total takings").status == "error")
    assert seen(assistant.ask("total takings", user="ann"))[1] == 18
    hidden = {**NARROW, "row_filters": {}, "denied_columns": {"orders": ["amount"]}}
    write_settings(folder, rights=[hidden], users={"ann": "narrow"})
    eventually(lambda: assistant.ask("total takings", user="ann").status == "refused")


def test_nothing_is_left_of_earlier_catalogs(assistant: Assistant) -> None:
    shop, path = assistant.shop, assistant.shop.folder / "catalog" / "catalog.yaml"
    kept: list[weakref.ref[Any]] = []
    for n in range(RELOADS):
        before = shop.now()
        access = before.access()
        assistant.ask("total takings")
        kept += [weakref.ref(x) for x in (before, access, before.catalog, assistant.reader(access), assistant.reader(access).lexicon)]
        changed = catalog((10, 1)[n % 2])
        changed["metrics"]["revenue"]["description"] = {"en": f"number {n}"}
        replace(path, changed)
        eventually(lambda before=before: shop.now() is not before)
        del before, access
    assistant.ask("total takings")
    gc.collect()
    assert len(kept) == 5 * RELOADS
    assert not [ref() for ref in kept if ref() is not None]
