"""What reaches people: phone numbers and e-mail addresses. As hashes, unless they are declared to be needed."""

from __future__ import annotations

from pydantic import Field

from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import narrow, trimmed


class _Reached(Standardiser):
    personal = True

    needed: bool = Field(
        default=False, description="The value itself is kept; otherwise a hash with the shop's secret, by which equal ones are equal."
    )

    def _hashed(self, context: Context) -> tuple[str, ...]:
        return () if self.needed else (f"CASE WHEN $x IS NOT NULL THEN left(sha256({context.salt} || $x), 32) END",)


@standardiser("phone")
class Phone(_Reached):
    """Mainland numbers as 11 digits (+86 138-0000-1111), others as digits with their +. Masked ones (138****1111) are refused."""

    last: int | None = Field(default=None, ge=2, le=8, description="Only the last digits are kept, of masked numbers too.", examples=[4])

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        digits = f"regexp_replace(regexp_replace({narrow(trimmed('$x'))}, '^([0-9]+)[.]0$', '\\1'), '[\\s().·-]+', '', 'g')"
        if self.last is not None:
            return (digits, f"regexp_extract($x, '^[+]?[0-9*xX]*([0-9]{{{self.last}}})$', 1)", "NULLIF($x, '')")
        plain = "regexp_replace(regexp_replace($x, '^00', '+'), '^([+]?86)(1[0-9]{10})$', '\\2')"
        valid = "CASE WHEN regexp_full_match($x, '1[3-9][0-9]{9}|0[0-9]{9,11}|[+][0-9]{7,15}|400[0-9]{7}') THEN $x END"
        return (digits, plain, valid, *self._hashed(context))


@standardiser("email")
class Email(_Reached):
    """E-mail addresses in small letters."""

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        valid = "CASE WHEN regexp_full_match($x, '[^@\\s,;<>]+@([a-z0-9-]+[.])+[a-z]{2,}') THEN $x END"
        return (f"lower({narrow(trimmed('$x'))})", valid, *self._hashed(context))
