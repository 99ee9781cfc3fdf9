# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The README shows what the program really prints, and fits on a first screen."""

import re
from collections import Counter

import count_cases
import shown

README = shown.read("README.md")
FIRST_SCREEN = README.split("\n## Map\n")[0]
COLUMNS = 80


def test_the_readme_shows_what_its_commands_print(tmp_path):
    shown.make_clone(tmp_path)

    for command, lines in shown.examples(README):
        if command != "./dev test":
            printed = shown.run(command, tmp_path)
            assert shown.is_shown(printed, lines), printed


def test_the_readme_shows_the_form_of_what_dev_test_prints():
    program = f"{'core/ipc_test':32} {count_cases.text(Counter(passed=7))}"
    total = count_cases.text(Counter(passed=7))

    lines = dict(shown.examples(README))["./dev test"]

    assert shown.is_shown(f"\n{program}\n\n{total}\n".replace("7", "N"), lines)


def test_the_first_screen_fits_a_terminal():
    wrong = [line for line in FIRST_SCREEN.split("\n") if len(line) > COLUMNS]
    assert not wrong, "\n".join(wrong)


def test_the_first_screen_counts_no_tests():
    assert not re.search(r"\d+ (passed|skipped)", FIRST_SCREEN)
