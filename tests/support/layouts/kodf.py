"""Three actors, a fake of two, and one driven by the sound of its own actor."""

FILES = dict.fromkeys(
    [
        "kodf_release/original_videos/0b0e/0b0e_001.mp4",
        "kodf_release/original_videos/0b0e/0b0e_002.mp4",
        "kodf_release/original_videos/200001/200001_001.mp4",
        "kodf_release/original_videos/200002/200002_001.mp4",
        "kodf_release/synthesized_videos/dffs/20200901/0b0e/0b0e_200001_2_0001.mp4",
        "kodf_release/synthesized_videos/fsgan/20200901/0b0e/0b0e_200001_3_0001.mp4",
        "kodf_release/synthesized_videos/audio-driven/20200902/200002/200002_200002_5_0001.mp4",
    ]
)
