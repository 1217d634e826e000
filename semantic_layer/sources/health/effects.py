"""What the rows of a finding do to metrics, as it is reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from semantic_layer.catalog.models import Text
from semantic_layer.errors import Message

NOTICED = 0.0005  # of the value; smaller moves are not named
_NAMED = 3


@dataclass(frozen=True)
class Effect:
    """A metric over all time, counting the rows of a finding and leaving them out; None where it has no value then."""

    metric: str
    label: Text
    included: float | None
    excluded: float | None

    @property
    def share(self) -> float | None:
        """How far leaving the rows out moves it, as a part of the value that counts them; None where there is nothing to compare with."""
        return (self.excluded or 0.0) / self.included - 1 if self.included else None

    @property
    def size(self) -> float:
        """How grave it is: the move without its sign; one where a value appears or goes."""
        if self.share is not None:
            return abs(self.share)
        return 0.0 if (self.included or 0.0) == (self.excluded or 0.0) else 1.0

    def to_dict(self, lang: str) -> dict[str, Any]:
        """For programs; the name in `zh` or `en`."""
        name = self.label.get(lang) or self.metric
        return {"metric": self.metric, "name": name, "included": self.included, "excluded": self.excluded, "share": self.share}


@dataclass(frozen=True)
class Effects:
    """What is known: metrics that were computed, the largest move first, and those that could not be, with the reason."""

    moved: tuple[Effect, ...] = ()
    unknown: tuple[tuple[str, Text], ...] = ()
    why: Message = field(default_factory=Message)

    @property
    def size(self) -> float:
        """The largest move."""
        return max((e.size for e in self.moved), default=0.0)

    def message(self, *, left_out: bool) -> Message:
        """In one or two sentences; `left_out` says that the rows are left out already."""
        said = list(self._said(left_out))
        return Message(" ".join(m.en for m in said), "".join(m.zh for m in said))

    def _said(self, left_out: bool) -> Iterator[Message]:
        named = [e for e in self.moved if e.size >= NOTICED][:_NAMED]
        if named:
            en = ", ".join(f"{e.label.get('en') or e.metric} {_move(e, 'by ', 'from')}" for e in named)
            zh = "、".join(f"{e.label.get('zh') or e.metric} {_move(e, '', '由')}" for e in named)
            first = (
                Message("Leaving them out moves ", "不计这些行使指标变动：")
                if left_out
                else Message("Excluding them would move ", "若不计这些行，指标变动：")
            )
            yield first + Message(f"{en}.", f"{zh}。")
        elif self.moved:
            yield Message(f"No metric moves by 0.1% ({len(self.moved)} computed).", f"涉及的 {len(self.moved)} 个指标变动都不到 0.1%。")
        if self.unknown:
            more = len(self.unknown) - _NAMED
            en = ", ".join(label.get("en") or name for name, label in self.unknown[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            zh = "、".join(label.get("zh") or name for name, label in self.unknown[:_NAMED]) + (f"等 {len(self.unknown)} 个" if more > 0 else "")
            yield Message(f"Not computed for {en}: {self.why.en}.", f"以下指标无法计算：{zh}（{self.why.zh}）。")
        if not self.moved and not self.unknown:
            yield Message("No metric rests on it.", "没有指标用到它。")

    def to_dict(self, lang: str) -> dict[str, Any]:
        """For programs."""
        none = [{"metric": name, "name": label.get(lang) or name} for name, label in self.unknown]
        return {"computed": [e.to_dict(lang) for e in self.moved], "not_computed": none, "why": self.why.text(lang) if none else None}


def _move(effect: Effect, by: str, between: str) -> str:
    if effect.share is not None:
        return f"{by}{effect.share:+.1%}"
    values = ["–" if v is None else f"{v:,.6g}" for v in (effect.included, effect.excluded)]
    return f"{between} {values[0]} {'to' if by else '到'} {values[1]}"
