from stages.common.errors import MAX_NAMED, first_of


def test_ten_are_named_and_the_rest_is_counted():
    lines = [f"{number}.mp4" for number in range(MAX_NAMED + 2)]
    assert first_of(lines[:MAX_NAMED]) == lines[:MAX_NAMED]
    assert first_of(lines) == [*lines[:MAX_NAMED], "… and 2 more"]
    assert first_of(lines, "all.csv")[-1] == "… and 2 more in all.csv"
