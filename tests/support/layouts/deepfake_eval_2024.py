"""A real video with fake sound, a fake, one that is no MP4, and a picture of another part."""

LIST = (
    "Filename,Video Ground Truth,Audio Ground Truth,Finetuning Set\n"
    "aaa.mp4,Real,Fake,Train\n"
    "bbb.mp4,Fake,Real,Test\n"
    "ccc.webm,Real,Real,Test\n"
)
VIDEOS = ["video-data/aaa.mp4", "video-data/bbb.mp4", "video-data/ccc.webm"]
PICTURE = "image-data/ddd.jpg"
FILES = {**dict.fromkeys([*VIDEOS, PICTURE]), "video-metadata-publish.csv": LIST}
