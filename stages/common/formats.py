"""The table of formats: what is read, what is refused by name, their suffixes and signatures."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Kind = Literal["image", "video"]


@dataclass(frozen=True)
class Format:
    """A format of pictures or clips.

    Attributes
    ----------
    name : str
        What people call it.
    kind : {"image", "video"}
        What its files mostly are. The decoder goes by content: an animation is a clip.
    suffixes : tuple of str
        Of its files, in lower case; the first is the usual one.
    reader : str
        FFmpeg's name of its demuxer, ``"pillow"`` or ``"libheif"``; empty if the format is refused.
    signatures : tuple of (int, bytes)
        Offset and value of bytes that files of the format begin with; several are alternatives.
    command : str
        What converts it where FFmpeg does not.
    """

    name: str
    kind: Kind
    suffixes: tuple[str, ...]
    reader: str = ""
    signatures: tuple[tuple[int, bytes], ...] = ()
    command: str = ""

    @property
    def convert(self) -> str:
        """The command that makes a file of this format readable."""
        if self.command:
            return self.command
        target = "picture.png" if self.kind == "image" else "clip.mp4"
        options = "" if self.kind == "image" else " -c:v libx264 -crf 12"
        return f"ffmpeg -i FILE{options} {target}"


def _at(offset: int, *values: bytes) -> tuple[tuple[int, bytes], ...]:
    return tuple((offset, value) for value in values)


_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_HEIF_SEQUENCE_BRANDS = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")

FORMATS = (
    Format(
        "JPEG", "image", (".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg_pipe", _at(0, b"\xff\xd8\xff"),
    ),
    Format("PNG", "image", (".png", ".apng"), "png_pipe", _at(0, b"\x89PNG\r\n\x1a\n")),
    Format("WebP", "image", (".webp",), "webp_pipe", _at(8, b"WEBP")),
    Format("TIFF", "image", (".tif", ".tiff"), "tiff_pipe", _at(0, b"II*\0", b"MM\0*")),
    Format("BMP", "image", (".bmp", ".dib"), "bmp_pipe", _at(0, b"BM")),
    Format("GIF", "image", (".gif",), "gif", _at(0, b"GIF87a", b"GIF89a")),
    # The next three before MP4, which they are kinds of
    Format(
        "HEIF (HEIC)", "image", (".heic", ".heif", ".hif"), "libheif",
        _at(4, *(b"ftyp" + brand for brand in _HEIF_BRANDS)),
    ),
    Format(
        "HEIF sequence", "video", (".heics", ".heifs"), "mov",
        _at(4, *(b"ftyp" + brand for brand in _HEIF_SEQUENCE_BRANDS)),
    ),
    Format("AVIF", "image", (".avif", ".avifs"), "pillow", _at(4, b"ftypavif", b"ftypavis")),
    Format(
        "MP4 or QuickTime", "video", (".mp4", ".mov", ".m4v", ".qt", ".3gp", ".3g2", ".f4v"), "mov",
        _at(4, b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"),
    ),
    Format("Matroska or WebM", "video", (".mkv", ".webm"), "matroska", _at(0, b"\x1a\x45\xdf\xa3")),
    Format("AVI", "video", (".avi", ".divx"), "avi", _at(8, b"AVI ")),
    Format("MPEG-TS", "video", (".ts", ".mts", ".m2ts", ".m2t"), "mpegts"),
    Format("MPEG-PS", "video", (".mpg", ".mpeg", ".vob"), "mpeg", _at(0, b"\0\0\1\xba")),
    Format(
        "Windows Media", "video", (".wmv", ".asf"), "asf",
        _at(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ),
    Format("Flash Video", "video", (".flv",), "flv", _at(0, b"FLV\1")),
    Format("Ogg", "video", (".ogv", ".ogg", ".ogm"), "ogg", _at(0, b"OggS")),
    Format("MXF", "video", (".mxf",), "mxf", _at(0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01")),
    # Refused: no decoder in the wheels, or none that is worth its risk
    Format("JPEG XL", "image", (".jxl",), "", _at(0, b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    Format(
        "JPEG 2000", "image", (".jp2", ".j2k", ".jpx"), "",
        _at(0, b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    ),
    Format("Photoshop", "image", (".psd", ".psb"), "", _at(0, b"8BPS")),
    Format("OpenEXR", "image", (".exr",), "", _at(0, b"\x76\x2f\x31\x01")),
    Format("Radiance HDR", "image", (".hdr",), "", _at(0, b"#?RADIANCE", b"#?RGBE")),
    Format(
        "Netpbm", "image", (".ppm", ".pgm", ".pbm", ".pnm"), "",
        _at(0, *(b"P%d\n" % number for number in range(1, 7))),
    ),
    # Camera raw is TIFF inside, of which a decoder would give the preview
    Format(
        "camera raw", "image", (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2"),
        command="magick FILE picture.png",
    ),
    Format("RealMedia", "video", (".rm", ".rmvb"), "", _at(0, b".RMF")),
    Format("DV", "video", (".dv", ".dif"), "", _at(0, b"\x1f\x07\0")),
    Format("Y4M", "video", (".y4m",), "", _at(0, b"YUV4MPEG2")),
    Format("IVF", "video", (".ivf",), "", _at(0, b"DKIF")),
    Format("NUT", "video", (".nut",), "", _at(0, b"nut/multimedia container")),
    Format(
        "raw H.264 or HEVC", "video", (".h264", ".264", ".h265", ".265", ".hevc"), "",
        _at(0, b"\0\0\0\1"),
    ),
    Format("raw MPEG video", "video", (".m1v", ".m2v", ".mpv"), "", _at(0, b"\0\0\1\xb3")),
)  # fmt: skip
"""Every suffix stands once. The first signature that fits decides, so special ones come first."""

READ = tuple(form for form in FORMATS if form.reader)


def by_suffix(path: str | PurePath) -> Format | None:
    """Return the format that a file's suffix names; None for other files."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower())


def suffixes_of(formats: Iterable[Format]) -> frozenset[str]:
    """Return the suffixes of some formats."""
    return frozenset(suffix for form in formats for suffix in form.suffixes)


def names_of_read() -> str:
    """List the formats that are read, for an error message."""
    return ", ".join(form.name for form in READ)


def refusal(form: Format) -> str:
    """Say that a format is not read, what is, and how to convert."""
    return (
        f"is {form.name}, which is not read: convert it with `{form.convert}` (read are "
        f"{names_of_read()})"
    )


_BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}
