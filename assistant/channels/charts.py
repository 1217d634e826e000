"""An answer's chart as a file."""

from __future__ import annotations

import json
from pathlib import Path

from assistant.answer import Answer
from assistant.answer.chart.picture import png, svg
from prompts import word
from semantic_layer.errors import UsageError

KINDS = (".png", ".svg", ".json")


def check_file(file: Path) -> None:
    """Raises UsageError where the name of a file does not say which kind it is, or its folder is missing."""
    if file.suffix.lower() not in KINDS:
        kinds = ", ".join(KINDS)
        raise UsageError(f"--chart {file}: the file's name has to end in {kinds}.", f"--chart {file}：文件名要以 {kinds} 之一结尾。")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"--chart {file}: there is no such folder.", f"--chart {file}：没有这个文件夹。")


def write_chart(answer: Answer, file: Path, dark: bool = False) -> str:
    """Writes the chart, if the answer has one, and says what was done. Raises UsageError where pictures need a missing package."""
    if answer.chart is None:
        return word("chart_none", answer.lang)
    kind = file.suffix.lower()
    if kind == ".png":
        file.write_bytes(png(answer.chart, dark))
    elif kind == ".svg":
        file.write_text(svg(answer.chart, dark), encoding="utf-8")
    else:
        file.write_text(json.dumps(answer.to_json()["chart"], ensure_ascii=False), encoding="utf-8")
    return word("chart_written", answer.lang, file=file)
