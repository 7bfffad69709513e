"""Work for the tests of items: what a worker process does with a task."""

import errno
import os
import time

from stages.common.errors import InputError, ItemError, MachineFailure
from stages.common.items import ItemResult


def work(task, factor=1):
    """A picture and a row that follow from the task; words in it say what goes wrong."""
    text = task.read_text()
    if "refuse" in text:
        raise ItemError("is refused")
    if "late" in text:
        raise MachineFailure("took too long")
    if "error" in text:
        raise KeyError("nothing here")
    if "mistake" in text:
        raise InputError("no such weights")
    if "kill" in text:
        os._exit(9)
    if "hungry" in text:
        taken = bytearray(os.urandom(1) * 2**30)
        time.sleep(30)
        return ItemResult({"frame": [taken[0]]})
    if "unreadable" in text:
        raise PermissionError(errno.EACCES, "Permission denied")
    if "thread" in text:
        raise RuntimeError("can't start new thread")
    if "slow" in text:
        time.sleep(0.5)
    return ItemResult({"frame": [0, 1], "size": [len(text) * factor] * 2}, {"0.png": text.encode()})


def work_on_several(tasks):
    """`work` on each of several tasks."""
    for task in tasks:
        try:
            yield work(task)
        except InputError:
            raise
        except Exception as error:
            yield error


def work_without_threads(tasks):
    """Several tasks on a machine that refuses a thread."""
    yield from map(work, tasks)


def native_threads():
    """Threads of OpenCV and of TensorFlow in this process."""
    import cv2

    return cv2.getNumThreads(), os.environ["TF_NUM_INTRAOP_THREADS"]
