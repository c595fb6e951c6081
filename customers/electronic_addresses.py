"""Which kinds of number an electronic address can be: the code list EAS. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum import ean
from stdnum.au import abn
from stdnum.be import vat as belgian
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# EAS as of 30 March 2026 (CEN's rules 1.3.16, BR-CL-25) and 4 August 2026 (Factur-X 1.09.2), what
# both know: another scheme breaks a rule of one of the files. What is kept names some of them, so
# none is taken out. The packaged rules are held to it by a test.
SCHEMES = frozenset(
    """
    0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177
    0183 0184 0188 0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205
    0208 0209 0210 0211 0212 0213 0215 0216 0217 0218 0221 0225 0230 0235 0240 0242 0244 0245
    0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930
    9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948
    9949 9950 9951 9952 9953 9957 9959
    """.split()  # noqa: SIM905 - codes read better unquoted
)

GLN_DIGITS = 13


BELGIAN_DIGITS = 10


def _is_gln(number: str) -> bool:
    return len(number) == GLN_DIGITS and ean.is_valid(number)


def _is_belgian(number: str) -> bool:
    """With the 0 before it, which older numbers are also written without."""
    return len(number) == BELGIAN_DIGITS and belgian.is_valid(number)


# Of these Peppol refuses a document whose number has other digits than one can have (its rules
# PEPPOL-COMMON-R040, R041, R043, R049 and R050).
CHECKED: Mapping[str, Callable[[str], bool]] = {
    "0007": swedish.is_valid,
    "0088": _is_gln,
    "0151": abn.is_valid,
    "0192": norwegian.is_valid,
    "0208": _is_belgian,
}


def can_be(scheme: str, id_: str) -> bool:
    """Whether `id_` can be a number of that scheme, as far as its form is known."""
    is_valid = CHECKED.get(scheme)
    return is_valid is None or (id_.isascii() and id_.isdigit() and is_valid(id_))
