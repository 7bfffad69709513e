"""Serve a web page that scores a clip or picture uploaded by a visitor.

Command
    ``python -m app [--host ADDRESS --auth FILE --origin URL] [--port N] [--key PEM] [limits]``
Reads
    ``params.yaml``; ``models/``; ``metrics/scores/``, for the ensemble's threshold; the embedded
    sample, for the examples
Writes
    nothing permanent: uploads go to a temporary folder, and each is removed once it is answered

By default the server listens on the loopback address only. Any other address requires
``--auth FILE``, a file with one ``name:password`` per line that its owner alone may read, and
``--origin``. ``--hash-password`` asks for a password and prints what may stand in its place.
"""

# Slow imports are deferred to the functions that need them, because the process that decodes an
# item imports this module first
import argparse
import getpass
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.logins import Logins, hashed, read_logins
from app.rules import is_loopback
from app.upload_folder import upload_folder
from stages.common.errors import InputError, PipelineError
from stages.common.quiet import quiet_libraries

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.service import Service

_ABANDONED = 300.0  # seconds after which an upload that nobody asked about is removed


def main(args: list[str] | None = None) -> None:
    """Run the server until it is stopped."""
    options = _parser().parse_args(args)
    try:
        if options.hash_password:
            print(hashed(getpass.getpass("Password: ")))
            return
        auth = read_logins(options.auth) if options.auth else None
        require_auth(options.host, auth)
        require_origin(options.host, options.origin)
        require_free(options.host, options.port)
        key = _read_key(options.key) if options.key else None
        with suppress(SystemExit):  # SIGTERM
            serve(options, auth, key)
    except PipelineError as error:
        sys.exit(f"error: {error}")
    _end_at_once()


def _read_key(path: Path) -> "Ed25519PrivateKey":
    from app.report.signature import read_private_key

    return read_private_key(path)


def _end_at_once() -> None:
    """End this process without taking TensorFlow apart, which takes seconds."""
    shutil.rmtree(get_temp_dir(), ignore_errors=True)  # as multiprocessing would
    sys.stdout.flush()
    os._exit(0)


def serve(
    options: argparse.Namespace, auth: Logins | None, key: "Ed25519PrivateKey | None"
) -> None:
    """Serve the page until the server is stopped; the models are loaded meanwhile."""
    quiet_libraries()
    # Gradio asks its own server whether it is up, which no proxy reaches; nothing else is asked for
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    # The default SIGTERM handler would end the process without removing its temporary folder
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with upload_folder() as folder:
        sent, scratch = folder / "uploads", folder / "tmp"
        sent.mkdir()
        scratch.mkdir()
        # What TensorFlow and the processes of decoders leave behind goes with the folder
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        # Gradio reads these variables on import
        os.environ["GRADIO_TEMP_DIR"] = str(sent)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_OFFLINE"] = "1"
        from app.examples import examples
        from app.limits import PageLimits
        from app.page import launch, make_page
        from app.service import Service
        from app.uploads import Uploads

        limits = PageLimits(
            options.max_megabytes,
            options.max_duration,
            options.max_megapixels,
            options.max_seconds,
            options.max_waiting,
        )
        service, uploads = Service(limits, key), Uploads(sent)
        uploads.keep_swept(_ABANDONED)
        page = make_page(service, uploads, examples(), login=auth is not None)
        launch(
            page,
            service,
            uploads,
            options.host,
            options.port,
            auth,
            origins=options.origin,
        )
        with suppress(KeyboardInterrupt):
            _load(service)
            page.block_thread()


def _load(service: "Service") -> None:
    """Load the models while visitors can open the page, and say what is wrong with them."""
    from app.offline import is_cut_off

    print("Loading the models; the first answer waits for them", flush=True)
    for unknown in service.load().unknown:
        print(f"warning: {unknown}", file=sys.stderr)
    if not is_cut_off():
        print("warning: this system cannot start a process without network access", file=sys.stderr)
    print("Ready", flush=True)


def require_auth(host: str, auth: Logins | None) -> None:
    """Refuse to serve other machines without a login.

    Raises
    ------
    InputError
        `host` is not a loopback address and `auth` is None.
    """
    if auth is None and not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached from other machines, so it needs --auth FILE, a file "
            "with one name:password per line"
        )


def require_origin(host: str, origins: list[str]) -> None:
    """Check the origins, and that there is one if other machines are served.

    Raises
    ------
    InputError
        An origin has another form than ``https://name[:port]``, or none is given though `host`
        is not a loopback address.
    """
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise InputError(
                f"--origin {origin}: expected the form https://name or http://name:port"
            )
    if not origins and not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached from other machines, so it needs --origin, the address "
            "that visitors open, such as https://fake.example.org"
        )


def require_free(host: str, port: int) -> None:
    """Check, before the models are loaded, that the server can listen.

    Raises
    ------
    InputError
        Another program listens there, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise InputError(
            f"--host {host} --port {port}: {error.strerror or error}; choose another port, or end "
            "what listens there"
        ) from None


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{port} is not a port; expected 1 to 65535")
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        help="address that visitors open if it is not a loopback one, such as "
        "https://fake.example.org; may be given several times",
    )
    parser.add_argument("--port", type=_port, default=7860, help="port (%(default)s)")
    parser.add_argument("--auth", type=Path, help="file with one name:password per line")
    parser.add_argument(
        "--hash-password", action="store_true", help="ask for a password, print its hash, and end"
    )
    parser.add_argument(
        "--key", metavar="PEM", type=Path, help="private Ed25519 key that signs the case reports"
    )
    parser.add_argument(
        "--max-megabytes", type=int, default=100, help="largest upload (%(default)s)"
    )
    parser.add_argument(
        "--max-duration", type=float, default=120, help="longest clip in seconds (%(default)s)"
    )
    parser.add_argument(
        "--max-megapixels", type=float, default=9, help="largest frame (%(default)s)"
    )
    parser.add_argument(
        "--max-seconds",
        type=float,
        default=120,
        help="limit for decoding an item (%(default)s)",
    )
    parser.add_argument(
        "--max-waiting", type=int, default=20, help="longest queue of requests (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    main()
