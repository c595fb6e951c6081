"""What people wrote and a program sends: bounded, without characters that no database takes."""

from __future__ import annotations

from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from ninja import Field
from pydantic import AfterValidator, StringConstraints

from portal.one_line import ONE_LINE


def _email(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as invalid:
        raise ValueError(str(invalid.message)) from None
    return address


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE),
]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=300, pattern=ONE_LINE)
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")
]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
]
Email = Annotated[
    str,
    Field(
        max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", json_schema_extra={"format": "email"}
    ),
    AfterValidator(_email),
]
