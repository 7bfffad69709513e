"""Three originals, two of which are a pair in every method, and the owners' split."""

METHODS = ["Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter"]
VIDEOS = [f"original_sequences/youtube/c23/videos/{name}.mp4" for name in ("000", "003", "001")] + [
    f"manipulated_sequences/{method}/c23/videos/{name}.mp4"
    for method in METHODS
    for name in ("000_003", "003_000")
]
SPLITS = {"train.json": '[["000", "003"]]', "val.json": "[]", "test.json": '[["001", "870"]]'}
FILES = {**dict.fromkeys(VIDEOS), **SPLITS}
