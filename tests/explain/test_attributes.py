"""The parts of each attribute: in stages/explain/attributes.py."""

import pytest

from stages.explain.attributes import attributes_of
from tests.support.explain import scored_faces


def parts_of(faces, ranges=4, min_clusters=10):
    """Counts of faces by part, for each attribute; the part that lumps others."""
    found = list(attributes_of(faces, ranges, min_clusters))
    names = [attribute.name for attribute in found]
    assert len(set(names)) == len(names)
    counts = {one.name: one.parts.value_counts().sort_index().to_dict() for one in found}
    return counts, {attribute.name: attribute.others for attribute in found}


def test_every_attribute_that_all_faces_have_counts_each_once():
    faces = scored_faces(attributes=lambda group: f"skin={'dark' if group % 2 else 'light'}")
    counts, _ = parts_of(faces)
    assert list(counts) == [
        "all", "method", "seen_by", "brightness", "detail", "face_size", "skin"
    ]  # fmt: skip
    assert {sum(of_parts.values()) for of_parts in counts.values()} == {len(faces)}
    assert counts["skin"] == {"dark": 180, "light": 180}


def test_a_measured_attribute_is_cut_into_ranges_that_sort_as_text():
    counts, _ = parts_of(scored_faces(), ranges=2)
    assert counts["face_size"] == {"0040.00-0040.18": 180, "0120.18-0120.36": 180}


def test_faces_of_one_size_are_one_part():
    """As ready-made crops are."""
    counts, _ = parts_of(scored_faces().assign(face_size=224.0))
    assert counts["face_size"] == {"0224.00-0224.00": 360}


def test_reals_have_no_method_and_faces_of_unknown_value_no_part():
    faces = scored_faces(attributes=lambda group: "" if group else "skin=dark")
    counts, _ = parts_of(faces)
    assert counts["method"] == {"": 120, "blend": 120, "swap": 120}
    assert counts["skin"] == {"": 348, "dark": 12}


@pytest.mark.parametrize(("persons", "lumped"), [(20, False), (21, True)])
def test_of_many_values_those_with_too_few_clusters_are_one_part(persons, lumped):
    """Every other group shows the first person, and the rest one of the others each."""
    faces = scored_faces(
        groups=2 * (persons - 1),
        attributes=lambda group: f"person={'000' if group % 2 else f'{group:03d}x'}",
    )
    counts, others = parts_of(faces)
    if lumped:
        assert others["person"] == "(20 others)"
        assert counts["person"] == {"(20 others)": 240, "000": 240}
    else:
        assert others["person"] == ""
        assert len(counts["person"]) == 20
