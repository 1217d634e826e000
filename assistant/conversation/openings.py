"""How a question opens that has nothing to do with the last one, or that accepts that the last one was not answered."""

from __future__ import annotations

import re

from assistant.conversation.commands import EASE

_TOPIC_ZH = r"(?:问题|话题|事|事情|题|别的|方向|角度)"
_TOPIC_EN = r"(?:question|topic|subject|thing|note|query)"
_ANEW_ZH = (
    rf"(?:换|改)(?:一)?(?:个|下)?{_TOPIC_ZH}(?:问问|问|看看|看|吧|说)?",
    rf"(?:另外?|再)(?:问|来)(?:一)?(?:个|下)?(?:新|别|其他|另外)的?{_TOPIC_ZH}?|另一个{_TOPIC_ZH}|新{_TOPIC_ZH}",
    r"(?:重新|从头)(?:问|来|开始|查)(?:一)?(?:个|下|遍)?|(?:问|说|看)(?:点|个|些)?别的|不说这个了|这个先放一放|先不管这个",
)
_ANEW_EN = (
    rf"(?:now |and |for )?(?:a |an |one |on a |to a )*(?:new|different|another|separate|fresh|unrelated|next) {_TOPIC_EN}",
    r"(?:now |and )?(?:for )?something (?:else|different|new)",
    r"(?:let's )?(?:change|changing|switch|switching)(?: the)? (?:topics?|subjects?)|start(?:ing)? (?:over|afresh|anew|from scratch)",
)
_ANEW = re.compile(
    rf"{EASE}(?:{'|'.join((*_ANEW_ZH, *_ANEW_EN))})(?: entirely| altogether| now| please)*"
    r"(?:\s*[,，:：;；.。!！—–-]+\s*|\s+(?=how|what|which|who|when|show|give|list))",
    re.IGNORECASE,
)
_ACCEPTED_EN = r"ok(?:ay)?|fine|alright|all right|right|too bad|never ?mind|no worries|got it|i see|fair enough|well|oh well|in that case"
_ACCEPTED_ZH = r"好吧|好的|好|行吧|行|那就|那么就|那看|那么看|那查|那不|那换|那改|那还是|算了|没事|可惜|知道了|明白了|这样啊|这样的话|既然"
_ACCEPTING = re.compile(rf"(?:(?:{_ACCEPTED_EN})(?![a-z]).*|.*[a-z] then[.?!]*|(?:{_ACCEPTED_ZH}).*)", re.IGNORECASE | re.DOTALL)


def without_opening(question: str) -> str:
    """The question behind words that say that it is a new one (换个问题, new question:); empty where it has none."""
    match = _ANEW.match(question)
    return question[match.end() :].strip() if match else ""


def accepts(question: str) -> bool:
    """Whether the words show that one has read that the last question was not answered, and goes on without it."""
    return _ACCEPTING.fullmatch(question.strip()) is not None
