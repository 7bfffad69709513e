"""Two variants, targets for some of the fakes, and a source video, which is no real."""

FILES = {
    "manipulated_videos/end_to_end/000_M101.mp4": None,
    "manipulated_videos/end_to_end/001_M101.mp4": None,
    "manipulated_videos/end_to_end_level_1/000_M101.mp4": None,
    "manipulated_videos/end_to_end/002_W004.mp4": None,
    "target_videos/000.mp4": None,
    "target_videos/002.mp4": None,
    "source_videos/M101/M101_light_up_happy_camera_front.mp4": None,
    "lists/splits/train.txt": "000_M101.mp4\n001_M101.mp4\n",
    "lists/splits/val.txt": "",
    "lists/splits/test.txt": "002_W004.mp4\n",
}
