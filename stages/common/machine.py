"""Settings of this machine. They come from the environment or machine.yaml and change no byte."""

import os
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

MACHINE_FILE = Path("machine.yaml")


def _visible_gpus() -> int:
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([name for name in named.split(",") if name not in ("", "-1")])
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


class Machine(BaseSettings):
    """What this machine offers; `MACHINE_WORKERS=4` in the environment wins over machine.yaml.

    Attributes
    ----------
    workers : int
        Processes that work on items side by side, with one native thread each.
    scheduler : str
        Address of an existing Dask scheduler such as ``tcp://head:8786``; empty starts a local
        cluster. ``DASK_SCHEDULER_ADDRESS`` is obeyed as well.
    memory : str
        Memory bound of one local worker, such as ``4GiB``; ``auto`` divides the machine's.
    device : {"auto", "cpu", "gpu"}
        Where networks run: auto takes a GPU when there is one, gpu fails where there is none.
    gpus : int
        NVIDIA GPUs that local workers share out, one worker each; those that the driver and
        ``CUDA_VISIBLE_DEVICES`` show by default.
    """

    model_config = SettingsConfigDict(env_prefix="MACHINE_", yaml_file=MACHINE_FILE, extra="forbid")

    workers: Count = Field(default_factory=lambda: len(os.sched_getaffinity(0)))
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
        """The environment first, then machine.yaml."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


def this_machine() -> Machine:
    """Read and check the settings; an unknown or ill-typed one is a `ParamsError` that names it."""
    try:
        return Machine()
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise ParamsError(f"{MACHINE_FILE} or MACHINE_* variables: {'; '.join(problems)}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ParamsError(f"{MACHINE_FILE} is no YAML mapping: {error}") from None
