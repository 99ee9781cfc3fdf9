# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The package as pip installs it, without a network."""

import configparser
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that pip installed a copy of the tree into."""
    for needed in ("pip", "setuptools", "wheel"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs Debian's python3-{needed}")
    folder = tmp_path_factory.mktemp("pip")
    left_by_builds = shutil.ignore_patterns("build", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(HARNESS, folder / "harness", ignore=left_by_builds)
    result = subprocess.run(
        [
            sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
            "--no-build-isolation", "--no-index", "--no-compile", "--target", "site", "./harness",
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    return folder / "site"


def entry_points(path):
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    return {name: dict(parser[name]) for name in parser.sections()}


def test_pip_installs_every_module(installed):
    sources = {path.name for path in (HARNESS / "ipcsim").iterdir() if path.is_file()}

    assert {path.name for path in (installed / "ipcsim").iterdir()} == sources
    assert "py.typed" in sources


def test_the_plugin_is_declared_once_for_pip_and_cmake(installed):
    (declared,) = installed.glob("ipcsim-*.dist-info/entry_points.txt")

    assert entry_points(declared) == entry_points(HARNESS / "entry_points.txt")
    assert entry_points(declared) == {"pytest11": {"ipcsim": "ipcsim.pytest_plugin"}}


def test_the_installed_version_is_that_of_the_package(installed):
    output = subprocess.run(
        [sys.executable, "-c",
         "import importlib.metadata as m, ipcsim; print(m.version('ipcsim'), ipcsim.__version__)"],
        env={"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()  # fmt: skip

    assert output[0] == output[1]
