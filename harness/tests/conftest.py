# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Lets the tests import the package as it stands in the tree."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
