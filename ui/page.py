"""The script that Streamlit runs anew at every click."""

from ui.chat import draw

draw()
