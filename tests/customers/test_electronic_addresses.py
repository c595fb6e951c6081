from __future__ import annotations

import pytest

from customers.electronic_addresses import CHECKED, SCHEMES, can_be


@pytest.mark.parametrize(
    ("scheme", "right", "wrong"),
    [
        ("0007", "2021005489", "2021005480"),
        ("0088", "8712345678906", "8712345678902"),
        ("0151", "51824753556", "51824753557"),
        ("0192", "974760673", "974760674"),
        ("0208", "0403019261", "0403.019.261"),
        ("0208", "0403019261", "403019261"),
        ("0208", "0403019261", "0403019262"),
    ],
)
def test_a_number_of_which_the_form_is_known(scheme: str, right: str, wrong: str) -> None:
    assert can_be(scheme, right)
    assert not can_be(scheme, wrong)


def test_of_others_nothing_is_known() -> None:
    assert CHECKED.keys() <= SCHEMES
    assert can_be("0204", "04011000-12345-34")
    assert can_be("", "")
