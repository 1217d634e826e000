"""The bench: is it fast, against hand-written SQL and beside a peer? `python -m eval.bench`."""
