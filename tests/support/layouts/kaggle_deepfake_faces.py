"""A real with its fake, and a fake whose original is not there."""

LIST = (
    "videoname,original_width,original_height,label,original\n"
    "aaaaaaaaaa.mp4,129,129,REAL,\n"
    "bbbbbbbbbb.mp4,129,131,FAKE,aaaaaaaaaa.mp4\n"
    "cccccccccc.mp4,80,80,FAKE,zzzzzzzzzz.mp4\n"
)
NAMES = ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"]
FILES = {"metadata.csv": LIST, **dict.fromkeys(f"faces_224/{name}.jpg" for name in NAMES)}
