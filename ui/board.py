"""Board: pinned answers as tiles that are asked anew whenever the data change; others of this server may look at it by its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import streamlit as st

from assistant.answer.chart import TABLE
from assistant.pages.board import Tile, stamp, tile
from assistant.store import Board, Pin
from prompts import word
from semantic_layer.errors import WenshuError
from ui import state
from ui.chart import draw_chart, has_chart
from ui.served import Served
from ui.state import Shown, View
from ui.subscribing import subscribe_button
from ui.table import draw_table
from ui.text import shown

BOARD = "b"  # in the page's address
_ACROSS = 6
_WIDTHS = (2, 3, 6)
_AGAIN = 30.0  # seconds after which it is looked whether anything has changed
_LONGEST_TITLE = 200


def draw(this: Served, page: View) -> None:
    """Draws the page."""
    lang = page.lang
    try:
        boards = this.store.boards.of(this.shop, this.who)
        board = _chosen(this, page, boards)
    except WenshuError as error:
        st.warning(shown(error.text(lang)))
        return
    if board and board.user != this.who:
        owner = word("board_of", lang, user=board.user) if board.user else word("board_of_somebody", lang)
        st.header(shown(board.title), anchor=False)
        st.caption(shown(owner))
        st.button(word("board_mine", lang), key="board-mine", type="tertiary", icon=":material/arrow_back:", on_click=_show, args=(page, None))
    else:
        _draw_head(this, page, board, boards)
    if board:
        _draw_tiles(this, page, board)


def _chosen(this: Served, page: View, boards: tuple[Board, ...]) -> Board | None:
    """The board of the address, or the one shown last, or the first. Raises StoreError, UnknownBoard."""
    if "board-opened" not in st.session_state:  # later the address follows the page
        st.session_state["board-opened"] = True
        page.board = st.query_params.get(BOARD) or page.board
    known = {b.id: b for b in boards}
    board = known.get(page.board or "") or next(iter(boards), None)
    if page.board and page.board not in known:
        try:
            other = this.store.boards.board(page.board)
        except WenshuError as error:
            page.notice, other = error.text(page.lang), None
            st.warning(shown(page.notice))
            page.notice = ""
        board = other if other and other.shop == this.shop else board
    page.board = board.id if board else None
    if board and st.query_params.get(BOARD) != board.id:
        st.query_params[BOARD] = board.id
    return board


def _show(page: View, board: str | None) -> None:
    page.board = board


def _draw_head(this: Served, page: View, board: Board | None, boards: tuple[Board, ...]) -> None:
    lang = page.lang
    st.header(shown(board.title) if board else word("page_board", lang), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if board and len(boards) > 1:
            titles = {b.id: b.title for b in boards}
            key = f"board-{board.id}-{len(boards)}"
            st.selectbox(
                word("page_board", lang), list(titles), index=list(titles).index(board.id), format_func=titles.__getitem__, key=key, width=260,
                label_visibility="collapsed", on_change=lambda: _show(page, st.session_state[key]),
            )  # fmt: skip
        with st.popover(word("board_new", lang), icon=":material/add:", key=f"new-board-{len(boards)}"):
            st.text_input(word("board_name", lang), key="board-name", max_chars=_LONGEST_TITLE)
            st.button(word("board_make", lang), key="board-make", on_click=_make, args=(this, page))
        if board:
            with st.popover(word("board_share", lang), icon=":material/link:", key=f"share-{board.id}"):
                st.caption(word("board_share_how", lang))
                st.code(f"{(st.context.url or '').split('?')[0]}?{BOARD}={board.id}", language=None, wrap_lines=True)
            with st.popover(word("board_manage", lang), icon=":material/more_horiz:", key=f"manage-{board.id}"):
                st.text_input(word("board_name", lang), value=board.title, key=f"board-title-{board.id}", max_chars=_LONGEST_TITLE)
                st.button(word("page_rename", lang), key="board-rename", on_click=_rename, args=(this, page, board))
                st.button(word("page_remove", lang), key="board-remove", icon=":material/delete:", on_click=_remove, args=(this, page, board))
    if not board:
        st.text(word("board_none", lang))


def _make(this: Served, page: View) -> None:
    title = st.session_state["board-name"].strip() or word("board_first", page.lang)
    _try(page, lambda: _show(page, this.store.boards.start(this.shop, this.who, title)))


def _rename(this: Served, page: View, board: Board) -> None:
    title = st.session_state[f"board-title-{board.id}"].strip() or board.title
    _try(page, lambda: this.store.boards.rename(board.id, this.who, title))


def _remove(this: Served, page: View, board: Board) -> None:
    _try(page, lambda: this.store.boards.remove(board.id, this.who))
    _show(page, None)


def _try(page: View, done: Callable[[], None]) -> None:
    try:
        done()
    except WenshuError as error:
        page.notice = error.text(page.lang)


@st.fragment(run_every=_AGAIN)
def _draw_tiles(this: Served, page: View, board: Board) -> None:
    """Asks only those tiles anew whose answers may have changed."""
    try:
        pins = this.store.boards.pins(board.id)
    except WenshuError as error:
        st.warning(shown(error.text(page.lang)))
        return
    if not pins:
        st.text(word("board_empty", page.lang))
    if page.notice:  # of a click on a tile, which draws this part alone
        st.warning(shown(page.notice))
        page.notice = ""
    now = stamp(this.assistant, this.user)
    for row in _rows(pins):
        widths = [p.width for p in row]
        rest = _ACROSS - sum(widths)
        for place, pin in zip(st.columns([*widths, rest] if rest else widths), row, strict=False):
            with place, st.container(border=True, key=f"tile-{pin.id}"):
                _draw_tile(this, page, board, pin, now)


def _rows(pins: tuple[Pin, ...]) -> Iterator[list[Pin]]:
    """As many beside each other as there is room for."""
    row: list[Pin] = []
    for pin in pins:
        if sum(p.width for p in row) + pin.width > _ACROSS:
            yield row
            row = []
        row.append(pin)
    if row:
        yield row


def _draw_tile(this: Served, page: View, board: Board, pin: Pin, now: str) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(f"#### {shown(pin.title)}")
        if board.user == this.who:
            _draw_arranging(this, page, board, pin)
    found = _tile(this, page, pin, now)
    if found.note:
        st.warning(shown(found.note), icon=":material/history:")
    answer = found.answer
    if answer is None:
        return
    st.text(answer.text)
    turn = Shown(0, answer)
    if has_chart(turn) and answer.form != TABLE:
        draw_chart(turn, choose=False)
    elif len(answer.columns) > 1 or len(answer.rows) > 1:
        draw_table(turn)
    for caveat in answer.caveats:
        st.caption(shown(caveat))
    if st.button(word("board_ask", page.lang), key=f"ask-{pin.id}", type="tertiary", icon=":material/forum:"):
        state.run(page, pin.title, pin.lang, answer.query or pin.query, pin.analysis)
        st.switch_page(page.pages["chat"])


def _tile(this: Served, page: View, pin: Pin, now: str) -> Tile:
    known = page.tiles.get(pin.id)
    if known is None or known[0] != now:
        try:
            known = now, tile(this.assistant, this.store.boards, pin, this.user)
        except WenshuError as error:
            known = "", Tile(pin, known[1].answer if known else None, error.text(page.lang))
        page.tiles[pin.id] = known
    return known[1]


def _draw_arranging(this: Served, page: View, board: Board, pin: Pin) -> None:
    lang, arguments = page.lang, (this, page, board, pin)
    with st.popover("", icon=":material/tune:", type="tertiary", key=f"arrange-{pin.id}", help=word("board_tile", lang)):
        title, width = f"tile-title-{pin.id}", f"width-{pin.id}"
        st.text_input(
            word("page_pin_title", lang), value=pin.title, key=title, max_chars=_LONGEST_TITLE, on_change=_retitle, args=(*arguments, title)
        )
        nearest = min(_WIDTHS, key=lambda each: abs(each - pin.width))
        st.segmented_control(
            word("board_width", lang), _WIDTHS, default=nearest, required=True, key=width, on_change=_widen, args=(*arguments, width),
            format_func=lambda wide: word(f"board_width_{wide}", lang),
        )  # fmt: skip
        for key, icon, by in (("board_up", ":material/arrow_upward:", -1), ("board_down", ":material/arrow_downward:", 1)):
            st.button(word(key, lang), key=f"{key}-{pin.id}", icon=icon, on_click=_move, args=(*arguments, by))
        subscribe_button(this, page, pin)
        st.button(word("board_unpin", lang), key=f"unpin-{pin.id}", icon=":material/delete:", on_click=_unpin, args=arguments)


def _retitle(this: Served, page: View, board: Board, pin: Pin, key: str) -> None:
    title = st.session_state[key].strip() or pin.title
    _try(page, lambda: this.store.boards.change(board.id, this.who, pin.id, title=title))


def _widen(this: Served, page: View, board: Board, pin: Pin, key: str) -> None:
    width = st.session_state[key]
    _try(page, lambda: this.store.boards.change(board.id, this.who, pin.id, width=width))


def _move(this: Served, page: View, board: Board, pin: Pin, by: int) -> None:
    _try(page, lambda: this.store.boards.move(board.id, this.who, pin.id, by))


def _unpin(this: Served, page: View, board: Board, pin: Pin) -> None:
    _try(page, lambda: this.store.boards.unpin(board.id, this.who, pin.id))
