"""Charts as pictures, for channels without a browser. Needs the extra `charts` (vl-convert, which brings no fonts)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from assistant.answer.chart.look import themed
from assistant.answer.chart.studio import STUDIO, Form
from semantic_layer.errors import UsageError

_WIDTH = 640  # pixels, where a page would give the chart the room it has


def png(spec: dict[str, Any], dark: bool = False) -> bytes:
    """A chart as a PNG of about 1,300 dots in width. Raises UsageError where the extra is missing."""
    return _drawn("png", spec, dark)


def svg(spec: dict[str, Any], dark: bool = False) -> str:
    """A chart as SVG. Raises UsageError where the extra is missing."""
    return _drawn("svg", spec, dark).decode()


def _drawn(form: Form, spec: dict[str, Any], dark: bool) -> bytes:
    if find_spec("vl_convert") is None:
        raise UsageError(
            "Pictures of charts need one more package: pip install 'wenshu[charts]'.", "生成图片还需要一个包：pip install 'wenshu[charts]'。"
        )
    return STUDIO.drawn(form, _fixed(themed(spec, dark)))


def _fixed(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "width": _WIDTH} if spec.get("width") == "container" else spec
