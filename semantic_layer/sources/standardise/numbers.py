"""Numbers, money, yes and no."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from semantic_layer.engines.quoting import literal
from semantic_layer.sources.standardise.base import Context, Standardiser, standardiser
from semantic_layer.sources.standardise.text import narrow, trimmed

_SIGNS = {
    "CNY": "¥ ￥ CNY RMB 元 人民币",
    "USD": "$ US$ USD",
    "EUR": "€ EUR",
    "GBP": "£ GBP",
    "JPY": "JPY 日元 円",
    "HKD": "HK$ HKD 港币 港元",
    "TWD": "NT$ TWD 新台币",
}
_NUMBER = r"[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,2})?"
_GROUPED = r"[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?"


_WHOLE = "[0-9]{1,15}"
_SIMPLE = "[0-9]{1,15}([.][0-9]{0,2})?"


def _tidy() -> str:
    """SQL: ordinary digits and signs, without spaces."""
    plain = f"replace(regexp_replace({narrow(trimmed('$x'))}, '\\s+', '', 'g'), '−', '-')"
    return f"CASE WHEN regexp_full_match($x, '{_SIMPLE}') THEN $x ELSE {plain} END"


def _ungrouped() -> str:
    return f"CASE WHEN regexp_full_match($x, '{_NUMBER}') THEN $x WHEN regexp_full_match($x, '{_GROUPED}') THEN replace($x, ',', '') END"


@standardiser("number")
class Number(Standardiser):
    """Numbers with or without commas between thousands, and percentages (12.5% is 0.125)."""

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return "DOUBLE"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        percent = _ungrouped().replace("$x", "rtrim($x, '%')")
        value = f"CASE WHEN ends_with($x, '%') THEN TRY_CAST({percent} AS DOUBLE) / 100 ELSE TRY_CAST({_ungrouped()} AS DOUBLE) END"
        return (_tidy(), value, "CASE WHEN isfinite($x) THEN $x END")


@standardiser("integer")
class Integer(Standardiser):
    """Whole numbers, also as spreadsheets write them (3.0); 3.5 is none."""

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return "BIGINT"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        return (
            _tidy(),
            _ungrouped(),
            "CASE WHEN regexp_full_match($x, '[-+]?[0-9]+') THEN TRY_CAST($x AS BIGINT)"
            " WHEN TRY_CAST($x AS DECIMAL(38, 6)) % 1 = 0 THEN TRY_CAST(TRY_CAST($x AS DECIMAL(38, 6)) AS BIGINT) END",
        )


@standardiser("money")
class Money(Standardiser):
    """Amounts in yuan, as DECIMAL(18, 2): ¥1,234.50, 1234.5元, (12.00) for what is owed, 1.2万. An amount in a currency without a rate is refused."""

    unit: Literal["yuan", "fen"] = Field(default="yuan", description="What a number without a sign counts: yuan, or fen (cents) of them.")
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$", description="The currency that the shop counts in.")
    rates: dict[str, float] = Field(default={}, description="What one of another currency is worth in the shop's.", examples=[{"USD": 7.12}])
    digits: int = Field(default=2, ge=0, le=6, description="Digits after the point that are kept.")

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return f"DECIMAL(18, {self.digits})"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        rates = {self.currency: 1.0, **self.rates}
        # The longest sign first: HK$ is no dollar.
        factors = sorted(((s.upper(), rate) for code, rate in rates.items() for s in _SIGNS.get(code, code).split()), key=lambda f: -len(f[0]))
        known = "|".join(sign.replace("$", "[$]") for sign, _ in factors)
        number = f"regexp_replace($x, {literal(f'^([-+]?)({known})|({known})([)]?)$')}, '\\1\\4')"
        factor = " ".join(
            f"WHEN starts_with(ltrim($x, '(-+'), {literal(sign)}) OR ends_with(rtrim($x, ')'), {literal(sign)}) THEN {rate!r}"
            for sign, rate in factors
        )
        # Fen have no sign: an amount with one is in whole units.
        plain = "0.01" if self.unit == "fen" else "1"
        split = f"CASE WHEN $x IS NOT NULL THEN {{'n': {number}, 'f': CASE {factor} ELSE {plain} END}} END"
        owed = (
            "CASE WHEN regexp_full_match($x.n, '[(].+[)]') THEN {'n': '-' || ltrim($x.n[2:-2], '-'), 'f': $x.f}"
            " WHEN ends_with($x.n, '万') THEN {'n': rtrim($x.n, '万'), 'f': $x.f * 10000} WHEN $x IS NOT NULL THEN $x END"
        )
        signed = f"CASE WHEN $x IS NOT NULL THEN {{'n': regexp_replace($x.n, {literal(f'^([-+]?)({known})')}, '\\1'), 'f': $x.f}} END"
        digits = _ungrouped().replace("$x", "$x.n")
        changed = f"TRY_CAST(TRY_CAST({digits} AS DECIMAL(20, 6)) * CAST($x.f AS DECIMAL(17, 6)) AS {self.gives})"
        amount = f"CASE WHEN $x.f = 1 THEN TRY_CAST({digits} AS {self.gives}) ELSE {changed} END"
        # Most amounts are plain numbers, and go past all that.
        parsed = f"TRY_CAST($in AS {self.gives})" if self.unit == "yuan" else f"CAST(TRY_CAST($in AS BIGINT) * 0.01 AS {self.gives})"
        fits = f"regexp_full_match($in, '{_SIMPLE if self.unit == 'yuan' else _WHOLE}')"
        odd = f"CASE WHEN NOT {fits} THEN upper({_tidy()}) END"
        return (odd, split, owed, signed, f"CASE WHEN {fits} THEN {parsed} ELSE {amount} END")


@standardiser("boolean")
class Boolean(Standardiser):
    """Yes and no in several languages: 是/否, Y/N, true/false, 1/0, 有/无, 已/未, on/off."""

    true: tuple[str, ...] = Field(default=(), description="Further words for yes.", examples=[["同意"]])
    false: tuple[str, ...] = Field(default=(), description="Further words for no.", examples=[["不同意"]])

    @property
    def gives(self) -> str:
        """See Standardiser."""
        return "BOOLEAN"

    def layers(self, context: Context) -> tuple[str, ...]:
        """See Standardiser."""
        yes = ", ".join(literal(w.lower()) for w in ("true", "t", "yes", "y", "1", "1.0", "on", "是", "真", "有", "对", "已", *self.true))
        no = ", ".join(literal(w.lower()) for w in ("false", "f", "no", "n", "0", "0.0", "off", "否", "假", "无", "没有", "错", "未", *self.false))
        return (f"lower({narrow(trimmed('$x'))})", f"CASE WHEN list_contains([{yes}], $x) THEN TRUE WHEN list_contains([{no}], $x) THEN FALSE END")
