"""Equal names under both labels."""

FILES = dict.fromkeys(["real/a/1.mp4", "real/1.png", "fake/a/1.mp4"])
