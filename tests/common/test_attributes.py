"""Attributes in one column: what is written is read again."""

import re

from hypothesis import given
from hypothesis import strategies as st

from stages.common.attributes import FORM, from_text, to_text

TEXT = st.text(st.sampled_from("ab é%;=2B3D/ "), min_size=1, max_size=8) | st.text(min_size=1)
ATTRIBUTES = st.dictionaries(TEXT, TEXT, max_size=4)


@given(ATTRIBUTES)
def test_what_is_written_is_read_again(attributes):
    assert from_text(to_text(attributes)) == attributes


@given(ATTRIBUTES)
def test_the_text_has_the_declared_form_whatever_the_order(attributes):
    text = to_text(attributes)
    assert re.fullmatch(FORM, text)
    assert to_text(dict(reversed(attributes.items()))) == text


def test_it_reads_as_name_is_value():
    assert to_text({"skin": "dark", "person": "Zoë B"}) == "person=Zoë B;skin=dark"
    assert to_text({"crop": "a=b;c"}) == "crop=a%3Db%3Bc"
    assert to_text({}) == ""
