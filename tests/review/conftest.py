import pytest

from tests.support.team_repository import PARAMS, SPLIT, ProcessGroup, made_items, made_scores


@pytest.fixture
def team(tmp_path, monkeypatch):
    folder = tmp_path / "team"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = ProcessGroup(folder)
    made.write("params.yaml", PARAMS)
    items = made_items()
    made.score(net_a=made_scores(items, 1.0, 1), net_b=made_scores(items, 1.0, 2))
    made.write("metrics/split.json", SPLIT)
    made.commit()
    return made
