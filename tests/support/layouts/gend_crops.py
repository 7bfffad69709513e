"""Crops of two datasets under short names, a method that is called Real…, and lists of a split."""

FF = [
    "datasets/FF/real/000/000.png",
    "datasets/FF/real/000/012.png",
    "datasets/FF/real/003/000.png",
    "datasets/FF/DF/000_003/000.png",
]
OTHERS = [
    "datasets/CDFv2/YouTube-real/00170/000.png",
    "datasets/CDFv2/Celeb-synthesis/id0_id1_0000/000.png",
    "datasets/CDFv3/Real3DPortrait/id0_0000_test_1/000.png",
    "datasets/UADFV/real/0000/000.png",
    "datasets/UADFV/fake/0000_fake/000.png",
]
FILES = {
    **dict.fromkeys([*FF, *OTHERS]),
    "config/datasets/FF/test/real.txt": "datasets/FF/real/000/000.png\n",
    "config/datasets/FF/train/DF.txt": "datasets/FF/DF/000_003/000.png\n",
}
