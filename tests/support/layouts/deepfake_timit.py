"""Three fakes of two qualities, and reals of two of the persons."""

FILES = dict.fromkeys(
    [
        "DeepfakeTIMIT/higher_quality/fadg0/sa1-video-fram1.avi",
        "DeepfakeTIMIT/lower_quality/fadg0/sa1-video-fram1.avi",
        "DeepfakeTIMIT/lower_quality/fcft0/sa1-video-fjas0.avi",
        "VidTIMIT/fadg0/sa1.avi",
        "VidTIMIT/fram1/sa1.avi",
    ]
)
