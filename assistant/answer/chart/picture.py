"""Charts as pictures, for channels without a browser. Needs the extra `charts` (vl-convert, which brings no fonts)."""

from __future__ import annotations

from typing import Any

from assistant.answer.chart.look import themed
from semantic_layer.errors import UsageError

_SCALE = 2  # dots per pixel
_WIDTH = 640  # pixels, where a page would give the chart the room it has


def png(spec: dict[str, Any], dark: bool = False) -> bytes:
    """A chart as a PNG of about 1,300 dots in width. Raises UsageError where the extra is missing."""
    picture: bytes = _converter().vegalite_to_png(_fixed(themed(spec, dark)), vl_version="6.1", scale=_SCALE)
    return picture


def svg(spec: dict[str, Any], dark: bool = False) -> str:
    """A chart as SVG. Raises UsageError where the extra is missing."""
    picture: str = _converter().vegalite_to_svg(_fixed(themed(spec, dark)), vl_version="6.1")
    return picture


def _fixed(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "width": _WIDTH} if spec.get("width") == "container" else spec


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise UsageError(
            "Pictures of charts need one more package: pip install 'wenshu[charts]'.", "生成图片还需要一个包：pip install 'wenshu[charts]'。"
        ) from None
    return vl_convert
