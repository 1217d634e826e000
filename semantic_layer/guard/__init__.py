"""The one gate: every statement, whoever wrote it, is checked and rewritten here, and the text that comes out is what runs.

Nothing is looked for that is bad; everything has to be known as good: each node of the tree, each function, each
table where it stands. What a future parser or engine adds is refused until it is listed in `allowed.py`.
"""

from semantic_layer.guard.gate import Admitted, Gate
from semantic_layer.guard.rows import Link, read_filter
from semantic_layer.guard.text import MAX_BYTES, MAX_DEPTH

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Admitted", "Gate", "Link", "read_filter"]
