"""Money: whole numbers of a currency's smallest unit. It is never rounded: what is split is split to the last unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from domain.kernel import Rejected, Value

MOST = 10**15
"""No amount is larger. A million of them still fit where amounts are summed."""

_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_TEN_THOUSANDTHS = "CLF UYW"
_HUNDREDTHS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
    NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC
    SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""

EXPONENTS: dict[str, int] = {
    currency: exponent
    for exponent, currencies in ((0, _WHOLE), (2, _HUNDREDTHS), (3, _THOUSANDTHS), (4, _TEN_THOUSANDTHS))
    for currency in currencies.split()
}
"""The currencies of ISO 4217, and how many digits of each are behind the point."""

if TYPE_CHECKING:
    Currency = str
else:
    Currency = Literal[tuple(sorted(EXPONENTS))]
    """One of them. Where a value comes in, any other is refused."""


class Money(Value):
    """So many of the smallest unit of a currency: 4900 EUR are 49 euros, 4900 JPY are as many yen."""

    amount: Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("money is counted in whole units, never in fractions")
        if abs(self.amount) > MOST:
            raise Rejected("money.too_large", "no amount of money is as large as that")
        if self.currency not in EXPONENTS:
            raise Rejected("money.unknown_currency", "this is no currency of ISO 4217")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._alike(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Its parts by these weights, which add up to it: units left over go to the largest remainders, then in order.

        What is owed is split as what is had: the parts of -x are those of x, negated.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("money is split by weights of which none is negative and one at least is not zero")
        size, sign = abs(self.amount), -1 if self.amount < 0 else 1
        parts = [size * weight // whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % whole), place))
        for place in by_remainder[: size - sum(parts)]:
            parts[place] += 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def said(self) -> str:
        """As people and accounting programs write it: 49.00 EUR, -4900 JPY, 1.250 KWD."""
        exponent = EXPONENTS[self.currency]
        digits = str(abs(self.amount)).rjust(exponent + 1, "0")
        sign = "-" if self.amount < 0 else ""
        return (
            f"{sign}{digits[:-exponent]}.{digits[-exponent:]} {self.currency}"
            if exponent
            else (f"{sign}{digits} {self.currency}")
        )

    def _alike(self, other: Money) -> int:
        if other.currency != self.currency:
            raise Rejected("money.other_currency", f"this is in {other.currency}, not in {self.currency}")
        return other.amount
