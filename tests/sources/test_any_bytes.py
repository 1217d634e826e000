"""Whatever bytes a file holds: every record of it ends somewhere, or its source stops with a sentence."""

from __future__ import annotations

import json
import random

import pytest

from tests.sources.conftest import MakeSources

PIECES = [b"a", b"1", b",", b",", b",", b"\n", b"\n", b"\r\n", b"\r", b'"', b'"', b'""', b'","', b" ", b"\x00", b"\xef\xbb\xbf", b"\xff", "中文".encode(), "中文".encode("gbk"), b"\xe4", b"'", b"\\", b"\t", b";", b"\x1f", "\ufffd".encode()]
JSON = [b'{"a": 1, "b": "x"}\n', b'{"a": "', b'"}', b"{", b"}", b"\n", b"[1]\n", b"null\n", b'{"a": {"b": [1]}, "b": null}\n', b'{"a": 1e400, "b": "\\ud800"}\n', b"\xff", b"\x00", b'"', b"\x1f", "中".encode("gbk"), b'{"b": "\\u0000", "a": 12345678901234567890123456789012}\n']


def source(name: str, path: str) -> str:
    return f"  {name}:\n    into: t_{name}\n    path: {path}\n    ignore: '*'\n    columns:\n      a: {{as: id, optional: true}}\n      b: {{as: [repair, narrow, text], optional: true}}\n"


@pytest.mark.parametrize("seed", [1])
def test_nothing_is_lost(make: MakeSources, seed: int) -> None:
    random_ = random.Random(seed)
    names = [f"s{i}" for i in range(24)]
    shop = make("sources:\n" + "".join(source(n, f"{n}.csv" if int(n[1:]) % 3 else f"{n}.jsonl") for n in names))
    for n in names:
        if int(n[1:]) % 3:
            content = b"a,b\n" + b"".join(random_.choices(PIECES, k=random_.randrange(0, 400)))
        else:
            content = b"".join(random_.choices(JSON, k=random_.randrange(0, 60)))
        shop.write(f"{n}.csv" if int(n[1:]) % 3 else f"{n}.jsonl", content)
    report = shop.refresh()
    assert all(t.message.en for t in report.stopped)
    accounts = shop.accounts()
    assert set(accounts) == set(names) - {t.source for t in report.stopped}
    assert len(accounts) > len(names) // 2, [t.message.en for t in report.stopped]
    places = shop.rows("SELECT source, line FROM wenshu_state.quarantine")
    assert len(places) == len(set(places))
    for n, (records, *_) in accounts.items():
        if int(n[1:]) % 3 == 0:
            # Of lines of JSON it is plain how many there are, and which are objects.
            lines = [x for x in (shop.folder / f"{n}.jsonl").read_bytes().split(b"\n") if x.strip()]
            assert records == len(lines)
            assert accounts[n][1] + accounts[n][3] <= sum(_is_object(x) for x in lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("gb18030", errors="replace")), dict)
    except ValueError:
        return False
