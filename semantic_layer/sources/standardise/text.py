"""Text: spaces, width of letters, capitals, damaged encodings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from semantic_layer.engines.quoting import literal
from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser

# Full-width forms of ASCII, and the ideographic space.
_WIDE = "".join(chr(c) for c in range(0xFF01, 0xFF5F)) + "　"
_NARROW = "".join(chr(c) for c in range(0x21, 0x7F)) + " "
_INVISIBLE = "[\\x{200B}-\\x{200F}\\x{2060}\\x{FEFF}\\x{00AD}\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F]"
_SPACE = "[\\s\\x{3000}\\x{00A0}]"
# What Windows-1252 makes of the bytes 0x80 to 0x9F, where Latin-1 has control characters.
_WINDOWS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_BYTES = "".join(chr(ord(c.encode("cp1252"))) for c in _WINDOWS)


def trimmed(x: str) -> str:
    """SQL: without invisible characters, and without spaces of any width at both ends."""
    clean = f"regexp_replace(regexp_replace({x}, '{_INVISIBLE}', '', 'g'), '^{_SPACE}+|{_SPACE}+$', '', 'g')"
    # Most texts are clean already, which is told faster than cleaned.
    return f"CASE WHEN regexp_matches({x}, '{_INVISIBLE}|^{_SPACE}|{_SPACE}$') THEN {clean} ELSE {x} END"


def narrow(x: str) -> str:
    """SQL: full-width letters, digits and signs as ordinary ones."""
    wide = f"strlen({x}) <> length({x}) AND regexp_matches({x}, '[\\x{{FF01}}-\\x{{FF5E}}\\x{{3000}}]')"
    return f"CASE WHEN {wide} THEN translate({x}, {literal(_WIDE)}, {literal(_NARROW)}) ELSE {x} END"


def folded(x: str) -> str:
    """SQL: the form in which spellings are compared: narrow, without spaces and accents of case."""
    return f"lower(regexp_replace({narrow(x)}, '\\s+', '', 'g'))"


@standardiser("trim")
class Trim(Standardiser):
    """Takes away invisible characters, and spaces at both ends."""

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (trimmed("$x"),)


@standardiser("narrow")
class Narrow(Standardiser):
    """Writes full-width letters, digits and signs (ＡＢＣ１２３) as ordinary ones."""

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (narrow("$x"),)


@standardiser("case")
class Case(Standardiser):
    """Writes all letters in capitals, or none."""

    to: Literal["upper", "lower"] = Field(default="lower", description="upper or lower.")

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (f"{self.to}($x)",)


@standardiser("repair")
class Repair(Standardiser):
    """Puts right UTF-8 that was read as Latin-1 or Windows-1252 (åŒ—äº¬ is 北京). Text with characters lost for good (�) is refused."""

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        as_bytes = f"translate($x, {literal(_WINDOWS)}, {literal(_BYTES)})"
        digits = f"array_to_string(list_transform(string_split({as_bytes}, ''), lambda c: format('{{:02x}}', unicode(c))), '')"
        damaged = (
            f"regexp_matches({as_bytes}, '[\\x{{C2}}-\\x{{F4}}][\\x{{80}}-\\x{{BF}}]') AND NOT regexp_matches({as_bytes}, '[^\\x{{00}}-\\x{{FF}}]')"
        )
        return (f"CASE WHEN contains($x, chr(65533)) THEN NULL WHEN {damaged} THEN coalesce(TRY(decode(unhex({digits}))), $x) ELSE $x END",)


@standardiser("text")
class PlainText(Standardiser):
    """Trims, and writes several spaces as one. With `longest` what is longer is refused."""

    longest: int | None = Field(default=None, ge=1, description="Characters that the text may have at most.")

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        tidy = f"regexp_replace({trimmed('$x')}, '[ \\t\\x{{3000}}\\x{{00A0}}]{{2,}}', ' ', 'g')"
        return (tidy,) if self.longest is None else (tidy, f"CASE WHEN length($x) <= {self.longest} THEN $x END")
