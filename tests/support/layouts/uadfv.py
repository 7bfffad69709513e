"""A pair, and a real without its fake."""

FILES = dict.fromkeys(["real/0000.mp4", "fake/0000_fake.mp4", "real/0001.mp4"])
