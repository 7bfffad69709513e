"""Photos of phones (HEIC), decoded by libheif: FFmpeg's library gives one tile at a time.

libheif and libde265, its decoder of HEVC, are C++ that interprets a stranger's bytes, and faults in
both have let crafted files write out of bounds. So they run in the process of
`stages.common.sandbox` alone, with its limits on memory and time, keep libheif's own limits, and
read what is looked at: neither thumbnails nor gain maps nor depth.
"""

import struct
from pathlib import Path

import av
import numpy as np
import pi_heif
from av.video.reformatter import ColorRange

from stages.common.errors import ItemError
from stages.common.header import Header

pi_heif.options.DECODE_THREADS = 1
pi_heif.options.THUMBNAILS = False
pi_heif.options.DEPTH_IMAGES = False
pi_heif.options.AUX_IMAGES = False

_SEQUENCE = b"msf1"  # the brand in the first box
_ERRORS = (ValueError, RuntimeError, SyntaxError, EOFError, OSError, struct.error)


def heif_header(path: Path) -> Header:
    """Read what a HEIF file says of its primary picture; nothing is decoded.

    Its size is that after the turns and cuts of its properties, which libheif applies; an
    orientation in EXIF repeats them and is ignored (ISO/IEC 23008-12, A.2.2).

    Raises
    ------
    ItemError
        The file is damaged.
    """
    data = path.read_bytes()
    pictures = _opened(data)
    remark = ""
    if len(pictures) > 1:
        remark = f"holds {len(pictures)} pictures, of which only the primary one is looked at"
    elif _SEQUENCE in data[: int.from_bytes(data[:4])]:
        remark = "holds a sequence beside its picture, which alone is looked at"
    return Header(pictures.size, orientation=1, remark=remark)


def heif_picture(path: Path) -> av.VideoFrame:
    """Decode the primary picture of a HEIF file.

    Returns
    -------
    VideoFrame
        RGB of 8 or 16 bits, upright, tagged with its transfer function; transparency is ignored.

    Raises
    ------
    ItemError
        The file is damaged, or its codec is not HEVC.
    """
    pictures = _opened(path.read_bytes())
    image = pictures[pictures.primary_index]
    try:
        pixels = np.asarray(image)
    except _ERRORS as error:
        raise _damaged(error) from None
    if pixels.ndim == 2 or pixels.shape[2] < 3:  # grey, maybe with transparency
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], -1)[:, :, :1], 3, axis=2)
    deep = pixels.dtype == np.uint16
    frame = av.VideoFrame.from_ndarray(
        np.ascontiguousarray(pixels[:, :, :3]), format="rgb48le" if deep else "rgb24"
    )
    colour = image.info.get("nclx_profile", {})
    frame.color_trc = colour.get("transfer_characteristics", frame.color_trc)
    frame.color_primaries = colour.get("color_primaries", frame.color_primaries)
    frame.color_range = ColorRange.JPEG
    return frame


def _opened(data: bytes) -> pi_heif.HeifFile:
    try:
        opened = pi_heif.open_heif(data, convert_hdr_to_8bit=False)
    except _ERRORS as error:
        raise _damaged(error) from None
    if not len(opened):
        raise _damaged("it holds no picture that can be read")
    return opened


def _damaged(reason: object) -> ItemError:
    return ItemError(f"is damaged, or not of the codec HEVC: {str(reason).strip()}")
