"""Who is at the page: the user that the process was started for, or, where OpenID Connect is set up, whoever has signed in."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from prompts import word
from ui.served import Served
from ui.state import language
from ui.text import shown

_PROVIDERS = "auth"  # of the secrets
_OF_PROVIDER = "client_id"


def is_set_up() -> bool:
    """Whether the secrets name who signs people in."""
    try:
        return _PROVIDERS in st.secrets
    except StreamlitSecretNotFoundError:
        return False


def signed_in() -> str | None:
    """The name of who has signed in: the e-mail address, unless the provider says that it is not verified; else the user name, or the subject."""
    if not st.user.is_logged_in:
        return None
    claims = ("preferred_username", "sub") if st.user.get("email_verified") is False else ("email", "preferred_username", "sub")
    return next((str(st.user[c]) for c in claims if st.user.get(c)), None)


def draw_sign_in(this: Served) -> None:
    """The page of somebody who has not signed in."""
    lang = language(this)
    st.header(word("page_name", lang), anchor=False)
    st.text(word("page_sign_in_first", lang))
    section = st.secrets[_PROVIDERS]
    named = [name for name, held in section.items() if hasattr(held, "keys") and _OF_PROVIDER in held]
    for name in named or [None]:
        label = word("page_sign_in_with", lang, provider=name) if name else word("page_sign_in", lang)
        st.button(shown(label), key=f"sign-in-{name or ''}", on_click=st.login, args=(name,) if name else (), icon=":material/login:", type="primary")


def draw_signed_in(name: str, lang: str) -> None:
    """Who is signed in, and the way out."""
    with st.sidebar.container(horizontal=True, vertical_alignment="center"):
        st.caption(shown(name))
        st.button(word("page_sign_out", lang), key="sign-out", type="tertiary", icon=":material/logout:", on_click=st.logout)
