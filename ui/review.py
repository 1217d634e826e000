"""The page on which an analyst reviews answers that users found wrong: the readings side by side, and what becomes of each."""

from __future__ import annotations

import streamlit as st

from assistant.review import Item, alias, items, said_back, synonym
from assistant.verified.confirming import check_analyst
from prompts import word
from semantic_layer.errors import WenshuError
from ui import verifying
from ui.served import Served
from ui.state import View
from ui.text import shown


def draw(this: Served, page: View) -> None:
    """Draws what nobody has closed yet."""
    lang = page.lang
    st.header(word("page_review", lang))
    if not verifying.may(this):
        st.info(word("review_for_analysts", lang))
        return
    try:
        listed = items(this.assistant, this.store, this.user)
    except WenshuError as error:
        st.warning(shown(error.text(lang)))
        return
    if not listed:
        st.info(word("review_none", lang))
    for number, item in enumerate(listed):
        with st.container(border=True):
            _draw(this, page, item, number)


def _draw(this: Served, page: View, item: Item, number: int) -> None:
    lang, opinion = page.lang, item.complaint.opinion
    st.subheader(shown(opinion.question))
    st.caption(word("review_by", lang, user=item.complaint.user or "—", at=f"{opinion.created:%Y-%m-%d %H:%M}"))
    if opinion.comment:
        st.text(opinion.comment)
    readings = [
        ("review_then", said_back(this.assistant, item.then, lang), item.then),
        ("review_now", item.why_not.get(lang) if item.why_not else said_back(this.assistant, item.now, lang), item.now),
        ("review_nearest", f"{item.nearest.id}: {item.nearest.questions[0]}" if item.nearest else "—", item.nearest.query if item.nearest else None),
    ]
    if item.model:
        readings.append(("review_model", said_back(this.assistant, item.model, lang), item.model))
    for column, (key, text, query) in zip(st.columns(len(readings)), readings, strict=True):
        with column:
            st.caption(word(key, lang))
            st.text(text)
            if query is not None:
                arguments = (this, page, item, query.to_dict())
                st.button(word("verified_do", lang), key=f"{key}-{number}", icon=":material/verified:", on_click=_verify, args=arguments)
    with st.expander(word("review_name", lang)):
        _draw_names(this, page, item, number)
    reason, close = st.columns([4, 1], vertical_alignment="bottom")
    reason.text_input(word("review_reason", lang), key=f"reason-{number}", max_chars=500)
    close.button(word("review_close", lang), key=f"close-{number}", on_click=_close, args=(this, page, item, f"reason-{number}"))


def _draw_names(this: Served, page: View, item: Item, number: int) -> None:
    """A name for something of the catalog, or for a value of a field: as a diff, then applied."""
    lang = page.lang
    name = st.text_input(word("review_word", lang), key=f"word-{number}").strip()
    target = st.text_input(word("review_target", lang), key=f"target-{number}").strip()
    value = st.text_input(word("review_value", lang), key=f"value-{number}").strip()
    if not name or not target:
        return
    try:
        shop = this.assistant.shop
        change = alias(shop, target, value, name) if value else synonym(shop, target, name)
    except WenshuError as error:
        st.warning(shown(error.text(lang)))
        return
    st.code(change.diff, language="diff")
    if not change.writable:
        st.info(word("review_by_hand", lang))
    elif st.button(word("review_apply", lang), key=f"apply-{number}", type="primary"):
        try:
            check_analyst(shop.settings, this.user)
            change.apply()
        except WenshuError as error:
            st.warning(shown(error.text(lang)))
            return
        _closed(this, page, item, word("review_applied", lang, word=name, target=target))
        st.rerun()


def _verify(this: Served, page: View, item: Item, query: dict[str, object]) -> None:
    if verifying.keep(this, page, item.complaint.opinion.question, query, item.complaint.opinion.analysis):
        _closed(this, page, item, word("verified_do", page.lang))


def _close(this: Served, page: View, item: Item, key: str) -> None:
    reason = st.session_state.get(key, "").strip()
    if not reason:
        page.notice = word("review_why", page.lang)
        return
    _closed(this, page, item, reason)


def _closed(this: Served, page: View, item: Item, reason: str) -> None:
    try:
        check_analyst(this.assistant.shop.settings, this.user)
        this.store.feedback.close(this.shop, item.complaint.user, item.complaint.answer, this.who, reason)
    except WenshuError as error:
        page.notice = error.text(page.lang)
