# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Text in the program's JSON whose bytes are not all UTF-8."""

from __future__ import annotations

# U+F7NN stands for the byte 0xNN, which Python has as U+DCNN.
_SURROGATES = {0xF700 + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}


def as_argument(text: str) -> str:
    """The text as Python has names of files and arguments: it gives a program the same bytes."""
    return text.translate(_SURROGATES)


def as_shown(argument: str) -> str:
    r"""The text of an argument for people: such bytes as \xff."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
