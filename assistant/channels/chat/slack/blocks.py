"""A message as blocks of Slack (Block Kit), within its limits. Sentences are plain text; only the table is mrkdwn, for its monospaced font."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.channels.chat.message import Button, Message
from assistant.channels.chat.slack.text import escaped, size, visible, width
from prompts import word

Block = dict[str, Any]
BLOCKS = 50  # of a message
TEXT = 3000  # of a section, and of the text of a context
LABEL, VALUE = 75, 2000  # of a button
BUTTONS = 25  # of a block of actions
CELL, LINE = 32, 96  # columns that a cell may take in any table, and that a line may take for cells to be wider: beyond, lines break
FENCE = "```"
DO = "wenshu:do:"  # how the ids of our buttons begin


@dataclass(frozen=True)
class Dressed:
    """Blocks, the text that notifications show, and how many rows of the table are not shown."""

    blocks: list[Block]
    text: str
    left: int


def dressed(message: Message, file: bool = True) -> Dressed:
    """A message as Slack shows it. `file`: whether the rows that are not shown come as a file."""
    table, shown = _table(message)
    left = message.more + len(message.table) - shown
    details = list(message.details)
    if left:
        details.insert(0, word("chat_rows_in_file", message.lang, rows=f"{left:,}") if file else word("chat_more_rows", message.lang, n=f"{left:,}"))
    blocks = [section(message.text or "—"), *table]
    numbered = [b.model_copy(update={"label": f"{n}. {b.label}"}) for n, b in enumerate(message.ask, 1)]
    if any(size(escaped(b.label)) > LABEL for b in numbered):  # the whole of what the buttons have no room for
        blocks.append(section("\n".join(b.label for b in numbered)))
    if details:
        blocks.append(_context("\n".join(details)))
    if numbered:
        blocks += [*_actions(numbered, "ask"), _context(word("chat_or_number", message.lang))]
    blocks += _actions([b for b in message.buttons if not b.do.startswith("action:")], "next")
    decisions = [b for b in message.buttons if b.do.startswith("action:")]
    for n, action in enumerate(dict.fromkeys(_action(b.do) for b in decisions)):
        blocks += _actions([b for b in decisions if _action(b.do) == action], f"decide:{n}")
    return Dressed(blocks[:BLOCKS], escaped(message.text or "—", TEXT), left)


def used(blocks: Sequence[Block], do: str) -> list[Block]:
    """The blocks of a message after a button of it was clicked: it says so instead of the button and of those that it rules out."""
    out: list[Block] = []
    for block in blocks:
        buttons = block.get("elements", []) if block.get("type") == "actions" else []
        clicked = next((b for b in buttons if b.get("value") == do), None)
        if clicked is None:
            out.append(block)
            continue
        left = [b for b in buttons if not _ruled_out(b.get("value", ""), do)]
        out += [{**block, "elements": left}] if left else []
        done = {"type": "plain_text", "text": f"✓ {clicked['text']['text']}", "emoji": False}  # escaped already
        out.append({"type": "context", "elements": [done]})
    return out


def _ruled_out(other: str, do: str) -> bool:
    """Of a question back one is chosen; an action is taken on or put aside; of what to ask next, the rest can still be asked."""
    kind = do.partition(":")[0]
    if kind == "action":
        return _action(other) == _action(do)
    return other == do or (kind == "choice" and other.startswith("choice:"))


def _action(do: str) -> str:
    """The action that a button is about."""
    return do.rpartition(":")[2]


def _context(text: str) -> Block:
    return {"type": "context", "elements": [plain(text)]}


def section(text: str) -> Block:
    """A paragraph of text that is shown as it is."""
    return {"type": "section", "text": plain(text)}


def plain(text: str, most: int = TEXT) -> Block:
    """Text that is shown as it is, and cut where it is too long."""
    return {"type": "plain_text", "text": escaped(text, most), "emoji": False}


def button(label: str, id: str, value: str, main: bool = False) -> Block:
    """A button with a label that is cut where it is too long."""
    out = {"type": "button", "action_id": id, "value": value, "text": plain(label, LABEL)}
    return {**out, "style": "primary"} if main else out


def _actions(buttons: Sequence[Button], name: str) -> list[Block]:
    shown = [b for b in buttons if len(b.do) <= VALUE]
    return [
        {"type": "actions", "elements": [button(b.label, f"{DO}{name}:{n}", b.do, b.main) for n, b in enumerate(shown[at : at + BUTTONS], at)]}
        for at in range(0, len(shown), BUTTONS)
    ]


def _table(message: Message) -> tuple[list[Block], int]:
    """The table as a monospaced block, and how many rows of it there is room for."""
    if not message.table:
        return [], 0
    most = max(CELL, LINE // len(message.heads))
    rows = [[_cell(c, most) for c in row] for row in (message.heads, *message.table)]
    right = message.numeric or (False,) * len(message.heads)
    widths = [max(width(row[n]) for row in rows) for n in range(len(message.heads))]
    lines = [_line(row, widths, right) for row in rows]
    room, kept = TEXT - 2 * len(FENCE) - 2, 0
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            break
        kept += 1
    if kept < 2:
        return [], 0
    text = "\n".join([FENCE, *lines[:kept], FENCE])
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}], kept - 1


def _cell(text: str, most: int) -> str:
    """A cell in one line; `'` for the mark that would end the monospaced block."""
    line = " ".join(visible(text).replace("`", "'").split())
    if width(line) <= most:
        return line
    line = line[:most]
    while width(line) > most - 1:
        line = line[:-1]
    return line + "…"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, wide, to_right in zip(cells, widths, right, strict=True):
        space = " " * (wide - width(cell))
        padded.append(space + escaped(cell) if to_right else escaped(cell) + space)
    return "  ".join(padded).rstrip()
