"""A fake with its original, and a file of no group, of which only one attribute is known."""

FILES = {
    "media.csv": "path,label,group,method,original,split,skin, camera\n"
    "a.mp4,real,anna,,,train,dark,x=1\nb.mp4,FAKE,,swap,a.mp4,train,dark ,x=1\n"
    "c.mp4,real,,,,test,light,\n",
    **dict.fromkeys(["a.mp4", "b.mp4", "c.mp4"]),
}
