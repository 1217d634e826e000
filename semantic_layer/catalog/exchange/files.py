"""Reads the files of another tool, each on its own, with the place of every key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.source import Problem, Source
from semantic_layer.errors import CatalogError, UsageError

Model = TypeVar("Model", bound=BaseModel)
MAX_FILES = 2_000
_MADE = ("target", "dbt_packages", "logs", "node_modules")
_SHOWN = 5
_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Document(Generic[Model]):
    """One file as a model, and where its keys stand."""

    content: Model
    source: Source


def read_documents(path: Path, model: type[Model], words: tuple[str, ...], report: Report) -> list[Document[Model]]:
    """The documents of a file, or of the YAML and JSON files below a folder that hold one of `words`; the others are noted.

    Raises UsageError if there are none, CatalogError with file and line for everything that is wrong.
    """
    if not path.exists():
        raise UsageError(f"There is no file or folder {path}.", f"没有文件或文件夹 {path}。")
    files = [path] if path.is_file() else _files(path, words, report)
    read: list[Document[Model]] = []
    problems: list[Problem] = []
    for file in files:
        content, source = read_model(model, [file], path.parent if path.is_file() else path)
        if content is None:
            # A file that is no YAML lacks every key as well.
            problems += [p for p in source.problems if source.places or p.place.line or p.place.file == file.name] or source.problems
        else:
            read.append(Document(content, source))
    if problems:
        raise unreadable(path, problems)
    return read


def _files(folder: Path, words: tuple[str, ...], report: Report) -> list[Path]:
    found = [p for p in folder.rglob("*") if p.suffix in _ENDINGS and p.is_file() and not _made(p.relative_to(folder))]
    if len(found) > MAX_FILES:
        raise UsageError(
            f"{folder} holds more than {MAX_FILES} files; name the folder of the model.",
            f"{folder} 中超过 {MAX_FILES} 个文件，请指定模型所在的文件夹。",
        )
    files = sorted(p for p in found if any(w.encode() in p.read_bytes() for w in words))
    if not files:
        raise UsageError(
            f"There is no .yaml, .yml or .json file with a semantic model in {folder}.", f"{folder} 里没有含语义模型的 .yaml、.yml 或 .json 文件。"
        )
    if passed := sorted(p.relative_to(folder).as_posix() for p in set(found) - set(files)):
        shown = ", ".join(passed[:_SHOWN]) + (", ..." if len(passed) > _SHOWN else "")
        report.add("lost", folder.name, f"files without a semantic model: {shown} ({len(passed)})", f"不含语义模型的文件：{shown}（{len(passed)}）")
    return files


def _made(path: Path) -> bool:
    """Whether it lies in a folder of what tools made or fetched."""
    return any(part.startswith(".") or part in _MADE for part in path.parts[:-1])


def unreadable(path: Path, problems: list[Problem]) -> CatalogError:
    """One error that shows all problems of what was to be imported."""
    listed = "\n".join(f"  {p}" for p in sorted(problems))
    return CatalogError(
        f"{path} cannot be imported; it has {len(problems)} problem(s):\n{listed}",
        f"无法导入 {path}，有 {len(problems)} 处错误：\n{listed}",
        problems,
    )
