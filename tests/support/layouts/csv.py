"""A fake with its original, and a file of no group."""

FILES = {
    "media.csv": "path,label,group,method,original,split\n"
    "a.mp4,real,anna,,,train\nb.mp4,FAKE,,swap,a.mp4,train\nc.mp4,real,,,,test\n",
    **dict.fromkeys(["a.mp4", "b.mp4", "c.mp4"]),
}
