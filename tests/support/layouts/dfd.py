"""Three actors, and a fake of two of them."""

VIDEOS = [
    "original_sequences/actors/c23/videos/01__kitchen_pan.mp4",
    "original_sequences/actors/c23/videos/02__kitchen_pan.mp4",
    "original_sequences/actors/c23/videos/03__kitchen_pan.mp4",
    "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__kitchen_pan__ABCDEFGH.mp4",
]
FILES = dict.fromkeys(VIDEOS)
