"""Tell errors of the machine, after which an item is worth another try, from those of the item."""

import errno

_OF_THE_MACHINE = {
    *(errno.EACCES, errno.EPERM, errno.ENOENT),  # rights, or a folder that is not mounted just now
    *(errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY),
    *(errno.ENOTCONN, errno.ECONNRESET, errno.ECONNABORTED, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    *(errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EINTR),
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS),
}


def is_of_machine(error: BaseException) -> bool:
    """Return whether the machine caused an error: rights, input and output, memory or threads.

    Within the limit of a decoder's process, a lack of memory is the item's error:
    `stages.common.sandbox` treats it first.
    """
    if isinstance(error, OSError):
        return error.errno in _OF_THE_MACHINE
    # Python has no class of its own for a thread that the system refuses
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)
