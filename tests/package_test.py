# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What an installation gives to other projects: find_package(ipcsim), and the Python package.

IPCSIM_BUILD is the build that is installed (build/release if it is not set).
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("IPCSIM_BUILD", ROOT / "build" / "release")).resolve()

PASSES = """
local name = param("name", "good")
process(name, function() print("here") done() end)
"""
FAILS = 'process("bad", function() expect_eq(1 + 1, 3) done() end)\n'


def environment():
    """That of the caller, without a way to another ipcsim and without CI."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CI", "IPCSIM", "PYTHONPATH", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")
    }
    return {**plain, "PYTHONDONTWRITEBYTECODE": "1"}


def call(*command, cwd=None, status=0):
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == status, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """An installation, moved after it was made."""
    made = tmp_path_factory.mktemp("install") / "made"
    call("cmake", "--install", BUILD, "--prefix", made)
    return made.rename(made.with_name("moved"))


class Project:
    """A user's own project."""

    def __init__(self, folder, prefix):
        self.folder = folder
        self.prefix = prefix

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def describe(self, *lines, version=""):
        self.write(
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.25)\n"
            "project(user LANGUAGES NONE)\n"
            "enable_testing()\n"
            f"find_package(ipcsim {version} REQUIRED)\n" + "\n".join(lines) + "\n",
        )

    def configure(self, status=0):
        return call(
            "cmake", "-S", self.folder, "-B", self.folder / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", status=status,
        )  # fmt: skip

    def ctest(self, *arguments, status=0):
        return call("ctest", *arguments, cwd=self.folder / "build", status=status)

    def tests(self):
        return re.findall(r"Test +#\d+: (\S+)", self.ctest("--show-only"))

    def accept(self):
        """Makes the golden traces."""
        call(self.prefix / "bin" / "ipcsim", "check", "--update", "--no-db", "scenarios",
             cwd=self.folder)  # fmt: skip


@pytest.fixture
def project(tmp_path, prefix):
    made = Project(tmp_path / "user", prefix)
    made.write("scenarios/good.lua", PASSES)
    made.write("scenarios/more/deep.lua", PASSES)
    made.write("scenarios/.hidden/no.lua", FAILS)
    made.write("scenarios/.no.lua", FAILS)
    return made


def test_each_scenario_of_a_folder_is_a_test(project):
    project.accept()
    project.describe("ipcsim_add_scenarios(scenarios)")
    project.configure()

    assert project.tests() == ["scenarios/good", "scenarios/more/deep"]
    output = project.ctest("-L", "ipcsim")
    assert "100% tests passed, 0 tests failed out of 2" in output
    assert not list(project.folder.rglob("*.db"))


def test_a_file_that_a_scenario_uses_is_no_test(project):
    project.write("scenarios/kit.lua", "return 1\n")
    project.write("scenarios/uses.lua", 'local one = use("kit")\n')
    project.describe("ipcsim_add_scenarios(scenarios)")
    project.configure()

    assert project.tests() == ["scenarios/good", "scenarios/more/deep", "scenarios/uses"]


def test_a_scenario_that_fails_is_a_failed_test_with_the_report(project):
    project.accept()
    project.write("scenarios/bad.lua", FAILS)
    project.describe("ipcsim_add_scenarios(scenarios)")
    project.configure()

    output = project.ctest("--output-on-failure", status=8)

    assert re.search(r"scenarios/bad \.+\**Failed", output)
    assert "scenarios/bad.lua:1: " in output


def test_settings_reach_the_program_and_name_the_test(project):
    project.describe(
        "ipcsim_add_scenarios(scenarios/good.lua PARAMS name=other BOARD cortex-m0p"
        " NUM_PROCS 3 PREFIX user/ LABELS slow TIMEOUT 7)"
    )
    project.configure()

    assert project.tests() == ["user/scenarios/good:name=other:board=cortex-m0p:num_procs=3"]
    described = project.ctest("--show-only=json-v1")
    command = re.search(r'"command"\s*:\s*\[(.*?)\]', described, re.DOTALL)[1]
    words = re.findall(r'"(.*?)"', command)
    assert words[1] == "check"
    assert words[-8:] == [
        "-P", "name=other", "--board", "cortex-m0p", "--num-procs", "3", "--", "scenarios/good.lua",
    ]  # fmt: skip
    assert re.search(r'"slow"', described)
    assert re.search(r'"TIMEOUT",\s*"value" : 7.0', described)


def test_a_new_scenario_is_seen_by_the_next_build(project):
    project.describe("ipcsim_add_scenarios(scenarios)")
    project.configure()

    project.write("scenarios/new.lua", PASSES)
    call("cmake", "--build", project.folder / "build")

    assert "scenarios/new" in project.tests()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ipcsim_add_scenarios(scenarios PARAM x=1)", "PARAM is not one of its options"),
        ("ipcsim_add_scenarios(scenarios BOARD)", "BOARD needs a value"),
        ("ipcsim_add_scenarios(missing)", r"no scenarios \(\*.lua\) there"),
        ("ipcsim_add_scenarios(scenarios/.hidden/none)", r"no scenarios \(\*.lua\) there"),
    ],
)
def test_a_mistake_in_the_project_is_said_by_cmake(project, line, sentence):
    project.describe(line)

    assert re.search(sentence, project.configure(status=1))


def test_the_package_has_the_version_of_the_program(project):
    version = call(project.prefix / "bin" / "ipcsim", "--version").split()[1]
    project.describe(version=f"{version} EXACT")

    project.configure()


def test_another_version_than_asked_for_is_not_found(project):
    project.describe(version="99.1")

    said = " ".join(project.configure(status=1).split())
    assert 'compatible with requested version "99.1"' in said


# --- Python


@pytest.fixture
def python(prefix):
    """Calls the Python of the tests with the installed package."""
    (package,) = prefix.glob("lib/python*/*-packages")

    def call_python(*arguments, status=0):
        return call("env", f"PYTHONPATH={package}", sys.executable, *arguments, status=status)

    return call_python


def test_the_installed_package_finds_its_program(python, prefix):
    path = os.environ["PATH"].split(os.pathsep)
    if shutil.which("ipcsim", path=os.pathsep.join(path)):
        pytest.skip("there is another ipcsim in PATH")

    output = python("-c", "import ipcsim; print(ipcsim.find_program())")

    assert output.strip() == str(prefix / "bin" / "ipcsim")


def test_the_installed_package_has_its_version_and_types(python, prefix):
    output = python(
        "-c",
        "import importlib.metadata as m, importlib.resources as r, ipcsim;"
        "print(m.version('ipcsim'), ipcsim.__version__, (r.files(ipcsim) / 'py.typed').is_file())",
    )

    version = call(prefix / "bin" / "ipcsim", "--version").split()[1]
    assert output.split() == [version, version, "True"]


def test_pytest_finds_the_installed_plugin(python, tmp_path):
    test = tmp_path / "test_user.py"
    test.write_text(
        "def test_it(ipcsim_run, tmp_path):\n"
        "    path = tmp_path / 'good.lua'\n"
        f"    path.write_text({PASSES!r})\n"
        "    assert ipcsim_run(path, name='other').processes.names == ('other',)\n",
        encoding="utf-8",
    )

    output = python("-m", "pytest", "-q", "-p", "no:cacheprovider", test)

    assert "1 passed" in output


# --- docs/ci.md


def test_the_ci_examples_install_what_a_build_needs():
    script = (ROOT / "dev").read_text(encoding="utf-8")
    needs = re.search(r"^needs_build='\n(.*?)'", script, re.MULTILINE | re.DOTALL)[1]
    packages = {line.split()[0] for line in needs.splitlines()}
    document = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

    installs = re.findall(r"--no-install-recommends ([\w\s.\\-]+?)\n *-", document)

    assert len(installs) == 2
    for install in installs:
        assert set(install.replace("\\", " ").split()) == packages | {"ca-certificates", "git"}


def test_the_ctest_example_is_a_project(project, prefix):
    document = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    example = re.search(r"```cmake\n(.*?)```", document, re.DOTALL)[1]
    shutil.copy(ROOT / "scenarios" / "rot13.lua", project.folder / "scenarios")
    project.describe(*example.splitlines())

    project.configure()

    assert "scenarios/rot13:clients=6:rounds=10:board=cortex-m7" in project.tests()
