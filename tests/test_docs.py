"""Documents that name files name files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = ("views/", "services/", "domain/", "models/", "forms/", "templates/", "static/", "migrations/")


def test_every_test_the_manual_map_names_exists():
    text = (ROOT / "docs/manual-map.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)?test_\w+\.py)`", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / "tests" / name).is_file()] == []


@pytest.mark.parametrize("name", ["docs/manual-map.md", "docs/architecture.md"])
def test_every_source_a_document_names_exists(name):
    named = set(re.findall(r"`([\w/]+\.(?:py|html|css|toml))`", (ROOT / name).read_text(encoding="utf-8")))
    sources = {n for n in named if n.startswith(TOP)}
    sources = {n for n in sources if not (ROOT / "tests" / n).exists()}  # those of tests/ are told apart above
    assert [n for n in sorted(sources) if not (ROOT / n).exists()] == []
