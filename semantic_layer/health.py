"""What can be wrong with an installation, each thing one check that says what to do."""

from __future__ import annotations

import datetime as dt
import logging
import os
import platform
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from semantic_layer.errors import ShopError, WenshuError
from semantic_layer.places import home

log = logging.getLogger("wenshu.health")
Status = Literal["ok", "advice", "wrong"]
_PACKAGE = "wenshu"
_CHECKOUT = Path(__file__).parents[1]  # where the packages stand in a checkout
_ROOM = 1_000_000_000  # bytes: a packaged shop while it is built, and what is kept beside it
_OWN = ("dev", "browser")  # extras for working on Wenshu itself
_PURPOSES = {
    "ui": ("the page", "页面"),
    "embeddings": ("other encoders", "其他编码模型"),
    "wholesale": ("the packaged shop wholesale", "自带店铺 wholesale"),
    "sqlite": ("drafting a catalog from a SQLite file", "由 SQLite 文件起草目录"),
    "postgres": ("drafting a catalog from PostgreSQL", "由 PostgreSQL 起草目录"),
    "store-postgres": ("conversations kept in PostgreSQL", "把对话存于 PostgreSQL"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `advice`: nothing is wrong, but there is something one might do."""

    name: str
    status: Status
    en: str
    zh: str
    shop: str = ""

    def text(self, lang: str) -> str:
        """What was found, and what to do, in `zh` or `en`."""
        return self.zh if lang == "zh" else self.en


def tried(name: str, check: Callable[[], Check], shop: str = "") -> Check:
    """The check, or a line about what kept it from being made."""
    try:
        return check()
    except WenshuError as error:
        return Check(name, "wrong", error.text("en"), error.text("zh"), shop)
    # Whatever is broken here must not keep the other checks from being made.
    except Exception as error:
        log.warning("the check %s failed", name, exc_info=True)
        kind = type(error).__name__
        return Check(name, "wrong", f"This could not be checked ({kind}); the log says why.", f"无法检查（{kind}）；原因见日志。", shop)


def installation() -> Iterator[Check]:
    """What does not depend on a shop."""
    yield tried("python", python)
    yield tried("libraries", libraries)
    yield from extras()
    yield tried("home", home_folder)
    yield tried("disk", disk)
    yield tried("clock", clock)


def python() -> Check:
    """The version of Python, against what Wenshu declares."""
    needed, found = _declared().python, platform.python_version()
    if SpecifierSet(needed).contains(found, prereleases=True):
        return Check("python", "ok", f"{found} ({sys.executable})", f"{found}（{sys.executable}）")
    return Check(
        "python", "wrong", f"Python {found} does not fit {needed}. Install one that does, and Wenshu in it.",
        f"Python {found} 不符合 {needed}。请安装符合的版本，并在其中安装 Wenshu。",
    )  # fmt: skip


def libraries() -> Check:
    """The libraries that Wenshu needs, against what it declares and, in a checkout, against the versions that it is tested with."""
    needed = _declared().libraries
    if unfit := [r for r in needed if not _fits(r)]:
        listed = ", ".join(f"{r.name} {_found(r.name) or '-'}" for r in unfit)
        return Check(
            "libraries", "wrong", f"Missing, or of another version than needed: {listed}. Run: {_pip(unfit)}",
            f"缺少或版本不符：{listed}。请运行：{_pip(unfit)}",
        )  # fmt: skip
    tested = _tested()
    others = [f"{r.name} {_found(r.name)} ({tested[_key(r.name)]})" for r in needed if tested.get(_key(r.name), _found(r.name)) != _found(r.name)]
    en = f"{len(needed)} libraries as needed" + (f"; other versions than tested (in brackets): {', '.join(others)}" if others else "")
    zh = f"{len(needed)} 个库符合要求" + (f"；与测试所用版本（括号内）不同：{'、'.join(others)}" if others else "")
    return Check("libraries", "ok", en, zh)


def extras() -> Iterator[Check]:
    """The optional parts: there, or how to get them."""
    try:
        declared = _declared().extras
    except ShopError:  # said by the checks above
        return
    for name, needed in declared.items():
        if name in _OWN:
            continue
        title = f"extra {name}"
        en, zh = _PURPOSES.get(name, (name, name))
        if all(map(_fits, needed)):
            yield Check(title, "ok", f"installed ({en})", f"已安装（{zh}）")
        elif any(_found(r.name) is None for r in needed):
            yield Check(title, "advice", f"not installed. For {en}, run: {_pip(needed)}", f"未安装。如需{zh}，请运行：{_pip(needed)}")
        else:
            yield Check(title, "wrong", f"Of another version than needed. Run: {_pip(needed)}", f"版本不符。请运行：{_pip(needed)}")


def home_folder() -> Check:
    """Whether Wenshu can keep what it makes."""
    place = home()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"-")
    except OSError as error:
        why = error.strerror or type(error).__name__
        return Check(
            "home", "wrong", f"{place} cannot be written ({why}). Set WENSHU_HOME to a folder that can be.",
            f"无法写入 {place}（{why}）。请将 WENSHU_HOME 设为可写的文件夹。",
        )  # fmt: skip
    return Check("home", "ok", f"{place} can be written", f"{place} 可写")


def disk() -> Check:
    """Whether the disk of WENSHU_HOME has room."""
    place = home().absolute()
    there = next(p for p in (place, *place.parents) if p.is_dir())
    free = shutil.disk_usage(there).free
    size = f"{free / 1e9:,.1f} GB"
    if free < _ROOM:
        return Check(
            "disk", "wrong", f"Only {size} are free at {place}. Make room, or set WENSHU_HOME to another disk.",
            f"{place} 只剩 {size}。请腾出空间，或将 WENSHU_HOME 设到另一磁盘。",
        )  # fmt: skip
    return Check("disk", "ok", f"{size} are free at {place}", f"{place} 剩余 {size}")


def clock() -> Check:
    """The day that relative dates count from where a shop names none, and the time zone it depends on."""
    now = dt.datetime.now().astimezone()
    shown = f"{now:%Y-%m-%d %H:%M} {now.tzname()} (UTC{now:%z})"
    named = os.environ.get("TZ", "").removeprefix(":")
    # An unknown name is taken for UTC without a word.
    if named and named not in ("UTC", "GMT") and not _known_zone(named) and time.timezone == 0 and not any(c.isdigit() for c in named):
        return Check(
            "clock", "wrong", f"TZ={named} is no time zone; it is taken for UTC: {shown}. Set TZ to a name such as Asia/Shanghai.",
            f"TZ={named} 不是时区，按 UTC 处理：{shown}。请将 TZ 设为 Asia/Shanghai 之类的名称。",
        )  # fmt: skip
    return Check("clock", "ok", shown, shown)


def _known_zone(name: str) -> bool:
    folders = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo")
    return Path(name).is_file() or any((Path(folder) / name).is_file() for folder in folders)


@dataclass(frozen=True)
class _Declared:
    """What Wenshu declares that it needs: in a checkout in pyproject.toml, else in what was installed."""

    python: str
    libraries: list[Requirement]
    extras: dict[str, list[Requirement]]


def _declared() -> _Declared:
    """Raises ShopError where Wenshu is neither a checkout nor installed."""
    file = _CHECKOUT / "pyproject.toml"
    if file.is_file():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        extras = {name: list(map(Requirement, lines)) for name, lines in project["optional-dependencies"].items()}
        return _Declared(project["requires-python"], list(map(Requirement, project["dependencies"])), extras)
    try:
        installed = metadata.metadata(_PACKAGE)
    except metadata.PackageNotFoundError:
        raise ShopError(
            f"The package {_PACKAGE} is not installed as a whole. Install it again from its wheel.",
            f"软件包 {_PACKAGE} 安装不完整。请用其 wheel 重新安装。",
        ) from None
    lines = list(map(Requirement, metadata.requires(_PACKAGE) or []))
    names = installed.get_all("Provides-Extra") or []
    return _Declared(
        (installed.get_all("Requires-Python") or [""])[0],
        [r for r in lines if r.marker is None or r.marker.evaluate({"extra": ""})],
        {name: [r for r in lines if r.marker is not None and f'extra == "{name}"' in str(r.marker)] for name in names},
    )


def _found(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _fits(requirement: Requirement) -> bool:
    found = _found(requirement.name)
    return found is not None and requirement.specifier.contains(found, prereleases=True)


def _pip(requirements: Iterable[Requirement]) -> str:
    """The command that installs them."""
    return "pip install " + " ".join(f"'{r.name}{r.specifier}'" for r in requirements)


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _tested() -> dict[str, str]:
    """The versions in constraints.txt, which stands beside the packages in a checkout only."""
    path = _CHECKOUT / "constraints.txt"
    if not path.is_file():
        return {}
    lines = [line.partition("==") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {_key(name): version for name, sign, version in lines if sign}
