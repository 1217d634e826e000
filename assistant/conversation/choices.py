"""The choices of a question back: which one a person picks, what is remembered of it, and which of new ones is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from assistant.language import normalise
from semantic_layer.query import SemanticQuery

LONGEST_KEY = 200
_DIGITS = "一二三四五六七八九"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ENGLISH = ("one", "two", "three", "four", "five", "six")
_PICK = re.compile(
    rf"(?:请|我|就|要|选|选择|用|按|是|the|option|choice|number|no\.?|answer|pick|choose|take|i mean|i'll take|#|\(|（|\s)*"
    rf"(?:第)?(?P<n>\d{{1,2}}|[{_DIGITS}]|{'|'.join(_ORDINALS)}|{'|'.join(_ENGLISH)})"
    r"(?:个|项|种|条|号|st|nd|rd|th)?(?:吧|选项|答案|的)?(?: one| option| choice)?(?:please|,|\)|）|\.|。|!|\s)*",
    re.IGNORECASE,
)
_FORMER, _LATTER = re.compile(r"(?:the )?(?:former|前者|前一个)[.。!]?"), re.compile(r"(?:the )?(?:latter|last one|last|后者|后一个|最后一个)[.。!]?")


def offered(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of an answer that can be picked: those of a question back, or what is offered beside a refusal or an answer."""
    if answer.get("status") == "clarify":
        return list(answer.get("choices") or [])
    return list(answer.get("nearest") or [])


def picked(text: str, answer: dict[str, Any]) -> int | None:
    """The place, from 0, of the choice that a text picks: by its number, or by its words. None where it picks none."""
    choices = offered(answer)
    said = normalise(text).text.strip()
    if not choices or not said:
        return None
    if match := _PICK.fullmatch(said):
        return _number(match.group("n").lower()) - 1
    if _FORMER.fullmatch(said) and len(choices) == 2:
        return 0
    if _LATTER.fullmatch(said):
        return len(choices) - 1
    return _by_words(said, [normalise(c["text"]).text for c in choices])


def _number(word: str) -> int:
    for words in (_DIGITS, _ORDINALS, _ENGLISH):
        if word in words:
            return words.index(word) + 1
    return max(int(word), 1)


def _by_words(said: str, texts: list[str]) -> int | None:
    """The only choice in whose words the text stands, as whole words."""
    said = said.strip(" ?.!。吧")
    said = re.sub(r"^(?:by |按照?|用|选|the |就?按)|(?:来?(?:算|排|看|排序))$", "", said)
    if len(said) < 2:
        return None
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(said)}(?![a-z0-9])") if said.isascii() else re.compile(re.escape(said))
    found = [i for i, t in enumerate(texts) if pattern.search(t)]
    exact = [i for i in found if re.split(r"[;，,]", texts[i])[0].strip() == said]
    return exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else None


def key(answer: dict[str, Any]) -> str:
    """What a choice is remembered by: the words that could be meant in several ways."""
    return key_of(answer.get("unexplained") or ())


def key_of(words: Sequence[str]) -> str:
    """The key for words; empty where there is nothing to go by."""
    joined = " ".join(normalise(w).text for w in words).strip()
    return joined if len(joined) <= LONGEST_KEY else ""


def alike(choices: Sequence[SemanticQuery], chosen: dict[str, Any]) -> SemanticQuery | None:
    """The one choice whose own parts, those that not all choices have, are all in what was chosen before."""
    parts = [_parts(q.to_dict()) for q in choices]
    common = set.intersection(*parts) if parts else set()
    before = _parts(chosen)
    same = [q for q, p in zip(choices, parts, strict=True) if p - common and p - common <= before]
    return same[0] if len(same) == 1 else None


def _parts(query: dict[str, Any]) -> set[str]:
    """A query taken apart: one text for each of its metrics, groups, conditions and so on."""
    out = set()
    for name, value in query.items():
        if name == "limit":
            continue
        for part in value if isinstance(value, list) else [value]:
            out.add(json.dumps([name, part], sort_keys=True, ensure_ascii=False))
    return out
