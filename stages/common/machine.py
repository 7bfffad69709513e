"""Settings of this machine, from the environment or machine.yaml; they do not affect results."""

import os
from itertools import takewhile
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from stages.common.errors import ParamsError
from stages.common.numbers import Count, Natural
from stages.common.resources import processors

MACHINE_FILE = Path("machine.yaml")


_DEVICES = Path("/dev")


def _visible_gpus() -> int:
    """Count GPUs as CUDA does: it looks at no name behind the first that is none of a device."""
    present = len(list(_DEVICES.glob("nvidia[0-9]*")))
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return present
    names = (name.strip() for name in named.split(","))
    visible = takewhile(lambda name: name.isdecimal() or name.startswith(("GPU-", "MIG-")), names)
    return min(len(list(visible)), present)


class Machine(BaseSettings):
    """Resources of this machine; environment variables (`MACHINE_WORKERS=4`) override machine.yaml.

    Attributes
    ----------
    workers : int
        Processes that work on items in parallel, with one native thread each. The default is the
        number of processors that this process may use.
    scheduler : str
        Address of an existing Dask scheduler such as ``tcp://head:8786``; empty starts a local
        cluster. ``DASK_SCHEDULER_ADDRESS`` is the default.
    memory : str
        Memory limit of one local worker, such as ``4GiB``; ``auto`` divides the memory that this
        process may use by the number of workers.
    device : {"auto", "cpu", "gpu"}
        Where networks run: auto uses a GPU if there is one, gpu fails if there is none.
    gpus : int
        Number of NVIDIA GPUs for local workers, one worker per GPU. The default is the number of
        GPUs visible through the driver and ``CUDA_VISIBLE_DEVICES``.
    """

    model_config = SettingsConfigDict(env_prefix="MACHINE_", yaml_file=MACHINE_FILE, extra="forbid")

    workers: Count = Field(default_factory=processors)
    scheduler: str = Field(default_factory=lambda: os.environ.get("DASK_SCHEDULER_ADDRESS", ""))
    memory: str = "auto"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    gpus: Natural = Field(default_factory=_visible_gpus)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment take precedence over machine.yaml."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


def this_machine() -> Machine:
    """Read the settings; an unknown or ill-typed one raises a `ParamsError` that names it."""
    try:
        return Machine()
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ParamsError(f"{MACHINE_FILE} or MACHINE_* variables: {'; '.join(problems)}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ParamsError(f"{MACHINE_FILE} is no YAML mapping: {error}") from None
