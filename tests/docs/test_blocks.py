"""The runner of pages itself: what it takes for a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import blocks, commands, run_page

PAGE = """# A page

```sh
echo one > file
```

Some words, and something that is not run:

```yaml
name: small
```

```sh
cat file
echo two; echo three
```

```text
one
…
three
```
"""


def test_the_blocks_of_a_page_with_their_lines() -> None:
    assert [(b.language, b.line) for b in blocks(PAGE)] == [("sh", 3), ("yaml", 9), ("sh", 13), ("text", 18)]
    assert commands(PAGE) == ["echo one > file\n", "cat file\necho two; echo three\n"]


def test_blocks_run_in_order_in_one_folder(tmp_path: Path) -> None:
    run_page(PAGE, tmp_path)
    assert (tmp_path / "here" / "file").read_text(encoding="utf-8") == "one\n"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (PAGE.replace("cat file", "cat nowhere"), r"line 13: exit code 1"),
        (PAGE.replace("echo two;", "false;"), r"line 13: exit code 1"),
        (PAGE.replace("…\nthree", "four"), r"line 18: not printed, or not in this order: four"),
        (PAGE.replace("one\n…\nthree", "three\none"), r"line 18: not printed, or not in this order: one"),
        (PAGE.replace("cat file", "wenshu frobnicate"), r"line 13: exit code 2"),
    ],
)
def test_what_fails(tmp_path: Path, page: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        run_page(page, tmp_path)
