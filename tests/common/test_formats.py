"""The table of formats has no contradictions."""

from stages.common.formats import FORMATS, READ, by_suffix, refusal


def test_every_suffix_stands_once():
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]
    assert sorted(suffixes) == sorted(set(suffixes))


def test_a_suffix_names_its_format_in_any_case():
    assert by_suffix("a/B.MTS").name == "MPEG-TS"
    assert by_suffix("a.mp4.txt") is None


def test_a_refusal_names_the_format_what_is_read_and_the_command():
    for form in set(FORMATS) - set(READ):
        text = refusal(form)
        assert form.name in text
        assert form.convert in text
        assert all(read.name in text for read in READ)
