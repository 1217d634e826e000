"""What is said to the conversation itself, and asks nothing of the data."""

from __future__ import annotations

import re

EASE = (
    r"(?:请|帮我|麻烦|好的|好吧|好|嗯|算了|不对|不是|不行|等等|错了|那就|那|还是"
    r"|again|please|pls|okay|ok|no|nope|nah|sorry|oops|wait|hmm+|hm|well|actually|never ?mind"
    r"|alright|all right|right|fine|let's|let us|can you|could you|,|，|\.|。|!|！|\s)*"
)
_END = r"(?:一下|一步|吧|了|好吗|again|then|please|pls|thanks|谢谢|\s|[.!?。！？~])*"

_STEP = r"(?:撤销|撤回|撤消|回退|后退|退回|退回去|退一步|倒回去|返回|还原|(?:撤销|撤回|返回|退回|退到|回到|回|取消|恢复|恢复到)?上一步|恢复原样)"
_CHANGE = r"(?:撤销|撤回|取消|还原)(?:刚才|上一步|上次)(?:的|那个|那步|那一步)?(?:修改|操作|改动|更改|条件|步骤)?"
_BACK_TO = r"(?:回到|退回|退到|返回|恢复)(?:到)?(?:刚才|之前|上一个|上一次|上次|前一个)(?:的)?(?:结果|查询|问题|那个|状态)?"
_EARLIER = r"(?:the )?(?:previous|last|one before that|one before|before)(?: (?:one|question|result|query|answer|step))?"

_UNDO = (
    rf"(?:{_STEP}|{_CHANGE}|{_BACK_TO}"
    r"|undo(?: that| this| it| the last (?:one|step|change|thing)| my last (?:change|step))?"
    rf"|go back(?: (?:one|a|1)(?: step)?| to {_EARLIER})?|back to {_EARLIER}"
    r"|(?:revert|roll back|rollback|take back)(?: (?:that|this|it|the last change|to the previous one))?"
    r"|step back|take that back|scratch that|back(?: one(?: step)?| up)?|cancel that)"
)
# 撤销，还是刚才那个: what it goes back to, said once more.
_AS_BEFORE = (
    r"(?:(?:用|要|看|就|是|按)*(?:刚才|刚刚|之前|原来|前面|上一个|前一个)的?(?:那个|那样|那版|那一版|结果|版本)?(?:就行|就好|看)?"
    rf"|(?:(?:i )?(?:want|keep|use|show|give|me|with|as it was|as before)\s*)*(?:{_EARLIER})?)"
)
UNDO = re.compile(EASE + _UNDO + rf"(?:\s*[,，;；.。!！、—-]+\s*{EASE}(?:{_UNDO}|{_AS_BEFORE}))?" + _END, re.IGNORECASE)

_MINE_ZH = r"(?:之前|以前|先前|所有|全部|记住|记下|选过)*(?:的)?(?:选择|偏好|选项)(?:记录)?"
_MINE_EN = r"(?: all)?(?: of)?(?: my| the| what i)?(?: earlier| previous| past| remembered| saved| old)?"

FORGET = re.compile(
    EASE + rf"(?:(?:忘记|忘掉|清除|清空|删除|重置|取消)(?:一下|掉)?我?(?:的)?{_MINE_ZH}"
    r"|(?:把)?我(?:之前|以前|所有)?的?(?:选择|偏好)(?:都)?(?:忘了|忘掉|忘记|清空|清除|删掉)"
    rf"|(?:forget|clear|reset|delete|erase)(?: about)?{_MINE_EN}(?: choices?| preferences?| selections?| chose)(?: before)?)" + _END,
    re.IGNORECASE,
)

LONGEST = 80  # characters of a command


def is_command(command: re.Pattern[str], question: str) -> bool:
    """Whether a question is just this command."""
    return len(question) <= LONGEST and command.fullmatch(question.strip()) is not None
