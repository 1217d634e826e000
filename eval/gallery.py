"""Charts to look at: `python -m eval.gallery [--out FOLDER] [--mall SHOP]`.

Asks the dev suites of completejourney and the mall, chooses 40 answers spread over forms, shops and languages, and writes their charts
in both themes into a folder, with a page that shows them. The same suites over the same data give the same charts.
"""

from __future__ import annotations

import argparse
import html
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from assistant.answer import Answer
from assistant.answer.chart import FORMS, plan_of
from assistant.answer.chart.picture import png
from assistant.ask import Assistant
from eval.figures import dev_suites
from eval.suite import Case, load_suite
from eval.verb import shop_of
from semantic_layer.errors import WenshuError
from semantic_layer.shops import open_shop

SHOPS = ("completejourney", "mall")
CHARTS = 40
_HEAD = (
    "<!doctype html><meta charset=utf-8><title>Wenshu: charts</title><style>body{font:14px sans-serif;margin:24px}figure{margin:0 0 40px}"
    "img{width:48%;vertical-align:top;border:1px solid #ccc;margin:2px}figcaption{margin:4px 0}</style>"
)


@dataclass(frozen=True)
class Shown:
    """A question with its answer and the form of its chart."""

    suite: str
    case: Case
    answer: Answer
    form: str


def answered(shops: dict[str, str]) -> Iterator[Shown]:
    """Every question of the suites whose answer has a chart, the suites by turns. `shops` are opened by these names or folders."""
    assistants = {name: Assistant(open_shop(where)) for name, where in shops.items()}
    suites = [p for p in dev_suites() if shop_of(p) in shops]
    for turn in zip_longest(*(load_suite(suite) for suite in suites)):
        for suite, case in zip(suites, turn, strict=True):
            if case is None or case.expect != "answer" or case.conversation:
                continue
            answer = assistants[str(shop_of(suite))].ask(case.question, case.lang)
            plan = plan_of(answer, next((f for f in FORMS if f == answer.form), None))
            if answer.chart and plan:
                yield Shown(suite.name, case, answer, plan.form)


def chosen(found: list[Shown], most: int = CHARTS) -> list[Shown]:
    """So many of them that every form, and of each form every shop and language, comes as evenly as the suites allow."""
    taken: list[Shown] = []
    left, forms, kinds = list(found), Counter[str](), Counter[tuple[str, str, str]]()
    while left and len(taken) < most:
        nearest = min(left, key=lambda s: (forms[s.form], kinds[_kind(s)]))
        left.remove(nearest)
        taken.append(nearest)
        forms[nearest.form] += 1
        kinds[_kind(nearest)] += 1
    return sorted(taken, key=lambda s: (s.form, s.suite, s.case.id))


def _kind(shown: Shown) -> tuple[str, str, str]:
    return shown.form, shown.suite.split("-")[0], shown.case.lang


def write(shown: list[Shown], folder: Path) -> None:
    """The pictures and `index.html`. Raises UsageError where pictures need a missing package."""
    folder.mkdir(parents=True, exist_ok=True)
    page = [_HEAD]
    for number, each in enumerate(shown, 1):
        names = {theme: f"{number:02}-{each.form}-{theme}.png" for theme in ("light", "dark")}
        for theme, name in names.items():
            (folder / name).write_bytes(png(each.answer.chart or {}, theme == "dark"))
        caption = f"<b>{number}. {html.escape(each.case.question)}</b> ({each.form}; {each.suite} {each.case.id})<br>{html.escape(each.answer.text)}"
        pictures = "".join(f'<img src="{name}" alt="{theme}">' for theme, name in names.items())
        page.append(f"<figure><figcaption>{caption}</figcaption>{pictures}</figure>")
    (folder / "index.html").write_text("\n".join(page), encoding="utf-8")


def main() -> int:
    """Writes the gallery; 2 where a shop cannot be opened or pictures cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m eval.gallery", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/gallery"), help="the folder; default: runs/gallery")
    parser.add_argument("--mall", default="mall", help="the shop that stands for the mall: a name or a folder")
    options = parser.parse_args()
    try:
        shown = chosen(list(answered({"completejourney": "completejourney", "mall": options.mall})))
        write(shown, options.out)
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 2
    forms = ", ".join(f"{n} {form}" for form, n in sorted(Counter(s.form for s in shown).items()))
    print(f"{len(shown)} charts in two themes: {options.out / 'index.html'} ({forms})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
