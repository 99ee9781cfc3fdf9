# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What a run depends on besides its scenario."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from ipcsim.program import PathLike

Param = Union[bool, int, float, str]


@dataclass(frozen=True)
class Settings:
    """None: the scenario's header decides, or the program's default."""

    params: Mapping[str, Param] = field(default_factory=dict)
    board: PathLike | None = None
    sched: str | None = None
    fault: str | None = None
    seed: int | None = None
    num_procs: int | None = None
    until_us: int | None = None
    cost_scale: float | None = None

    @property
    def arguments(self) -> list[str]:
        """As options of the program."""
        options = {
            "--board": self.board,
            "--sched": self.sched,
            "--fault": self.fault,
            "--seed": self.seed,
            "--num-procs": self.num_procs,
            "--until": self.until_us,
            "--cost-scale": self.cost_scale,
        }
        words = []
        for name, param in self.params.items():
            words += ["-P", f"{name}={_text(param)}"]
        for flag, value in options.items():
            if value is not None:
                words += [flag, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        return words


def _text(value: Param) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, str)):
        return str(value)
    raise TypeError(f"a parameter is a number, a text or a boolean, not {value!r}")
