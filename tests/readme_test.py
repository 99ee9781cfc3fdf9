# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The README shows what the program really prints."""

import shown

README = shown.read("README.md")


def test_the_readme_shows_what_its_commands_print(tmp_path):
    shown.make_clone(tmp_path)

    for command, lines in shown.examples(README):
        if command != "./dev test":
            printed = shown.run(command, tmp_path)
            assert shown.is_shown(printed, lines), printed
