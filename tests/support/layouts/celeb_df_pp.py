"""Three identities, fakes that share a name and differ in method, and a video of nobody known."""

VIDEOS = [
    "Celeb-real/id0_0000.mp4",
    "Celeb-real/id1_0000.mp4",
    "Celeb-real/id2_0000.mp4",
    "YouTube-real/00170.mp4",
    "Celeb-synthesis/FaceSwap/BlendFace/id0_id1_0000.mp4",
    "Celeb-synthesis/FaceSwap/SimSwap/id0_id1_0000.mp4",
    "Celeb-synthesis/FaceSwap/SimSwap/id1_id0_0000.mp4",
    "Celeb-synthesis/FaceReenact/LIA/id0_id1_0000.mp4",
    "Celeb-synthesis/TalkingFace/FLOAT/id2_0000_test_0001.mp4",
]
TEST_LIST = (
    "1 Celeb-real/id2_0000.mp4\n"
    "1 YouTube-real/00170.mp4\n"
    "0 Celeb-synthesis/FaceSwap/BlendFace/id0_id1_0000.mp4\n"
    "0 Celeb-synthesis/FaceSwap/SimSwap/id1_id0_0000.mp4\n"
    "0 Celeb-synthesis/FaceReenact/LIA/id0_id1_0000.mp4\n"
    "0 Celeb-synthesis/TalkingFace/FLOAT/id2_0000_test_0001.mp4\n"
    "0 Celeb-synthesis/TalkingFace/SadTalker/id2_0000_test_0001.mp4\n"
)
FILES = {**dict.fromkeys(VIDEOS), "List_of_testing_videos.txt": TEST_LIST}
