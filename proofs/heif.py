"""HEIF as phones write it: HEVC (or AV1) in tiles, turned by properties (ISO/IEC 23008-12)."""

import io
import struct

import av
import numpy as np

TURNED = {
    1: b"",
    2: b"\0\0\0\x09imir\1",
    3: b"\0\0\0\x09irot\2",
    4: b"\0\0\0\x09imir\0",
    6: b"\0\0\0\x09irot\3",
    8: b"\0\0\0\x09irot\1",
}
"""Property by EXIF's orientation; those of 5 and 7 are two."""

_KINDS = {
    "libx265": (b"hvc1", b"hvcC", b"heic"),
    "libsvtav1": (b"av01", b"av1C", b"avif"),
}
"""Names of the item, of the box with its parameter sets, and of the file's kind."""


def heif(
    pictures: list[np.ndarray],
    rows: int = 1,
    columns: int = 1,
    orientation: int = 1,
    transfer: int = 13,
    pixels: str = "yuv420p",
    codec: str = "libx265",
    claimed: tuple[int, int] | None = None,
    exif: bytes = b"",
) -> bytes:
    """Return a file with each picture as one item, divided into tiles.

    Parameters
    ----------
    pictures : list of ndarray of uint8, shape (height, width, 3)
        RGB, of one size that rows and columns divide.
    rows, columns : int
        Tiles; without any, a picture is one HEVC picture.
    orientation : int
        EXIF's, 1, 2, 3, 4, 6 or 8, written as a property.
    transfer : int
        Of ITU-T H.273, table 3: 13 is sRGB, 16 PQ, 18 HLG.
    pixels : str
        FFmpeg's pixel format.
    codec : str
        FFmpeg's encoder; with ``"libsvtav1"``, the file is an AVIF.
    claimed : tuple of int, optional
        Another width and height to write into the properties.
    exif : bytes
        EXIF data of the first picture, from its TIFF header on.
    """
    height, width = pictures[0].shape[:2]
    tile = height // rows, width // columns
    tiles = [
        picture[y : y + tile[0], x : x + tile[1]]
        for picture in pictures
        for y in range(0, height, tile[0])
        for x in range(0, width, tile[1])
    ]
    configuration, coded = _coded(tiles, transfer, pixels, codec)
    item, box, brand = _KINDS[codec]
    size, each = (claimed or (width, height)), rows * columns
    primaries, matrix = (9, 9) if transfer in (16, 18) else (1, 6)
    properties = [
        _box(box, configuration),
        _full(b"ispe", struct.pack(">II", *(size if each == 1 else tile[::-1]))),
        _full(b"ispe", struct.pack(">II", *size)),
        _box(b"colr", b"nclx" + struct.pack(">HHHB", primaries, transfer, matrix, 128)),
        *([TURNED[orientation]] if TURNED[orientation] else []),
    ]
    of_picture = [3, 4, *([0x80 | 5] if orientation > 1 else [])]
    items: list[tuple[bytes, bytes, list[int]]] = []  # kind, data, properties
    primary, references = 1, b""
    if each == 1:
        items = [(item, data, [0x81, *of_picture]) for data in coded]
    else:
        items = [(item, data, [0x81, 2, 4]) for data in coded]
        primary = len(items) + 1
        grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
        for number in range(len(pictures)):
            items.append((b"grid", grid, of_picture))
            first = 1 + number * each
            ids = struct.pack(f">HH{each}H", len(items), each, *range(first, first + each))
            references += _box(b"dimg", ids)
    if exif:
        items.append((b"Exif", struct.pack(">I", 0) + exif, []))
        references += _box(b"cdsc", struct.pack(">HHH", len(items), 1, primary))
    hidden = 0 if each == 1 else len(coded)
    start = _box(b"ftyp", brand + b"\0\0\0\0mif1" + brand)
    return _file(start, items, properties, primary, references, hidden)


def _file(
    start: bytes,
    items: list[tuple[bytes, bytes, list[int]]],
    properties: list[bytes],
    primary: int,
    references: bytes,
    hidden: int,
) -> bytes:
    infos = b"".join(
        _full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", 2, number <= hidden)
        for number, (kind, _, _) in enumerate(items, 1)
    )
    associations = b"".join(
        struct.pack(">HB", number, len(indices)) + bytes(indices)
        for number, (_, _, indices) in enumerate(items, 1)
        if indices
    )
    count = sum(bool(indices) for _, _, indices in items)

    def meta(offset: int) -> bytes:
        places = b""
        for number, (_, data, _) in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(data))
            offset += len(data)
        parts = [
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            _full(b"pitm", struct.pack(">H", primary)),
            _full(b"iinf", struct.pack(">H", len(items)) + infos),
            *([_full(b"iref", references)] if references else []),
            _box(
                b"iprp",
                _box(b"ipco", b"".join(properties))
                + _full(b"ipma", struct.pack(">I", count) + associations),
            ),
            _full(b"iloc", b"\x44\0" + struct.pack(">H", len(items)) + places),
        ]
        return _full(b"meta", b"".join(parts))

    before = len(start) + len(meta(0)) + 8
    data = b"".join(data for _, data, _ in items)
    return start + meta(before) + _box(b"mdat", data)


def video(pictures: list[np.ndarray], transfer: int, pixels: str, codec: str) -> bytes:
    """Return an MP4 file of pictures, each a keyframe, tagged as those of `heif` are."""
    target = io.BytesIO()
    options = {
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:keyint=1:crf=4"},
        "libsvtav1": {"preset": "12", "g": "1", "crf": "4"},
    }[codec]
    with av.open(target, "w", format="mp4") as output:
        stream = output.add_stream(codec, rate=1, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        hdr = transfer in (16, 18)
        context = stream.codec_context
        context.color_trc, context.color_range = transfer, 2
        context.color_primaries, context.colorspace = (9, 9) if hdr else (1, 6)
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(format=pixels, dst_colorspace=9 if hdr else 5, dst_color_range=2)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target.getvalue()


def _coded(
    tiles: list[np.ndarray], transfer: int, pixels: str, codec: str
) -> tuple[bytes, list[bytes]]:
    """Encode each tile as a picture of its own; return their parameter sets and their data."""
    with av.open(io.BytesIO(video(tiles, transfer, pixels, codec))) as made:
        stream = made.streams.video[0]
        return stream.codec_context.extradata, [bytes(p) for p in made.demux(stream) if p.size]


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _full(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, bytes([version]) + flags.to_bytes(3) + content)
