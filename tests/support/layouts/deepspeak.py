"""Version 2: names of fakes tell recordings alone; actors and splits stand in lists."""

REALS = "identity,video-file,recording\n10,10-4100.mp4,4100\n11,11-4897.mp4,4897\n12,12-7.mp4,7\n"
FAKES = (
    "video-file,kind,engine,identity-source,identity-target,recording-source,recording-target\n"
    "facefusion-4100-4897-original.mp4,face-swap,facefusion,10,11,4100,4897\n"
    "diff2lip-7-7-playht.mp4,lip-sync,diff2lip,12,12,7,7\n"
)
SPLITS = ",identity,split\n0,10,train\n1,11,train\n2,12,test\n"
VIDEOS = [
    "deepspeak-v2-0/10-4100.mp4",
    "deepspeak-v2-0/11-4897.mp4",
    "deepspeak-v2-1/12-7.mp4",
    "deepspeak-v2-1/facefusion-4100-4897-original.mp4",
    "deepspeak-v2-1/diff2lip-7-7-playht.mp4",
]
FILES = {
    **dict.fromkeys(VIDEOS),
    "annotations-real.csv": REALS,
    "annotations-fake.csv": FAKES,
    "annotations-split-def.csv": SPLITS,
}
