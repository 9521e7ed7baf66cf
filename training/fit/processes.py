"""How many processes train together, as whoever started them says: nobody, torchrun, or Ray Train."""

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from torch.utils.data import Sampler


@dataclass(frozen=True)
class Processes:
    """This process among those that train one network.

    Attributes:
        rank: Its number among all, from 0.
        size: How many there are.
        local_size: How many of them are on this machine.
        are_rays: Whether Ray Train started them.
    """

    rank: int = 0
    size: int = 1
    local_size: int = 1
    are_rays: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, *, are_rays: bool = False) -> Self:
        """Read what torchrun and Ray Train leave in the environment; one process alone where there is nothing."""
        names = ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")
        rank, size, local_size = (int(environ.get(name, default)) for name, default in zip(names, "011", strict=True))
        return cls(rank, size, local_size, are_rays)

    @property
    def is_first(self) -> bool:
        """Whether this process writes what all have made."""
        return self.rank == 0

    def share(self, total: int) -> int:
        """An equal share of a number of things that has to be shared without rest.

        Raises:
            ValueError: If there is a rest.
        """
        if total % self.size:
            raise ValueError(f"{total} cannot be shared equally among {self.size} processes")
        return total // self.size

    def trainer_arguments(self) -> dict[str, Any]:
        """What Lightning's trainer has to be told about them."""
        if self.size == 1 and not self.are_rays:
            return {"devices": 1}
        # Each phase freezes other stages, whose weights then get no gradient.
        if self.are_rays:
            from ray.train.lightning import RayDDPStrategy, RayLightningEnvironment  # noqa: PLC0415 - its own extra

            return {
                "devices": "auto",
                "strategy": RayDDPStrategy(find_unused_parameters=True),
                "plugins": [RayLightningEnvironment()],
            }
        return {
            "devices": self.local_size,
            "num_nodes": self.size // self.local_size,
            "strategy": "ddp_find_unused_parameters_true",
        }


class ShareOfDraws(Sampler[int]):
    """What one process draws in an epoch; all processes together draw what one alone would have drawn."""

    def __init__(self, draws: Iterable[int], total: int, processes: Processes) -> None:
        """Take every so many-th draw.

        Args:
            draws: The same in all processes, seed included.
            total: How many there are.
            processes: Who shares them.
        """
        self._draws = draws
        self._total = total
        self._processes = processes

    def __iter__(self) -> Iterator[int]:
        own = itertools.islice(self._draws, self._processes.rank, None, self._processes.size)
        return itertools.islice(own, len(self))

    def __len__(self) -> int:
        # The same for all, or those with one draw more would wait for the others for ever.
        return self._total // self._processes.size
