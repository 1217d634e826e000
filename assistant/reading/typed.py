"""A question as people type it, in the one spelling that it is read in."""

from __future__ import annotations

import re

from assistant.language import normalise

# A word that ranks, typed together with its number: top3.
_GLUED = re.compile(r"(?<![a-z])(top|bottom|last|first)(\d)")
# A sign for a number of things: # households.
_HASH = re.compile(r"(?<!\S)# ?(?=[a-z])")
# A number typed apart from its Chinese unit: 11 月.
_APART = re.compile(r"(?<=\d) (?=[月日号年周季天个家户次单件块元](?!均))")
# A letter typed apart from what is behind it: A 类活动.
_LETTER_APART = re.compile(r"(?<![a-z0-9])([a-z]) (?=[类型款级档组](?![一-鿿]?[a-z]))")
# A dash between two clauses, and not between the ends of a range.
_NO_CLAUSE = r"(?!(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|today|now|yesterday|present)[a-z]*\b)"
_DASH = re.compile(rf"(?:(?<=[a-z?)])|(?<=q[1-4])|(?<=20\d\d)) (?:-|–|—|--) (?={_NO_CLAUSE}[a-z]{{3,}})")
# For whom it is saved says nothing of what is saved: 优惠券替顾客省了多少.
_FOR_THEM = re.compile(
    r"(?<=[一-鿿])[给替帮为](?:我们的?|咱们?的?)?(?:顾客|客户|会员|用户|消费者|买家|客人|大家|家庭)们?(?=(?:一共|总共|共|累计|合计|都)?[抵省减让优免便])"
)
# A quarter typed together with Chinese: Q2日均.
_QUARTER = re.compile(r"(?<![a-z0-9])(q[1-4])(?=日均|天|日)")
# The first few, by what they are called: 冠亚季军, 前三甲, 十强, 十大品类.
_PODIUM = re.compile(r"冠[、军]?亚[、军]?(季)?军|前?(三甲|[三五八十]强|二十强|百强)|前?(十大)(?=[一-鿿])")
# 三大部门: three of them.
_GREAT = re.compile(r"(?<=[两三四五六七八九])大(?=[一-鿿])(?![件步约概])")
# So long without: 超过90天没买过, 连续三个月没下单.
_WITHOUT = re.compile(
    r"(?<![近去后前内\d])(?:已经|已|超过|超|满|有|连续)*((?:\d{1,3}|[一二两三四五六七八九十]{1,3})(?:天|周|个月)|半年|[一二两三]年)"
    r"(?:以上|多|了|内|里)?(?=都?(?:一直)?(?:没有?|未)[^满到足超过])"
)
# Words of time joined by a hyphen: third-quarter sales, Monday-to-Friday, quarter-wise.
_DAY = r"(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?s?"
_BASES = {
    "bought": "buy", "purchased": "purchase", "ordered": "order", "viewed": "view", "redeemed": "redeem", "returned": "return", "used": "use",
    "browsed": "browse", "favourited": "favourite", "favorited": "favorite",
}  # fmt: skip
_NO_DEED = r"(?:orders?|purchases?|one|longer|more|less|only|just|in|at|on|since|for|with|the|always|yet|every|all|until|before|after)\b"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_HYPHENATED = (
    (re.compile(r"\b(first|second|third|fourth|last|this|next|prior|previous|full|half)-(?=(?:day|week|month|quarter|half|year)\b)"), r"\1 "),
    (re.compile(rf"\b({_DAY})-(to|through|thru)-(?={_DAY}\b)"), r"\1 \2 "),
    (re.compile(r"\b(day|week|month|quarter|year)[ -]?wise\b"), r"by \1"),
    (re.compile(r"(?<=[a-z])/(?=(?:day|week|month|quarter|year|customer|household|store|basket|receipt|order|trip)\b)"), " per "),
    (re.compile(r"\b(no (?:orders?|purchases?)) (?:in|for) (?:more than |over |at least )?(\d+) (days|weeks|months)\b"), r"\1 in the last \2 \3"),
    (
        re.compile(r"(?<=n't )(\w+(?: \w+){0,3}) (?:for|in) (?:more than |over |at least )?(\d+) (days|weeks|months)\b"),
        r"\1 in the last \2 \3",
    ),
    (
        re.compile(
            r"\b((?:first|second|third|fourth) (quarter|half))\b(.{0,40}?\b(?:than|vs|versus|beat|against|over|and)\b(?: in| of)? the )"
            r"(first|second|third|fourth)(?: one)?\b(?! (?:quarter|half|week|month|day|year|time|order|purchase))"
        ),
        r"\1\3\4 \2",
    ),  # more in the second quarter than in the first
    (re.compile(r"\bcalendar (?:year )?(?=(?:19|20)\d\d\b)"), ""),
    # bought diapers but no baby food: the verb, said once
    (
        re.compile(rf"\b({'|'.join(_BASES)}) ((?:(?!but\b)[a-z0-9'&/-]+ ){{1,5}}?)but (?:no|not any|without any|not) (?!{_NO_DEED})(?=[a-z])"),
        lambda m: f"{m[1]} {m[2]}but did not {_BASES[m[1]]} ",
    ),
    (re.compile(r"\bthru\b"), "through"),
    (re.compile(r"\b(?:hw|hwo|hou|hoow) (?=many\b|much\b)"), "how "),
    (re.compile(r"(?<=[一-鿿])vs\.?(?=[\d一-鿿])"), " vs "),
    (re.compile(r"(?<=以[上下])\((?:含|包含|包括)\d+[^()\d]{0,4}\)"), ""),  # 5次以上(含5次)
    (re.compile(rf"\bbetween (\d{{1,2}}(?:st|nd|rd|th)?) and (?=\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH})"), r"from \1 to "),
    (re.compile(r"(?<![/\w])b/c(?= of\b)"), "because"),
    # products without reviews, how many of them: what is counted stands before the question
    (
        re.compile(
            r"^((?!of\b|out of\b)[^,;:?]{6,})[,:;] ?how many of (?:them|those|these)(?: (?:are|were|is) there| in total| altogether)? ?\??$"
        ),
        lambda m: "how many " + re.sub(r" which ", " that ", m[1]),
    ),
    (re.compile(r"(?<=, )w/(?= )"), "with"),
    (re.compile(r"(?<=[a-z] )n(?= [a-z])(?! (?:days|weeks|months))"), "and"),
    (re.compile(r"\b(got|get|had|has|have|having|with|made|received|placed|saw|wrote) zero (?=[a-z])"), r"\1 no "),
    (re.compile(r"(?<=\d%) of the time\b"), ""),
    (re.compile(r"(?<=\d)h\+"), "+ hours"),
    (re.compile(r"(?<=\d)h\b(?!/)"), " hours"),
    (
        re.compile(
            r"\b(?:break|split|cut|slice)(?:t?ing)? ((?!(?:down|out|up|it|this|that|them|these|those)\b)[^,;.?]{2,60}?) (?:down|out|up) by\b"
        ),
        r"break down \1 by",
    ),
    # sent fashion items back: the verb and its particle around a short object; were sent coupons back in May is another thing
    (
        re.compile(
            r"(?<!was )(?<!were )(?<!got )(?<!been )\b(send|sends|sent|sending|brought|bring|bringing) "
            r"(?!back\b)((?:(?!(?:and|or|who|that|to|in|on|from|back|out)\b)[a-z'-]+ ){1,3})back\b(?! (?:in|to|then|at)\b)"
        ),
        r"\1 back \2",
    ),
    (
        re.compile(
            r"\b(customers|people|users|shoppers|buyers|members|clients|households|they) (send|sent) "
            r"(?!back\b)((?:(?!(?:and|or|who|that|to|in|on|from|back|out)\b)[a-z'-]+ ){1,3})back\b"
        ),
        r"\1 \2 back \3",
    ),
    (re.compile(r"(?<!\d)6\.18(?=大促|年中|活动|购物节|促销|期间)"), "618"),
    (re.compile(r"(?<!\d)(1[12])\.\1(?=大促|活动|购物节|促销|期间)"), r"双\1"),
)


def one_spelling(question: str) -> str:
    """A question normalised, with glued words apart."""
    text = _LETTER_APART.sub(r"\1", _APART.sub("", _HASH.sub("number of ", _QUARTER.sub(r"\1 ", _GLUED.sub(r"\1 \2", normalise(question).text)))))
    text = _GREAT.sub("个", _PODIUM.sub(_podium, text))
    text = _DASH.sub(", ", _FOR_THEM.sub("", text))
    text = _WITHOUT.sub(_not_since, text)
    for pattern, plain in _HYPHENATED:
        text = pattern.sub(plain, text)
    return text


def _not_since(match: re.Match[str]) -> str:
    return f"最近{match[1]}"


def _podium(match: re.Match[str]) -> str:
    if match[3]:
        return "前十个"
    return f"前{match[2].rstrip('甲强')}名" if match[2] else "前三名" if match[1] else "前两名"
