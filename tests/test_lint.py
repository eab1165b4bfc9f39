"""Format, style and types of the product: what `make lint` says, as tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ["app.py", "config.py", "domain", "forms", "migrations", "models", "seed", "services", "views"]


def run(tool, *arguments):
    command = [sys.executable, "-m", tool, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_ruff_has_no_complaint():
    run("ruff", "check", "--no-cache", *PRODUCT)


def test_the_product_is_formatted():
    run("ruff", "format", "--check", "--no-cache", *PRODUCT)


def test_the_types_agree():
    run("mypy", "--no-error-summary")
