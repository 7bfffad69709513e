"""Attributes: what else a dataset says of an item, such as person, gender or compression.

The index table and the table of items hold them in one column, as ``name=value;name=value``.
"""

from collections.abc import Mapping
from urllib.parse import unquote

RESERVED = ("all", "method", "seen_by", "brightness", "detail", "face_size")
"""Names that errors are broken down by in any dataset, so that no dataset may use them."""

FORM = r"^([^=;]+=[^=;]+(;[^=;]+=[^=;]+)*)?$"
"""Regular expression of the text of any attributes."""

_ESCAPES = str.maketrans({character: f"%{ord(character):02X}" for character in "%;="})


def to_text(attributes: Mapping[str, str]) -> str:
    """Write attributes as ``name=value;name=value``, sorted by name.

    ``%``, ``;`` and ``=`` in names and values are percent-encoded, as in a URL.

    Parameters
    ----------
    attributes : mapping of str to str
        Value by name, neither of them empty.
    """
    return ";".join(
        f"{name.translate(_ESCAPES)}={value.translate(_ESCAPES)}"
        for name, value in sorted(attributes.items())
    )


def from_text(text: str) -> dict[str, str]:
    """Read what `to_text` wrote."""
    pairs = (pair.partition("=") for pair in text.split(";") if pair)
    return {unquote(name): unquote(value) for name, _, value in pairs}
