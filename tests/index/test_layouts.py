"""Each layout in miniature, as its owners describe it, with the traps that others fell into."""

import json

import pytest

from stages.common.attributes import from_text
from stages.common.errors import InputError
from stages.common.registry import Modules
from stages.index.folder import scan
from stages.index.layout import LAYOUTS, read_layout
from stages.index.listed_item import ListedItem, Skipped
from stages.index.problems import check_files
from stages.index.rows import index_rows
from tests.support.layouts import (
    celeb_df,
    celeb_df_pp,
    deepfake_bench,
    deepfake_eval_2024,
    deepspeak,
    dfd,
    dfdc,
    dfdc_preview,
    faceforensics,
    fake_av_celeb,
    ffiw,
    gend_crops,
    kaggle_deepfake_faces,
    talking_head_bench,
)

EXAMPLES = Modules("tests.support.layouts")


def table(root, name):
    """The index table of a folder, by method and items, after the checks of the files."""
    folder = scan(root)
    sound, problems = check_files(folder, read_layout(name, folder))
    assert not problems, problems
    rows = index_rows("made", sound, [f"{number:032x}" for number in range(len(sound))])
    return rows.set_index(["method", "item"]).sort_index()


def groups(rows):
    """Sets of items that share a group."""
    names = rows.reset_index().groupby("group")["item"].agg(set)
    return sorted(names, key=lambda of_group: sorted(of_group))


def test_every_layout_has_an_example():
    assert list(EXAMPLES) == list(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_contract(name, lay_out):
    root = lay_out(EXAMPLES[name].FILES)
    rows = table(root, name)
    on_disk = {path.relative_to(root).as_posix() for path in root.rglob("*")}
    assert set(rows["path"]) <= on_disk
    assert set(rows["label"]) <= {"real", "fake"}
    methods = rows.index.get_level_values("method")
    assert ((methods == "real") == (rows["label"] == "real")).all()
    assert rows.index.is_unique
    fakes = rows[rows["label"] == "fake"]
    reals = {item for method, item in rows.index if method == "real"}
    for fake in fakes[fakes["original"].isin(reals)].itertuples():
        original = rows.loc[("real", fake.original)]
        assert (fake.group, fake.target) == (original["group"], original["target"])
    assert (rows["target"] != "").all()
    assert (rows.loc[rows["label"] == "real", "donor"] == "").all()


@pytest.mark.parametrize(
    ("name", "method", "space"),
    [
        ("celeb_df", "Celeb-synthesis", "celeb_df "),
        ("celeb_df_pp", "SimSwap", "celeb_df "),
        ("deeper_forensics", "end_to_end", "ffpp "),
        ("deepfake_timit", "higher_quality", ""),
        ("dfd", "DeepFakeDetection", "dfd "),
        ("faceforensics", "Deepfakes", "ffpp "),
        ("kodf", "dffs", ""),
    ],
)
def test_a_fake_says_whose_video_and_whose_face_it_is(name, method, space, lay_out):
    rows = table(lay_out(EXAMPLES[name].FILES), name)
    fakes = rows.xs(method, level="method")
    assert len(fakes)
    for item, fake in fakes.iterrows():
        assert fake["donor"] != fake["target"]
        first, second = (
            item.find(fake[column].removeprefix(space)) for column in ("target", "donor")
        )
        assert 0 <= first < second


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_of_another_layout_says_what_was_looked_for(name, lay_out):
    root = lay_out(["holiday/picture.jpg"])
    with pytest.raises(InputError) as error:
        read_layout(name, scan(root))
    message = str(error.value)
    assert LAYOUTS[name].LOOKS_FOR in message
    assert "holiday" in message
    assert "docs/datasets.md" in message


def test_every_layout_is_on_its_page(pytestconfig):
    page = (pytestconfig.rootpath / "docs/datasets.md").read_text(encoding="utf-8")
    assert [name for name in LAYOUTS if f"`{name}`" not in page] == []


def test_dfdc_groups_fakes_of_an_absent_original(lay_out):
    rows = table(lay_out(dfdc.FILES), "dfdc")
    assert groups(rows) == [{"aaaaaaaaaa", "bbbbbbbbbb"}, {"cccccccccc", "dddddddddd"}]
    assert rows.loc[("fake", "bbbbbbbbbb"), "original"] == "aaaaaaaaaa"


def test_dfdc_takes_the_method_of_an_entry(lay_out):
    entries = {
        **dfdc.ENTRIES,
        "bbbbbbbbbb.mp4": {**dfdc.ENTRIES["bbbbbbbbbb.mp4"], "method": "swap"},
    }
    files = {**dfdc.FILES, "dfdc_train_part_0/metadata.json": json.dumps(entries)}
    assert ("swap", "bbbbbbbbbb") in table(lay_out(files), "dfdc").index


def test_dfdc_takes_the_donor_of_an_entry(lay_out):
    entries = {
        **dfdc.ENTRIES,
        "bbbbbbbbbb.mp4": {**dfdc.ENTRIES["bbbbbbbbbb.mp4"], "donor": "zzzzzzzzzz.mp4"},
    }
    files = {**dfdc.FILES, "dfdc_train_part_0/metadata.json": json.dumps(entries)}
    rows = table(lay_out(files), "dfdc")
    assert rows.loc[("fake", "bbbbbbbbbb"), ["target", "donor"]].to_list() == [
        "aaaaaaaaaa", "zzzzzzzzzz",
    ]  # fmt: skip
    assert len(groups(rows)) == 1


@pytest.mark.parametrize("beside", ["", "videos/"])
def test_dfdc_reads_the_labels_of_its_test_folders(lay_out, beside):
    rows = table(lay_out({
        "test/labels.csv": "filename,label\nrrrrrrrrrr.mp4,0\nffffffffff.mp4,1\n",
        "test/metadata.json": '{"rrrrrrrrrr.mp4": {"is_fake": 0}}',
        f"test/{beside}rrrrrrrrrr.mp4": None,
        f"test/{beside}ffffffffff.mp4": None,
    }), "dfdc")  # fmt: skip
    assert rows["label"].to_dict() == {
        ("fake", "ffffffffff"): "fake",
        ("real", "rrrrrrrrrr"): "real",
    }
    assert set(rows["official_split"]) == {"test"}


@pytest.mark.parametrize("beside", ["", "videos/"])
def test_dfdc_preview_joins_both_actors(lay_out, beside):
    files = {
        f"{path.partition('/')[0]}/{beside}{path.partition('/')[2]}": None
        for path in dfdc_preview.ENTRIES
    }
    rows = table(
        lay_out({**files, "dataset.json": json.dumps(dfdc_preview.ENTRIES)}), "dfdc_preview"
    )
    assert groups(rows) == [{"11_22_A_001", "11_A_001", "22_A_001"}, {"33_A_001", "33_A_002"}]
    assert rows.loc[("method_B", "33_A_002"), "official_split"] == "test"


def test_celeb_df_joins_the_identities_in_the_names(lay_out):
    rows = table(lay_out(celeb_df.FILES), "celeb_df")
    together = {"id0_0000", "id1_0000", "id0_id1_0000"}
    assert sorted(map(sorted, groups(rows))) == [
        ["00170"], ["00171"], sorted(together), ["id2_0000"]
    ]  # fmt: skip


def test_celeb_df_test_list_calls_a_real_1_and_has_no_header(lay_out):
    rows = table(lay_out(celeb_df.FILES), "celeb_df")
    tested = rows[rows["official_split"] == "test"]
    assert list(tested.index) == [("Celeb-synthesis", "id0_id1_0000"), ("real", "00170")]


def test_celeb_df_accepts_a_videos_level_and_another_spelling(lay_out):
    moved = [
        path.replace("/", "/videos/").replace("YouTube", "Youtube") for path in celeb_df.VIDEOS
    ]
    files = {**dict.fromkeys(moved), "List_of_testing_videos.txt": celeb_df.TEST_LIST}
    plain = table(lay_out(celeb_df.FILES), "celeb_df")
    nested = table(lay_out(files, "nested"), "celeb_df")
    assert nested.drop(columns=["path", "md5"]).equals(plain.drop(columns=["path", "md5"]))


def test_celeb_df_list_that_contradicts_the_folders_is_an_error(lay_out):
    listing = celeb_df.TEST_LIST.replace("1 YouTube", "0 YouTube")
    root = lay_out({**dict.fromkeys(celeb_df.VIDEOS), "List_of_testing_videos.txt": listing})
    with pytest.raises(InputError, match=r"00170.*fake"):
        table(root, "celeb_df")


def test_celeb_df_names_a_listed_video_that_is_missing(lay_out):
    listing = celeb_df.TEST_LIST + "1 Celeb-real/id9_0001.mp4\n"
    folder = scan(
        lay_out({**dict.fromkeys(celeb_df.VIDEOS), "List_of_testing_videos.txt": listing})
    )
    _, problems = check_files(folder, LAYOUTS["celeb_df"].read(folder))
    assert [(problem.problem, problem.path) for problem in problems] == [
        ("missing_file", "celeb-real/id9_0001.mp4")
    ]


def test_faceforensics_keeps_fakes_of_one_name_apart_by_method(lay_out):
    rows = table(lay_out(faceforensics.FILES), "faceforensics")
    assert [method for method, item in rows.index if item == "000_003"] == sorted(
        faceforensics.METHODS
    )


def test_faceforensics_groups_both_ends_of_a_pair(lay_out):
    rows = table(lay_out(faceforensics.FILES), "faceforensics")
    assert groups(rows) == [{"000", "003", "000_003", "003_000"}, {"001"}]
    assert rows.loc[("Deepfakes", "003_000"), "original"] == "003"
    splits = rows["official_split"].groupby(rows["group"]).agg(set).tolist()
    assert splits == [{"train"}, {"test"}]


def test_faceforensics_skips_masks_and_dfd(lay_out):
    others = ["manipulated_sequences/Deepfakes/masks/videos/000_003.mp4", *dfd.VIDEOS]
    folder = scan(lay_out({**faceforensics.FILES, **dict.fromkeys(others)}))
    listed = list(LAYOUTS["faceforensics"].read(folder))
    assert {item.path for item in listed if isinstance(item, Skipped)} == set(others)
    assert {item.path for item in listed if isinstance(item, ListedItem)} == set(
        faceforensics.VIDEOS
    )


def test_faceforensics_of_several_compressions_must_name_one(lay_out):
    root = lay_out(
        [*faceforensics.VIDEOS, *(path.replace("c23", "c40") for path in faceforensics.VIDEOS)]
    )
    with pytest.raises(InputError, match=r"c23, c40.*faceforensics_c23"):
        table(root, "faceforensics")
    assert len(table(root, "faceforensics_c40")) == len(faceforensics.VIDEOS)


def test_dfd_joins_both_actors_and_knows_the_original(lay_out):
    rows = table(lay_out(dfd.FILES), "dfd")
    fake = ("DeepFakeDetection", "01_02__kitchen_pan__ABCDEFGH")
    assert rows.loc[fake, "original"] == "01__kitchen_pan"
    assert groups(rows) == [
        {"01__kitchen_pan", "02__kitchen_pan", fake[1]}, {"03__kitchen_pan"}
    ]  # fmt: skip
    assert set(rows["official_split"]) == {""}


def test_uadfv_pairs_by_number(lay_out):
    rows = table(lay_out(EXAMPLES["uadfv"].FILES), "uadfv")
    assert groups(rows) == [{"0000", "0000_fake"}, {"0001"}]


def test_deeper_forensics_takes_targets_as_reals_and_never_its_source_videos(lay_out):
    rows = table(lay_out(EXAMPLES["deeper_forensics"].FILES), "deeper_forensics")
    reals = rows[rows["label"] == "real"]
    assert list(reals["path"]) == ["target_videos/000.mp4", "target_videos/002.mp4"]
    assert groups(rows) == [{"000", "000_M101", "001_M101"}, {"002", "002_W004"}]
    assert list(reals["official_split"]) == ["train", "test"]


def test_deepfake_timit_has_a_method_a_quality_and_joins_the_pair(lay_out):
    rows = table(lay_out(EXAMPLES["deepfake_timit"].FILES), "deepfake_timit")
    assert sorted(set(rows.index.get_level_values("method"))) == [
        "higher_quality", "lower_quality", "real"
    ]  # fmt: skip
    assert groups(rows) == [
        {"fadg0_sa1", "fadg0_sa1-fram1", "fram1_sa1"}, {"fcft0_sa1-fjas0"}
    ]  # fmt: skip


def test_dacon_keeps_the_frames_of_a_video_together(lay_out):
    rows = table(lay_out(EXAMPLES["dacon"].FILES), "dacon")
    assert rows["group"].is_unique
    assert rows["kind"].value_counts().to_dict() == {"frames": 3, "image": 2, "video": 1}
    methods = rows.reset_index().groupby("method").size().to_dict()
    assert methods == {"dffs": 1, "fake": 1, "fsgan": 1, "real": 3}


def test_140k_has_its_own_split(lay_out):
    rows = table(lay_out(EXAMPLES["real_vs_fake_140k"].FILES), "real_vs_fake_140k")
    assert rows["official_split"].value_counts().to_dict() == {"train": 2, "val": 2, "test": 2}
    assert set(rows["kind"]) == {"image"}


def test_kaggle_deepfake_faces_groups_fakes_of_an_absent_original(lay_out):
    rows = table(lay_out(kaggle_deepfake_faces.FILES), "kaggle_deepfake_faces")
    assert groups(rows) == [{"aaaaaaaaaa", "bbbbbbbbbb"}, {"cccccccccc"}]
    assert rows["original"].to_dict() == {
        ("fake", "bbbbbbbbbb"): "aaaaaaaaaa",
        ("fake", "cccccccccc"): "zzzzzzzzzz",
        ("real", "aaaaaaaaaa"): "",
    }
    assert set(rows["path"]) == {f"faces_224/{name}.jpg" for name in kaggle_deepfake_faces.NAMES}


def test_kaggle_deepfake_faces_names_missing_pictures_and_missing_rows(lay_out):
    files = {**kaggle_deepfake_faces.FILES, "faces_224/dddddddddd.jpg": None}
    root = lay_out({f"below/{path}": content for path, content in files.items()})
    (root / "below/faces_224/bbbbbbbbbb.jpg").unlink()
    folder = scan(root)
    sound, problems = check_files(folder, read_layout("kaggle_deepfake_faces", folder))
    assert [item.item for item in sound] == ["aaaaaaaaaa", "cccccccccc"]
    assert [(problem.problem, problem.path) for problem in problems] == [
        ("missing_file", "below/faces_224/bbbbbbbbbb.jpg"),
        ("no_metadata", "below/faces_224/dddddddddd.jpg"),
    ]


def test_kaggle_deepfake_faces_of_other_columns_is_an_error(lay_out):
    listing = kaggle_deepfake_faces.LIST.replace("videoname", "video")
    root = lay_out({**kaggle_deepfake_faces.FILES, "metadata.csv": listing})
    with pytest.raises(InputError, match=r"metadata\.csv: expected .*videoname; found video,"):
        table(root, "kaggle_deepfake_faces")


def test_df40_groups_frames_by_the_clips_that_a_video_is_made_of(lay_out):
    rows = table(lay_out(EXAMPLES["df40"].FILES), "df40").reset_index().set_index("path")
    together = rows["group"].groupby(rows["group"]).size()
    assert together["ffpp 000"] == 3
    assert set(rows["method"]) == {"simswap", "VQGAN", "heygen", "real"}
    assert rows.loc["DF40_test/heygen/real/clip7", "label"] == "real"
    assert set(rows["official_split"]) == {"train", "test"}


def sources(root, name):
    rows = table(root, name)
    return (set(rows["target"]) | set(rows["donor"])) - {""}


def test_what_was_made_from_one_video_names_it_alike_in_every_layout(lay_out):
    """Compressions and crops of FaceForensics++ and Celeb-DF, and what others made of them."""

    def shown(*names):
        return [sources(lay_out(EXAMPLES[name].FILES, name), name) for name in names]

    from_ffpp = shown(
        *("faceforensics_c23", "faceforensics_c40", "deeper_forensics", "df40", "deepfake_bench"),
        *("gend_crops", "talking_head_bench"),
    )
    assert all("ffpp 000" in names for names in from_ffpp)
    pairs = shown("faceforensics_c23", "df40", "deepfake_bench", "gend_crops")
    assert all("ffpp 003" in names for names in pairs)
    from_celeb = shown("celeb_df", "celeb_df_pp", "df40", "deepfake_bench", "gend_crops")
    assert all({"celeb_df id0", "celeb_df id1"} <= names for names in from_celeb)
    youtube = shown("celeb_df", "celeb_df_pp", "deepfake_bench", "gend_crops")
    assert all("celeb_df youtube 00170" in names for names in youtube)
    of_df40 = lay_out(["real/Celeb-DF-v2/YouTube-real/frames/00170/001.png"], "youtube")
    assert sources(of_df40, "df40") == {"celeb_df youtube 00170"}


def problems_of(root, name):
    """Kinds and paths of the problems with a folder's files."""
    folder = scan(root)
    _, problems = check_files(folder, read_layout(name, folder))
    return [(problem.problem, problem.path) for problem in problems]


def skipped(root, name):
    return {item.path for item in read_layout(name, scan(root)) if isinstance(item, Skipped)}


def test_celeb_df_pp_tells_fakes_of_one_name_by_their_method(lay_out):
    rows = table(lay_out(celeb_df_pp.FILES), "celeb_df_pp")
    assert rows.xs("id0_id1_0000", level="item")["official_split"].to_dict() == {
        "BlendFace": "test",
        "LIA": "test",
        "SimSwap": "train",
    }
    assert groups(rows) == [
        {"00170"}, {"id0_0000", "id1_0000", "id0_id1_0000", "id1_id0_0000"},
        {"id2_0000", "id2_0000_test_0001"},
    ]  # fmt: skip


def test_celeb_df_pp_gives_a_talking_face_an_original_and_no_donor(lay_out):
    rows = table(lay_out(celeb_df_pp.FILES), "celeb_df_pp")
    fake = rows.loc[("FLOAT", "id2_0000_test_0001")]
    assert fake[["target", "donor", "original"]].to_list() == ["celeb_df id2", "", "id2_0000"]


def test_celeb_df_pp_asks_for_listed_videos_of_the_methods_on_disk(lay_out):
    """The example's list names a video of SadTalker, which is not there."""
    listing = celeb_df_pp.TEST_LIST + "0 Celeb-synthesis/FaceReenact/LIA/id1_id0_0000.mp4\n"
    root = lay_out({**celeb_df_pp.FILES, "List_of_testing_videos.txt": listing})
    assert problems_of(root, "celeb_df_pp") == [
        ("missing_file", "Celeb-synthesis/FaceReenact/LIA/id1_id0_0000.mp4")
    ]


def test_celeb_df_pp_method_that_the_list_spells_otherwise_is_an_error(lay_out):
    """Or its test videos would be taken for training."""
    listing = celeb_df_pp.TEST_LIST.replace("SimSwap", "Simswap")
    root = lay_out({**celeb_df_pp.FILES, "List_of_testing_videos.txt": listing})
    with pytest.raises(InputError, match=r"names no video of SimSwap: spell"):
        table(root, "celeb_df_pp")


def test_ffiw_joins_one_name_of_one_split_and_leaves_out_masks(lay_out):
    root = lay_out(ffiw.FILES)
    rows = table(root, "ffiw")
    assert sorted(rows.groupby("group")["label"].agg(sorted)) == [["fake", "real"]] * 3
    assert rows.groupby("official_split").size().to_dict() == {"test": 2, "train": 2, "val": 2}
    assert skipped(root, "ffiw") == {ffiw.MASKS}


def test_ffiw_accepts_a_videos_level(lay_out):
    moved = [path.replace("/0000", "/videos/0000") for path in ffiw.VIDEOS]
    plain, nested = (
        table(lay_out(files, str(len(files))), "ffiw") for files in (ffiw.FILES, moved)
    )
    assert nested.drop(columns=["path", "md5"]).equals(plain.drop(columns=["path", "md5"]))


def test_wild_deepfake_takes_labels_of_the_outer_folder_and_groups_archives(lay_out):
    rows = table(lay_out(EXAMPLES["wild_deepfake"].FILES), "wild_deepfake")
    by_path = rows.reset_index().set_index("path")
    assert by_path.loc["deepfake_in_the_wild/real_test/7/fake/5", "label"] == "real"
    assert sorted(rows.groupby("group").size()) == [1, 1, 1, 1, 2]
    assert rows["target"].is_unique
    for group in rows["group"].unique():
        assert rows.loc[rows["group"] == group, "official_split"].nunique() == 1


def test_wild_deepfake_accepts_folders_with_a_blank(lay_out):
    """As the owners' page spells them."""
    files = {
        path.replace("e_t", "e t").replace("l_t", "l t") for path in EXAMPLES["wild_deepfake"].FILES
    }
    assert len(table(lay_out(sorted(files)), "wild_deepfake")) == 6


def test_fake_av_celeb_takes_the_first_of_two_methods_and_leaves_out_fake_sound(lay_out):
    root = lay_out(fake_av_celeb.FILES)
    rows = table(root, "fake_av_celeb")
    twice = "FakeVideo-FakeAudio/id00076/00109_id01779_A_id06591_wavtolip"
    assert rows.xs(twice, level="item").index.to_list() == ["faceswap-wav2lip"]
    assert skipped(root, "fake_av_celeb") == {fake_av_celeb.SOUND_ALONE}


def test_fake_av_celeb_joins_the_donor_of_a_face_and_not_of_a_voice(lay_out):
    rows = table(lay_out(fake_av_celeb.FILES), "fake_av_celeb")
    fakes = rows[rows["label"] == "fake"].reset_index().set_index("path")
    donors = {path.rpartition("/")[2]: donor for path, donor in fakes["donor"].items()}
    assert donors == {
        "00109_id01779_AAnyugIAXao.mp4": "id01779",
        "00109_id01779_A_id06591_wavtolip.mp4": "id01779",
        "00109_id06591_wavtolip.mp4": "",
        "00109_3.mp4": "",
    }
    assert set(fakes["original"]) == {"RealVideo-RealAudio/id00076/00109"}
    assert rows["group"].nunique() == 2


def test_fake_av_celeb_names_fakes_that_the_list_does_not(lay_out):
    listing = fake_av_celeb.LIST.replace("00109_3.mp4", "00109_4.mp4")
    root = lay_out({**fake_av_celeb.FILES, "FakeAVCeleb_v1.2/meta_data.csv": listing})
    assert problems_of(root, "fake_av_celeb") == [
        ("no_metadata", "FakeAVCeleb_v1.2/FakeVideo-RealAudio/African/men/id00076/00109_3.mp4")
    ]


def test_kodf_joins_both_actors(lay_out):
    rows = table(lay_out(EXAMPLES["kodf"].FILES), "kodf")
    assert groups(rows) == [
        {"0b0e_001", "0b0e_002", "200001_001", "0b0e_200001_2_0001", "0b0e_200001_3_0001"},
        {"200002_001", "200002_200002_5_0001"},
    ]
    assert rows.loc[("audio-driven", "200002_200002_5_0001"), "donor"] == ""


def test_deepspeak_takes_actors_and_splits_from_lists(lay_out):
    rows = table(lay_out(deepspeak.FILES), "deepspeak")
    assert groups(rows) == [
        {"10-4100", "11-4897", "facefusion-4100-4897-original"}, {"12-7", "diff2lip-7-7-playht"}
    ]  # fmt: skip
    fake = rows.loc[("facefusion", "facefusion-4100-4897-original")]
    assert fake[["target", "donor", "original"]].to_list() == ["11", "10", "11-4897"]
    assert rows["official_split"].groupby(rows["group"]).agg(set).to_list() == [{"train"}, {"test"}]
    assert rows.loc[("diff2lip", "diff2lip-7-7-playht"), "donor"] == ""


def test_deepspeak_names_listed_videos_that_are_missing(lay_out):
    root = lay_out(deepspeak.FILES)
    (root / "deepspeak-v2-1/12-7.mp4").unlink()
    assert problems_of(root, "deepspeak") == [("missing_file", "12-7.mp4")]


def test_deepspeak_row_without_an_actor_is_an_error(lay_out):
    listing = deepspeak.REALS.replace("12,12-7", ",12-7")
    root = lay_out({**deepspeak.FILES, "annotations-real.csv": listing})
    with pytest.raises(InputError, match=r"annotations-real\.csv: a row without .* identity"):
        table(root, "deepspeak")


def test_deepfake_eval_2024_labels_pictures_and_not_sound(lay_out):
    root = lay_out(deepfake_eval_2024.FILES)
    rows = table(root, "deepfake_eval_2024")
    assert rows.groupby("label")["path"].agg(sorted).to_dict() == {
        "fake": ["video-data/bbb.mp4"],
        "real": ["video-data/aaa.mp4", "video-data/ccc.webm"],
    }
    assert list(rows["official_split"]) == ["test", "train", "test"]
    assert skipped(root, "deepfake_eval_2024") == {deepfake_eval_2024.PICTURE}


def test_deepfake_eval_2024_reads_the_newer_of_two_lists(lay_out):
    newer = deepfake_eval_2024.LIST.replace("aaa.mp4,Real", "aaa.mp4,Fake")
    root = lay_out({**deepfake_eval_2024.FILES, "video-metadata-publish-with-links.csv": newer})
    assert ("fake", "aaa") in table(root, "deepfake_eval_2024").index


def test_talking_head_bench_joins_portraits_and_all_clips_of_a_drivers_video(lay_out):
    rows = table(lay_out(talking_head_bench.FILES), "talking_head_bench")
    assert groups(rows) == [
        {"-5be_UPkLRw_4", "00198---5be_UPkLRw_4--LivePortrait", "00199--5be_UPkLRw_11--Hallo2"},
        {"000"}, {"00200--abcDEF_0--Hallo2", "7", "7-abcDEF_0", "abcDEF_0"}, {"003"},
    ]  # fmt: skip
    fake = rows.loc[("LivePortrait", "00198---5be_UPkLRw_4--LivePortrait")]
    assert fake[["target", "donor"]].to_list() == ["ffhq 00198", "celeb_v_hq 5be_UPkLRw"]
    assert rows["official_split"].groupby(rows["label"]).value_counts().to_dict() == {
        ("fake", "test"): 3, ("fake", "train"): 2, ("real", "test"): 2, ("real", "train"): 2,
    }  # fmt: skip


def test_talking_head_bench_takes_listed_reals_alone(lay_out):
    """The folder may hold all of FaceForensics++."""
    others = ["real/FaceForensics++/004.mp4", "real/FaceForensics++/manipulated/000_003.mp4"]
    root = lay_out({**talking_head_bench.FILES, **dict.fromkeys(others)})
    assert problems_of(root, "talking_head_bench") == [("no_metadata", path) for path in others]


def test_deepfake_bench_groups_pictures_by_what_their_video_was_made_from(lay_out):
    rows = table(lay_out(deepfake_bench.FILES), "deepfake_bench")
    videos = rows.reset_index()["path"].str.split("/").str[-1].groupby(rows["group"].to_numpy())
    assert sorted(map(sorted, videos.agg(set))) == [
        ["000", "000_001", "000_M101"], ["0000", "0000_fake"], ["00170"], ["003", "003_002"],
        ["11_22_A_001", "11_B_002", "22_A_001"], ["aaaaaaaaaa", "bbbbbbbbbb"], ["cccccccccc"],
        ["id0_id1_0000", "id1_id0_0000"],
    ]  # fmt: skip


def test_deepfake_bench_of_repeating_lists_reads_a_video_once(lay_out):
    """UADFV's is in every split; test is also val; Celeb-DF's train and DFDC's val hold it all."""
    rows = table(lay_out(deepfake_bench.FILES), "deepfake_bench")
    videos = {picture.rpartition("/")[0] for picture in deepfake_bench.PICTURES}
    assert sorted(rows["path"]) == sorted(videos)
    splits = rows.set_index(rows["path"].str.split("/").str[-1])["official_split"].to_dict()
    assert splits == {
        **dict.fromkeys(["0000", "0000_fake"], ""),
        **dict.fromkeys(["000", "000_001", "000_M101", "11_B_002", "11_22_A_001"], "train"),
        **dict.fromkeys(["aaaaaaaaaa", "bbbbbbbbbb", "id0_id1_0000"], "train"),
        **dict.fromkeys(["003", "003_002", "00170", "22_A_001", "cccccccccc"], "test"),
        "id1_id0_0000": "test",
    }


def test_deepfake_bench_leaves_out_masks_videos_and_sources_that_are_no_reals(lay_out):
    root = lay_out(deepfake_bench.FILES)
    assert skipped(root, "deepfake_bench") == set(deepfake_bench.LEFT_OUT)


def test_deepfake_bench_names_listed_pictures_that_are_missing(lay_out):
    root = lay_out(deepfake_bench.FILES)
    gone = deepfake_bench.PICTURES[1]
    (root / gone).unlink()
    assert problems_of(root, "deepfake_bench") == [("missing_file", gone)]


def test_deepfake_bench_of_several_compressions_is_an_error(lay_out):
    files = {path.replace("c23", "c40") for path in deepfake_bench.PICTURES}
    root = lay_out({**deepfake_bench.FILES, **dict.fromkeys(files)})
    with pytest.raises(InputError, match=r"c23, c40.*keep one"):
        table(root, "deepfake_bench")


def test_deepfake_bench_of_lists_that_contradict_each_other_is_an_error(lay_out):
    wrong = {"FF-DF": {"FF-DF": deepfake_bench.FF_REAL}}
    root = lay_out({**deepfake_bench.FILES, "dataset_json/FF-DF.json": json.dumps(wrong)})
    with pytest.raises(InputError, match=r"000\.png is of real, and of FF-DF in another list"):
        table(root, "deepfake_bench")


def test_gend_crops_tells_reals_by_a_word_in_lower_case(lay_out):
    rows = table(lay_out(gend_crops.FILES), "gend_crops")
    assert rows.loc["CDFv3-Real3DPortrait", "label"].to_list() == ["fake"]
    assert ("real", "CDFv2/YouTube-real/00170") in rows.index


def test_gend_crops_groups_videos_and_takes_splits_from_lists(lay_out):
    rows = table(lay_out(gend_crops.FILES), "gend_crops")
    together = rows["group"].groupby(rows["group"]).size()
    assert together.to_dict() == {
        "UADFV 0000": 2, "celeb_df id0": 2, "celeb_df youtube 00170": 1, "ffpp 000": 3
    }  # fmt: skip
    tested = rows[rows["official_split"] == "test"]
    assert list(tested["path"]) == ["datasets/FF/real/000"]
    assert rows.loc["FF-DF", "official_split"].to_list() == ["train"]


def test_open_forensics_has_its_own_split_and_names_anew_in_each(lay_out):
    rows = table(lay_out(EXAMPLES["open_forensics"].FILES), "open_forensics")
    assert rows["official_split"].value_counts().to_dict() == {"train": 4, "val": 4, "test": 4}
    assert rows["group"].is_unique


def frames_of(files, put):
    """The example with two frames of each video in a folder where `put` moves it, in its place."""
    return {
        moved: content
        for path, content in files.items()
        for moved in (
            [f"{put(path.removesuffix('.mp4'))}/{number}.png" for number in ("009", "10")]
            if path.endswith(".mp4")
            else [path]
        )
    }


@pytest.mark.parametrize(
    ("name", "put"),
    [
        ("celeb_df", lambda path: path),
        ("celeb_df", lambda path: path.replace("/", "/frames/")),
        ("celeb_df_pp", lambda path: path),
        ("faceforensics", lambda path: path.replace("/videos/", "/frames/")),
        ("faceforensics_c23", lambda path: path.replace("/videos/", "/images/")),
        ("dfd", lambda path: path.replace("/videos/", "/frames/")),
    ],
)
def test_frames_of_a_video_are_one_item_as_the_video_is(name, put, lay_out):
    videos = table(lay_out(EXAMPLES[name].FILES, "videos"), name)
    frames = table(lay_out(frames_of(EXAMPLES[name].FILES, put), "frames"), name)
    assert set(frames["kind"]) == {"frames"}
    same = ["label", "group", "target", "donor", "original", "official_split", "attributes"]
    assert frames[same].equals(videos[same])


@pytest.mark.parametrize("name", ["celeb_df", "faceforensics"])
def test_a_video_and_its_frames_side_by_side_are_named(name, lay_out):
    put = {
        "celeb_df": lambda path: path,
        "faceforensics": lambda path: path.replace("/videos/", "/frames/"),
    }[name]
    files = EXAMPLES[name].FILES | frames_of(EXAMPLES[name].FILES, put)
    with pytest.raises(InputError, match="would both be called"):
        table(lay_out(files), name)


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_copy_of_a_file_is_lost(name, lay_out):
    """Two copies of a dataset side by side are items of two keys, or an error names two files."""
    files = {f"{part}/{path}": text for part in ("one", "two") for path, text in
             EXAMPLES[name].FILES.items()}  # fmt: skip
    root = lay_out(files)
    one = table(lay_out(EXAMPLES[name].FILES, "alone"), name)
    try:
        count = len(table(root, name))
    except InputError as error:
        count, message = 0, str(error)
    refused = ("would both be", "one name", "not laid out")
    assert count == 2 * len(one) or any(words in message for words in refused)


def test_df40_takes_what_was_made_of_reals_for_fakes(lay_out):
    """As its method e4e has them."""
    made = ["e4e/cdf/Celeb-real/inversions/1.png", "e4e/cdf/Youtube-real/inversions/2.png"]
    rows = table(lay_out(["e4e/ff/000/00000.png", *made, "Celeb-real/id0_0000/1.png"]), "df40")
    assert rows.groupby("label").size().to_dict() == {"fake": 3, "real": 1}
    assert set(rows.xs("e4e", level="method")["kind"]) == {"frames", "image"}
    assert rows["group"].is_unique


@pytest.mark.parametrize(
    "path",
    [
        "simswap/ff/real/000/1.png",
        "DF40_train/e4e/Celeb-real/id0_0000/1.png",
        "heygen/real/fake/clip/1.png",
        "ff/simswap/000_003/1.png",
    ],
)
def test_df40_of_an_unclear_label_names_the_path(path, lay_out):
    root = lay_out([path, "simswap/ff/000_003/1.png"])
    assert problems_of(root, "df40") == [("unknown_label", path.rpartition("/")[0])]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("celeb_df", "Celeb-real/inversions/id0_0000.png"),
        ("celeb_df", "YouTube-real/inversions/00170.png"),
        ("celeb_df_pp", "YouTube-real/inversions/00170.png"),
        ("faceforensics", "manipulated_sequences/youtube/c23/videos/000.mp4"),
        ("dfd", "manipulated_sequences/actors/c23/videos/01__scene.mp4"),
        ("deepfake_timit", "lower_quality_crops/fadg0/sa1-video-fram1.avi"),
        ("talking_head_bench", "fake/Hallo/FaceForensics++/000.mp4"),
    ],
)
def test_a_fake_in_a_folder_called_like_one_of_reals_is_no_real(name, path, lay_out):
    root = lay_out({**EXAMPLES[name].FILES, path: None})
    folder = scan(root)
    listed = [item for item in read_layout(name, folder) if item.path == path]
    assert not any(isinstance(item, ListedItem) for item in listed)


@pytest.mark.parametrize("path", ["fake/CW/real/x/1.png", "real/CW/Fake/1.mp4"])
def test_dacon_of_both_labels_in_a_path_names_it(path, lay_out):
    root = lay_out([path, "real/1.jpg"])
    (problem,) = problems_of(root, "dacon")
    assert problem[0] == "unknown_label"


def test_gend_crops_of_both_words_in_a_source_names_it(lay_out):
    made = "datasets/FF/real-inversions/000/000.png"
    root = lay_out({**gend_crops.FILES, made: None, "datasets/FF/unreal/001/1.png": None})
    assert problems_of(root, "gend_crops") == [("unknown_label", made.rpartition("/")[0])]


def test_folder_names_items_below_their_class(lay_out):
    rows = table(lay_out(EXAMPLES["folder"].FILES), "folder")
    assert list(rows.index) == [("fake", "a/1.mp4"), ("real", "1.png"), ("real", "a/1.mp4")]
    assert rows["group"].is_unique
    assert list(rows["kind"]) == ["video", "image", "video"]


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        ("REAL", "FAKE"),
        ("Real", "Fake"),
        ("0_real", "1_fake"),
        ("reals", "fakes"),
        ("original", "manipulated"),
        ("originals", "Deepfakes"),
        ("real_videos", "fake_videos"),
        ("pristine", "synthesized"),
        ("archive/real", "archive/Fake"),
        ("train/real", "test/fake"),
    ],
)
@pytest.mark.parametrize("name", ["folder", "folder_of_frames"])
def test_folder_knows_the_names_of_labels(name, real, fake, lay_out):
    rows = table(lay_out([f"{real}/a/1.png", f"{fake}/a/1.png"]), name).set_index("path")
    labels = {path.partition("/a")[0]: label for path, label in rows["label"].items()}
    assert labels == {real: "real", fake: "fake"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("fake_v2/1.png", "fake_v2: is no label: expected folders called real or fake"),
        ("unreal/1.png", "unreal: is no label"),
        ("originality/x/1.png", "originality: is no label"),
        ("fake/real/1.png", "fake/real: names both labels"),
        ("real/x/fakes/1.png", "real/x/fakes: names both labels"),
    ],
)
@pytest.mark.parametrize("name", ["folder", "folder_of_frames"])
def test_folder_refuses_names_that_leave_the_label_open(name, path, message, lay_out):
    with pytest.raises(InputError, match=message):
        table(lay_out([path, "real/2.png"]), name)


def test_folder_of_frames_has_an_item_a_video(lay_out):
    rows = table(lay_out(EXAMPLES["folder_of_frames"].FILES), "folder_of_frames")
    assert rows["kind"].to_dict() == {
        ("fake", "archive/1.png"): "image",
        ("fake", "archive/a"): "frames",
        ("fake", "archive/c.mp4"): "video",
        ("real", "archive/a"): "frames",
        ("real", "archive/b"): "frames",
    }


def test_csv_takes_a_folder_for_the_frames_of_a_video(lay_out):
    root = lay_out({
        "media.csv": "path,label,original\na,real,\nb/,fake,a\n", "a/1.png": None,
        "a/2.png": None, "b/1.png": None,
    })  # fmt: skip
    rows = table(root, "csv")
    assert rows["kind"].to_list() == ["frames", "frames"]
    assert rows["group"].nunique() == 1


def test_csv_joins_a_fake_to_its_original(lay_out):
    rows = table(lay_out(EXAMPLES["csv"].FILES), "csv")
    assert groups(rows) == [{"a.mp4", "b.mp4"}, {"c.mp4"}]


def test_csv_takes_further_columns_as_attributes_and_empty_cells_as_unknown(lay_out):
    rows = table(lay_out(EXAMPLES["csv"].FILES), "csv").set_index("path")["attributes"]
    assert rows.map(from_text).to_dict() == {
        "a.mp4": {"camera": "x=1", "skin": "dark"},
        "b.mp4": {"camera": "x=1", "skin": "dark"},
        "c.mp4": {"skin": "light"},
    }


@pytest.mark.parametrize("column", ["person", "gender", "skin", "light", "age", "compression"])
def test_csv_has_any_attribute(column, lay_out):
    root = lay_out({"media.csv": f"path,label,{column}\na.mp4,real,x\n", "a.mp4": None})
    assert table(root, "csv")["attributes"].tolist() == [f"{column}=x"]


@pytest.mark.parametrize(
    ("column", "known"),
    [
        ("lable", "label"),
        ("grup", "group"),
        ("GROUP", "group"),
        (" split", "split"),
        ("methods", "method"),
        ("origin", "original"),
        ("paths", "path"),
    ],
)
def test_csv_of_a_misspelt_column_names_it_and_what_it_was_taken_for(column, known, lay_out):
    named = [name for name in ("path", "label") if name != known]
    header = ",".join([*named, column])
    root = lay_out({"media.csv": f"{header}\n{','.join('xyz'[: header.count(',') + 1])}\n"})
    with pytest.raises(InputError, match=rf"media\.csv: the column '{column}' .* '{known}': spell"):
        table(root, "csv")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("path,label,skin,", "a column has no name"),
        ("path,label,skin,skin ", "several columns are called 'skin'"),
        ("label,skin", "no column path; found label, skin"),
        ("file,label", "no column path; found file, label"),
    ],
)
def test_csv_of_unusable_columns_is_an_error(header, message, lay_out):
    with pytest.raises(InputError, match=rf"media\.csv: {message}"):
        table(lay_out({"media.csv": f"{header}\n"}), "csv")


@pytest.mark.parametrize("name", ["faceforensics", "faceforensics_c23", "dfd"])
def test_the_compression_is_an_attribute(name, lay_out):
    rows = table(lay_out(EXAMPLES[name].FILES), name)
    assert set(rows["attributes"]) == {"compression=c23"}


@pytest.mark.parametrize("name", ["celeb_df", "celeb_df_pp"])
def test_celeb_df_says_where_a_video_is_from(name, lay_out):
    rows = table(lay_out(EXAMPLES[name].FILES), name).set_index("path")["attributes"]
    youtube = rows.index.str.contains("YouTube")
    assert youtube.any()
    assert set(rows[youtube]) == {"source=youtube"}
    assert set(rows[~youtube]) == {"source=celebrity"}


def test_fake_av_celeb_says_race_and_gender_of_the_person_shown(lay_out):
    rows = table(lay_out(EXAMPLES["fake_av_celeb"].FILES), "fake_av_celeb")
    for row in rows.itertuples():
        *_, race, gender, _, _ = row.path.split("/")
        assert from_text(row.attributes) == {"race": race, "gender": gender}
