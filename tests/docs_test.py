# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The documents name what is there, and all of them can be found."""

import re

import pytest
import shown

DOCS = shown.ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
DOCUMENTS = [shown.ROOT / "README.md", *PAGES]

LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")

every_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(shown.ROOT))
)


def read(path):
    return path.read_text(encoding="utf-8")


def links(path):
    """Pairs: a file, and the heading in it that is meant, "" if none."""
    for name, anchor in LINK.findall(read(path)):
        yield (path.parent / name).resolve() if name else path, anchor


def anchors(path):
    """Its headings, as links name them."""
    headings = re.findall(r"^#+ (.*)$", read(path), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_what_a_document_links_to_is_there(path):
    wrong = [
        f"{target}#{anchor}"
        for target, anchor in links(path)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_contents_list_every_page():
    contents = DOCS / "README.md"

    assert contents in dict(links(shown.ROOT / "README.md"))
    assert set(PAGES) - {contents} <= set(dict(links(contents)))
