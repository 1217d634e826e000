"""The rows that a field says nothing of, left out in so many words."""

from __future__ import annotations

import re

from assistant.reading.state import State
from semantic_layer.query import FieldCondition

# Those who have no age on file are left out: 没年龄资料的别算进来, skip households without an income on record.
_UNKNOWN_OUT = re.compile(
    r"(?:没有?|缺少?|无)(?P<zh>[^,;。()没]{0,6}?)(?:的)?(?:资料|信息|档案|数据|记录|登记)的?(?:家庭|顾客|客户|用户|人|户)?(?:就|都|一律|全|先|请)?"
    r"(?:(?:别|不要?|不用|甭|勿)(?:把?它?们?)?(?:算|统计|计|列|放|看|管|带)(?:进来|进去|进|入|在内|上)?|剔除|排除|去掉|扣掉|刨掉|除外|剔掉|略过|跳过)(?:掉)?"
    r"|\b(?:skip|skipping|leave out|leaving out|ignore|ignoring|drop|dropping|exclude|excluding|omit|omitting|not counting|minus)"
    r" (?:the |those |any |all )?(?:ones |households |homes |customers |shoppers |people |users |anyone |everyone )?"
    r"(?:who have |that have |with |having |of )?"
    r"(?:no|without an?|without|unknown|missing) (?P<en>[a-z ]{2,24}?)(?: on file| known| on record| recorded| data| info| information)?(?=[,;.)]|$)"
)


def left_out(state: State) -> None:
    """Only where the field that is named, or each that the answer is split by, is filled in."""
    said = _UNKNOWN_OUT.search(state.text)
    if said is None:
        return
    inside = [m for m in state.marks if said.start() <= m.start and m.end <= said.end()]
    name = "zh" if said["zh"] is not None else "en"
    told = [m for m in inside if said.start(name) <= m.start and m.end <= said.end(name) and not m.filler]
    fields = [m.fields[0] for m in told if m.fields]
    if not told and name == "zh":
        split = [t for op in state.ops("by") if (t := state.after(op)) and t.fields]
        fields = [m.fields[0] for m in split if state.catalog.dataset(m.fields[0].split(".")[0]).time is None]
    if not fields or len(told) > len(fields):
        return
    state.where += [FieldCondition(field=f, op="not_null") for f in fields]
    for mark in inside:
        state.take(mark, "known")
