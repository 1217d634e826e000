"""Charts are drawn in a process of their own, which may end without anybody losing a picture."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from assistant.answer.chart import studio
from assistant.answer.chart.picture import png, svg
from assistant.answer.chart.studio import STUDIO, Studio

pytest.importorskip("vl_convert")
SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"城市": "哈尔滨", "n": 1}, {"城市": "三亚", "n": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "城市", "type": "nominal"}, "y": {"field": "n", "type": "quantitative"}},
}


def test_our_own_process_does_not_draw() -> None:
    script = f"import sys; from assistant.answer.chart.picture import png; print(png({SPEC!r})[:4], 'vl_convert' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["b'\\x89PNG'", "False"]


def test_pictures_are_drawn_for_many_at_once() -> None:
    drawn: list[bytes] = []
    threads = [threading.Thread(target=lambda: drawn.append(png(SPEC))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 4 and len(set(drawn)) == 1 and drawn[0].startswith(b"\x89PNG") and "哈尔滨" in svg(SPEC)


def test_a_process_that_was_ended_is_replaced() -> None:
    png(SPEC)
    assert STUDIO._process is not None
    STUDIO._process.kill()
    STUDIO._process.wait()
    assert png(SPEC).startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_said_and_the_next_is_drawn() -> None:
    with pytest.raises(ValueError):
        png({"mark": 7, "encoding": "none"})
    assert png(SPEC).startswith(b"\x89PNG")


def test_a_picture_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio, "LONGEST", 0.0)
    alone = Studio()
    with pytest.raises(OSError, match="could not be drawn"):
        alone.drawn("png", SPEC)
    alone.close()
