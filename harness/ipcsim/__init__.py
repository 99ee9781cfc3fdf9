# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The Python side of ipcsim."""
