"""Draws the charts that another process asks for, one a line, until it asks no more. A script of its own, so that little is loaded."""

from __future__ import annotations

import json
import os
import sys

SCALE = 2  # dots per pixel


def main() -> None:
    """Takes `[form, specification]` as a line of JSON; gives a line with the `size` of the picture and the picture, or a line with the `error`."""
    import vl_convert

    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else is to write between the replies
    for line in sys.stdin.buffer:
        form, spec = json.loads(line)
        try:
            if form == "png":
                picture = vl_convert.vegalite_to_png(spec, vl_version="6.1", scale=SCALE)
            else:
                picture = vl_convert.vegalite_to_svg(spec, vl_version="6.1").encode()
            replies.write(json.dumps({"size": len(picture)}).encode() + b"\n" + picture)
        except Exception as error:
            replies.write(json.dumps({"error": str(error)}).encode() + b"\n")
        replies.flush()


if __name__ == "__main__":
    main()
