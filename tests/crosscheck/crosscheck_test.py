# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Protection units as QEMU emulates them, against the models: docs/crosscheck.md.

CROSSCHECK names the host's program, as ctest sets it. A machine whose emulator or compiler is
not installed is skipped.
"""

import os
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
GUEST = HERE / "guest"
ROOT = HERE.parent.parent
TIME_LIMIT_SECONDS = 60

# Scenarios of the project, and the one that makes shapes, under several seeds.
SCENARIOS = [str(path) for path in sorted((ROOT / "scenarios").glob("*.lua"))]
SHAPES = [f"{HERE / 'shapes.lua'}:{seed}" for seed in range(1, 5)]


@dataclass
class Core:
    """What it takes to build for a core and to emulate it; Debian packages in brackets."""

    emulator: tuple[str, str]
    compiler: tuple[str, str]
    flags: tuple[str, ...]
    start: str


ARM = Core(
    emulator=("qemu-system-arm", "qemu-system-arm"),
    compiler=("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
    flags=("-mcpu=cortex-m3", "-mthumb"),  # which the others can execute too
    start="cortexm.S",
)
RISCV = Core(
    emulator=("qemu-system-riscv32", "qemu-system-misc"),
    compiler=("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
    flags=("-march=rv32imac_zicsr_zifencei", "-mabi=ilp32"),
    start="rv32.S",
)


@dataclass
class Machine:
    """Where a machine has memory for the program, apart from that of the processes."""

    name: str
    core: Core
    code_start: int
    data_start: int
    exchange: int  # EXCHANGE_BYTES for requests and answers
    options: tuple[str, ...] = ()


EXCHANGE_BYTES = 16 << 20

MACHINES = [
    Machine("mps2-an385", ARM, 0x00000000, 0x20300000, 0x21000000),
    Machine("mps2-an386", ARM, 0x00000000, 0x20300000, 0x21000000),
    Machine(
        "mps2-an500", ARM, 0x00000000, 0x20300000, 0x60000000,
        ("-global", "cortex-m7-arm-cpu.pmsav7-dregion=16"),
    ),
    Machine("mps2-an505", ARM, 0x10000000, 0x38200000, 0x80000000),
    Machine("virt", RISCV, 0x80000000, 0x80100000, 0x81000000, ("-bios", "none", "-m", "64M")),
]


def program():
    path = os.environ.get("CROSSCHECK")
    if not path:
        pytest.skip("CROSSCHECK does not name the program: ./dev test -R crosscheck does")
    return path


def need(tool):
    command, package = tool
    if not shutil.which(command):
        pytest.skip(f"{command} is not installed (Debian package {package})")
    return command


def build(machine, folder):
    """The program for the chip."""
    symbols = {
        "code_start": machine.code_start,
        "data_start": machine.data_start,
        "exchange": machine.exchange,
        "exchange_end": machine.exchange + EXCHANGE_BYTES,
    }
    image = folder / "guest.elf"
    subprocess.run(
        [
            need(machine.core.compiler), *machine.core.flags,
            "-std=c17", "-Os", "-ffreestanding", "-nostdlib",
            "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
            "-T", GUEST / "guest.ld",
            *(f"-Wl,--defsym={name}={value:#x}" for name, value in symbols.items()),
            GUEST / "guest.c", GUEST / machine.core.start, "-o", image,
        ],
        check=True,
    )
    return image


def emulate(machine, image, folder):
    """Turns the file `requests` into the file `answers`."""
    subprocess.run(
        [
            need(machine.core.emulator), "-machine", machine.name, *machine.options,
            "-kernel", image, "-display", "none", "-serial", "none", "-monitor", "none",
            "-semihosting-config", "enable=on,target=native",
        ],
        cwd=folder, check=True, timeout=TIME_LIMIT_SECONDS,
    )


def ask(machine, folder, scenarios):
    requests = folder / "requests"
    subprocess.run([program(), "ask", machine.name, requests, *scenarios], check=True)
    assert 0 < requests.stat().st_size <= EXCHANGE_BYTES


def judge(machine, folder, scenarios):
    judged = subprocess.run(
        [program(), "judge", machine.name, folder / "answers", *scenarios],
        stdout=subprocess.PIPE, text=True,
    )
    assert judged.returncode in (0, 1), "it could not compare, and said why"
    return judged


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_model_decides_as_the_emulated_chip(machine, tmp_path, capsys):
    need(machine.core.emulator)
    image = build(machine, tmp_path)
    scenarios = SCENARIOS + SHAPES

    ask(machine, tmp_path, scenarios)
    emulate(machine, image, tmp_path)
    judged = judge(machine, tmp_path, scenarios)

    with capsys.disabled():
        print(f"\n{judged.stdout.splitlines()[-1]}")
    assert judged.returncode == 0, judged.stdout


REQUEST = struct.Struct("<4I")  # kind, addr, value, is_privileged: protocol.h
PROBE_WRITE = 1
MPU_CTRL = 0xD94
PMPCFG = range(0x3A0, 0x3A4)


def switch_protection_off(request):
    kind, addr, value, is_privileged = request
    if kind == PROBE_WRITE and (addr == MPU_CTRL or addr in PMPCFG):
        value = 0
    return kind, addr, value, is_privileged


@pytest.mark.parametrize("machine", [MACHINES[1], MACHINES[-1]], ids=lambda machine: machine.name)
def test_a_chip_that_decides_otherwise_is_noticed(machine, tmp_path):
    need(machine.core.emulator)
    image = build(machine, tmp_path)
    requests = tmp_path / "requests"

    ask(machine, tmp_path, SHAPES[:1])
    changed = map(switch_protection_off, REQUEST.iter_unpack(requests.read_bytes()))
    requests.write_bytes(b"".join(REQUEST.pack(*request) for request in changed))
    emulate(machine, image, tmp_path)
    judged = judge(machine, tmp_path, SHAPES[:1])

    assert judged.returncode == 1
    accesses, differences = map(
        int, re.search(r": (\d+) accesses .* (\d+) differences$", judged.stdout.strip()).groups()
    )
    assert differences > accesses / 4
