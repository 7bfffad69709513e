"""Names of files, as `app.inputs` shows them."""

import pytest

from app.inputs import named_in_utf8, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Größe 📷 ملف.mp4", "Größe 📷 ملف.mp4"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("invoice\u202egpj.exe", "invoice\\u202egpj.exe"),
        ("\x1b]0;title\x07.mp4", "\\x1b]0;title\\x07.mp4"),
        (b"\xff.mp4".decode("utf-8", "surrogateescape"), "\\udcff.mp4"),
    ],
)
def test_what_deceives_in_a_name_is_shown_as_an_escape(name, shown):
    assert printable(name) == shown
    assert printable(shown) == shown


def test_a_name_that_is_no_utf8_is_read_by_another(tmp_path):
    odd = tmp_path / b"\xff.mp4".decode("utf-8", "surrogateescape")
    odd.write_bytes(b"content")
    with named_in_utf8(odd) as readable:
        assert readable.name == "item"
        assert readable.read_bytes() == b"content"
    with named_in_utf8(tmp_path) as readable:
        assert readable == tmp_path
