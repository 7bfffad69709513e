"""Three identities and a fake of two of them, and two videos of nobody known."""

VIDEOS = [
    "Celeb-real/id0_0000.mp4",
    "Celeb-real/id1_0000.mp4",
    "Celeb-real/id2_0000.mp4",
    "Celeb-synthesis/id0_id1_0000.mp4",
    "YouTube-real/00170.mp4",
    "YouTube-real/00171.mp4",
]
TEST_LIST = "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
FILES = {**dict.fromkeys(VIDEOS), "List_of_testing_videos.txt": TEST_LIST}
