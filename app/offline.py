"""Cut off network access in the process that decodes an untrusted file."""

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Any, TypeVar

from stages.common.errors import MachineFailure
from stages.common.sandbox import call_apart

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_* of linux/sched.h

T = TypeVar("T")


def call_offline(function: Callable[..., T], *arguments: object, seconds: float) -> T:
    """Run `call_apart` in a network namespace whose interfaces are all down, even the loopback.

    Where the system does not allow this (not Linux, or user namespaces are disabled), the process
    keeps its network access; FFmpeg's protocol whitelist, which allows only files, still applies.
    """
    return call_apart(_cut_off, function, arguments, seconds=seconds)


def is_cut_off() -> bool:
    """Whether this system can start a process without network access."""
    try:
        return call_apart(_cut_off, _has_no_route, (), seconds=30)
    except MachineFailure:
        return False


def _cut_off(function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """Run in the child process: give up network access, then call the function."""
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare is not None and unshare(_NEW_USER | _NEW_NETWORK) != 0:
        refused = ctypes.get_errno()
        if refused not in (errno.EPERM, errno.EINVAL, errno.ENOSPC, errno.ENOSYS):
            raise OSError(refused, os.strerror(refused))
    return function(*arguments)


def _has_no_route() -> bool:
    """Run in the child process: whether there is no route to anywhere."""
    try:
        with open("/proc/net/route", encoding="ascii") as routes:  # noqa: PTH123 (no file on disk)
            return len(routes.readlines()) <= 1
    except OSError:
        return False
