"""Characters that no XML document may hold; names that were pasted from elsewhere do. Pure."""

from __future__ import annotations

import re

# XML 1.0, production 2: of the control characters only tab and line breaks.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def for_xml(text: str) -> str:
    """The same with a space for each of them, as a line break that Word made reads."""
    return _ILLEGAL.sub(" ", text)
