"""What is said to the conversation itself, and asks nothing of the data."""

from __future__ import annotations

import re

_EASE = (
    r"(?:请|帮我|麻烦|好的|好吧|好|嗯|算了|不对|不是|不行|等等|错了|那就|那|还是|again|please|pls|okay|ok|no|nope|nah|sorry|oops|wait|hmm+|hm|well|actually|never ?mind"
    r"|alright|all right|right|fine|let's|let us|can you|could you|,|，|\.|。|!|！|\s)*"
)
_END = r"(?:一下|一步|吧|了|好吗|again|then|please|pls|thanks|谢谢|\s|[.!?。！？~])*"

_STEP = r"(?:撤销|撤回|撤消|回退|后退|退回|退回去|退一步|倒回去|返回|还原|(?:撤销|撤回|返回|退回|退到|回到|回|取消|恢复|恢复到)?上一步|恢复原样)"
_CHANGE = r"(?:撤销|撤回|取消|还原)(?:刚才|上一步|上次)(?:的|那个|那步|那一步)?(?:修改|操作|改动|更改|条件|步骤)?"
_BACK_TO = r"(?:回到|退回|退到|返回|恢复)(?:到)?(?:刚才|之前|上一个|上一次|上次|前一个)(?:的)?(?:结果|查询|问题|那个|状态)?"
_EARLIER = r"(?:the )?(?:previous|last|one before that|one before|before)(?: (?:one|question|result|query|answer|step))?"

UNDO = re.compile(
    _EASE + rf"(?:{_STEP}|{_CHANGE}|{_BACK_TO}"
    r"|undo(?: that| this| it| the last (?:one|step|change|thing)| my last (?:change|step))?"
    rf"|go back(?: (?:one|a|1)(?: step)?| to {_EARLIER})?|back to {_EARLIER}"
    r"|(?:revert|roll back|rollback|take back)(?: (?:that|this|it|the last change|to the previous one))?"
    r"|step back|take that back|scratch that|back(?: one(?: step)?| up)?|cancel that)" + _END,
    re.IGNORECASE,
)

_MINE_ZH = r"(?:之前|以前|先前|所有|全部|记住|记下|选过)*(?:的)?(?:选择|偏好|选项)(?:记录)?"
_MINE_EN = r"(?: all)?(?: of)?(?: my| the| what i)?(?: earlier| previous| past| remembered| saved| old)?"

FORGET = re.compile(
    _EASE + rf"(?:(?:忘记|忘掉|清除|清空|删除|重置|取消)(?:一下|掉)?我?(?:的)?{_MINE_ZH}"
    r"|(?:把)?我(?:之前|以前|所有)?的?(?:选择|偏好)(?:都)?(?:忘了|忘掉|忘记|清空|清除|删掉)"
    rf"|(?:forget|clear|reset|delete|erase)(?: about)?{_MINE_EN}(?: choices?| preferences?| selections?| chose)(?: before)?)" + _END,
    re.IGNORECASE,
)

_TOPIC_ZH = r"(?:问题|话题|事|事情|题|别的|方向|角度)"
_TOPIC_EN = r"(?:question|topic|subject|thing|note|query)"

ANEW = re.compile(
    rf"{_EASE}(?:(?:换|改)(?:一)?(?:个|下)?{_TOPIC_ZH}(?:问问|问|看看|看|吧|说)?|(?:另外?|再)(?:问|来)(?:一)?(?:个|下)?(?:新|别|其他|另外)的?{_TOPIC_ZH}?|另一个{_TOPIC_ZH}|新{_TOPIC_ZH}"
    r"|(?:重新|从头)(?:问|来|开始|查)(?:一)?(?:个|下|遍)?|(?:问|说|看)(?:点|个|些)?别的|不说这个了|这个先放一放|先不管这个"
    rf"|(?:(?:now |and |for )?(?:a |an |one |on a |to a )*(?:new|different|another|separate|fresh|unrelated|next) {_TOPIC_EN}"
    rf"|(?:now |and )?(?:for )?something (?:else|different|new)|(?:let's )?(?:change|changing|switch|switching)(?: the)? (?:topics?|subjects?)|start(?:ing)? (?:over|afresh|anew|from scratch)))"
    r"(?: entirely| altogether| now| please|entirely)*(?P<end>\s*[,，:：;；.。!！—–-]+\s*|\s+(?=how|what|which|who|when|show|give|list))",
    re.IGNORECASE,
)

# What shows that one has read that the last question was not answered.
ACCEPTING = re.compile(
    r"(?:(?:ok(?:ay)?|fine|alright|all right|right|too bad|never ?mind|no worries|got it|i see|fair enough|well|oh well|in that case)(?![a-z]).*|.*[a-z] then[.?!]*"
    r"|(?:好吧|好的|好|行吧|行|那就|那么就|那不|那换|那改|那还是|算了|没事|可惜|知道了|明白了|这样啊|这样的话|既然).*)",
    re.IGNORECASE | re.DOTALL,
)

LONGEST = 80  # characters of a command


def is_command(command: re.Pattern[str], question: str) -> bool:
    """Whether a question is just this command."""
    return len(question) <= LONGEST and command.fullmatch(question.strip()) is not None


def without_opening(question: str) -> str:
    """The question behind words that say that it is a new one (换个问题, new question:); empty where it has none."""
    match = ANEW.match(question)
    return question[match.end() :].strip() if match else ""
