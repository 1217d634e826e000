"""The script that Streamlit runs anew at every click."""

from ui.frame import draw

draw()
