# SPDX-License-Identifier: Apache-2.0 OR MIT
"""./dev, where it finds little of what it needs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What ./dev itself calls before it knows what is missing.
OWN_TOOLS = "bash dirname readlink sort cat mktemp rm mkdir flock".split()

BUILD = {"gcc", "cmake", "ninja-build", "pkg-config"}
TESTS = {"xz-utils", "jq", "sqlite3"}


def run_dev(folder, *arguments, env):
    command = [shutil.which("bash"), folder / "dev", *arguments]
    return subprocess.run(
        command, env=env, cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with nothing but what ./dev itself is made of."""
    for tool in OWN_TOOLS:
        (tmp_path / tool).symlink_to(shutil.which(tool))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "packages"),
    [
        (["build"], BUILD),
        (["build", "clang"], BUILD | {"clang"}),
        (["build", "cortex-m4"], {"gcc", "cmake", "ninja-build", "gcc-arm-none-eabi"}),
        (["run", "x.lua"], BUILD | {"sqlite3"}),
        (["bench"], BUILD),
        (["instructions"], BUILD | {"valgrind"}),
        (["conformance", "x"], BUILD),
        (["mpu-vectors", "x"], BUILD | TESTS),
        (["test"], BUILD | TESTS),
        (["test", "--preset", "clang"], BUILD | TESTS | {"clang"}),
        (["lint"], BUILD | TESTS | {"clang-format", "clang-tidy", "cppcheck"}),
        (["check"], BUILD | TESTS | {"clang-format", "clang-tidy", "cppcheck"}),
        (["format"], {"clang-format"}),
    ],
)
def test_all_that_a_job_misses_is_named_at_once(bare_path, arguments, packages):
    result = run_dev(ROOT, "--no-install", *arguments, env={"PATH": bare_path})

    named, advice = result.stderr.splitlines()
    assert result.returncode == 3
    assert packages <= set(named.removeprefix("dev: not on this machine: ").split())
    assert packages <= set(advice.split())


def test_an_empty_environment_is_enough_to_build(tmp_path):
    preset = {"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release"}
    shutil.copy(ROOT / "dev", tmp_path)
    (tmp_path / "CMakePresets.json").write_text(
        json.dumps({"version": 3, "configurePresets": [preset]})
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(nothing NONE)\n"
        "add_custom_target(made ALL COMMAND ${CMAKE_COMMAND} -E touch made)\n"
    )

    result = run_dev(tmp_path, "--no-install", "build", env={})

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "build/release/made").exists()
