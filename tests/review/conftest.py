import pytest

from tests.support.team_repository import PARAMS, SPLIT, ProcessGroup, made_media, made_scores


@pytest.fixture
def team(tmp_path, monkeypatch):
    folder = tmp_path / "team"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = ProcessGroup(folder)
    made.write("params.yaml", PARAMS)
    media = made_media()
    made.score(net_a=made_scores(media, 1.0, 1), net_b=made_scores(media, 1.0, 2))
    made.write("metrics/split.json", SPLIT)
    made.commit()
    return made
