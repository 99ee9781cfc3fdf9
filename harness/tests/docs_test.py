# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What docs/python.md shows works as it stands there."""

import re
from pathlib import Path

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def examples():
    """Its indented blocks that are Python."""
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", TEXT, re.MULTILINE)
    code = (re.sub(r"^    ", "", block, flags=re.MULTILINE).strip() for block in blocks)
    return [text for text in code if re.match(r"import|for|def", text)]


def test_the_module_does_what_the_documentation_shows(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names = {}

    for example in examples():
        if not example.startswith("def test"):
            exec(compile(example, "docs/python.md", "exec"), names)

    assert "passed rot13" in capsys.readouterr().out


def test_the_fixture_does_what_the_documentation_shows(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "harness"))
    (pytester.path / "scenarios").symlink_to(ROOT / "scenarios")
    tests = [example for example in examples() if example.startswith("def test")]
    pytester.makepyfile("\n\n\n".join(tests))

    result = pytester.runpytest_subprocess("-p", "ipcsim.pytest_plugin")

    result.assert_outcomes(passed=2)
