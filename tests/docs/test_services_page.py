"""The page of services is what the catalogue says."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current():
    spec = importlib.util.spec_from_file_location("generate_services", DOCS / "generate_services.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "services.md").read_text("utf-8") == module.document(), "run `python docs/generate_services.py`"
