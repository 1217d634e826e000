"""`wenshu doctor`: looks at everything that a question needs, and says what to do about what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from assistant.linking.encoders import load_encoder
from assistant.verified.book import FILE, Book
from prompts import word
from semantic_layer.health import Check, installation, tried
from semantic_layer.shops.health import built_shops, encoder_of, model_of, shop_checks
from semantic_layer.shops.shop import shop_folders

_MARKS = {"ok": "OK", "advice": "--", "wrong": "!!"}
# How the files of common fonts with Chinese characters begin, where fontconfig is not there to be asked.
_FONT_FILES = (
    "notosanscjk", "notoserifcjk", "notosanssc", "notoserifsc", "sourcehan", "wqy", "droidsansfallback", "uming", "ukai", "lxgw",
    "pingfang", "hiragino sans gb", "stheiti", "songti", "msyh", "simsun", "simhei", "deng",
)  # fmt: skip
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/System/Library/Fonts", "/Library/Fonts")


def run_doctor(shops: list[str], format: str, lang: str, echo: Callable[[str], object], model: bool = False) -> int:
    """Prints each check as it is made; gives the exit code: 0 when nothing is wrong, else 1."""
    made = []
    for check in _checks(shops, model):
        made.append(check)
        if format == "text":
            echo(_line(check, lang))
    fine = all(c.status != "wrong" for c in made)
    if format == "json":
        listed = [{"name": c.name, "shop": c.shop or None, "status": c.status, "text": c.text(lang)} for c in made]
        echo(json.dumps({"ok": fine, "checks": listed}, ensure_ascii=False))
    return 0 if fine else 1


def _checks(shops: list[str], model: bool) -> Iterator[Check]:
    yield from installation()
    yield tried("fonts", fonts)
    chosen = shops or built_shops()
    if not chosen:
        yield Check("shops", "advice", "No packaged shop is built yet. Run: wenshu demo", "尚未生成自带店铺。请运行：wenshu demo")
    for name in chosen:
        readable = True
        for check in shop_checks(name):
            readable &= check.name != "settings" or check.status != "wrong"
            yield check
        if readable:
            yield tried("verified", lambda name=name: verified(name))  # type: ignore[misc]
    for spec in dict.fromkeys(filter(None, map(encoder_of, chosen))) or ["use"]:
        yield tried("encoder", lambda spec=spec: encoder(spec))  # type: ignore[misc]
    for name in chosen if model else ():
        yield tried("model", lambda name=name: language_model(name), name)  # type: ignore[misc]


def _line(check: Check, lang: str) -> str:
    name = f"{check.shop}: {check.name}" if check.shop else check.name
    return f"{_MARKS[check.status]}  {name}: {check.text(lang)}"


def encoder(spec: str) -> Check:
    """Whether the encoder loads and gives vectors. Raises UsageError where its package is missing."""
    loaded = load_encoder(spec)
    rows, width = loaded.encode(["问数"]).shape
    en, zh = f"{loaded.name} loads ({width} numbers a text)", f"{loaded.name} 可以加载（每段文字 {width} 个数）"
    return Check("encoder", "ok" if rows == 1 else "wrong", en, zh)


def language_model(shop: str) -> Check:
    """Whether the language model of a shop, or of the environment, answers in the form that it is given. Asks it once or a few times."""
    from assistant.llm.probing import probe
    from assistant.llm.second import chosen

    settings = chosen(model_of(shop))
    if not settings.name:
        return Check("model", "ok", word("model_check_none", "en"), word("model_check_none", "zh"), shop)
    fine, said = probe(settings)
    return Check("model", "ok" if fine else "wrong", said.en, said.zh, shop)


def verified(shop: str) -> Check:
    """Whether the entries of a shop's file of verified questions can be read."""
    page = Book(shop_folders(shop)[1] / FILE).page()
    if page.problems:
        said = {lang: "; ".join(p.text(lang) for p in page.problems) for lang in ("en", "zh")}
        return Check("verified", "wrong", said["en"], said["zh"], shop=shop)
    count = len(page.entries)
    return Check("verified", "ok", word("verified_doctor", "en", n=count), word("verified_doctor", "zh", n=count), shop=shop)


def fonts() -> Check:
    """Whether a font here has Chinese characters; without one, charts that are saved as pictures show boxes for them."""
    if found := next(iter(_chinese_fonts()), None):
        return Check("fonts", "ok", f"Chinese is covered, for example by {found}", f"有中文字体，例如 {found}")
    command = "brew install --cask font-noto-sans-cjk-sc" if sys.platform == "darwin" else "apt-get install fonts-noto-cjk"
    return Check(
        "fonts", "advice", f"No font here has Chinese characters; pictures of charts would show boxes. Install one, for example: {command}",
        f"没有中文字体，图表图片中的汉字会显示为方框。请安装一种，例如：{command}",
    )  # fmt: skip


def _chinese_fonts() -> Iterable[str]:
    if listing := shutil.which("fc-list"):
        done = subprocess.run([listing, ":lang=zh", "family"], capture_output=True, text=True, timeout=60)
        return [line for line in done.stdout.splitlines() if line.strip()]
    folders = [*_FONT_FOLDERS, os.path.join(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")]
    files = (path for folder in folders for path in Path(folder).expanduser().rglob("*.[ot]t[cf]"))
    return (path.name for path in files if path.name.lower().startswith(_FONT_FILES))
