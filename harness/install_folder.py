# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Prints where Python looks for packages below an installation prefix.

    install_folder.py PREFIX

Debian's Python has folders of its own: one of all versions for what Debian's packages install
into /usr, and one of this version for all else.
"""

import sys
import sysconfig


def main(prefix: str) -> None:
    is_debian = "deb_system" in sysconfig.get_scheme_names()
    version = "3" if is_debian and prefix == "/usr" else sysconfig.get_python_version()
    print(f"lib/python{version}/{'dist' if is_debian else 'site'}-packages")


if __name__ == "__main__":
    main(sys.argv[1])
