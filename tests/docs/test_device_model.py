"""docs/device-model.md: its diagrams are what the model does now, and its example runs."""

import importlib.util
import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "device-model.md"


def test_the_generated_parts_are_current():
    spec = importlib.util.spec_from_file_location("generate_model", DOCS / "generate_model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    text = PAGE.read_text("utf-8")
    assert model.written(text) == text


def test_the_example_runs(capsys):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    exec(compile(block, str(PAGE), "exec"), {})
    assert "balance" in capsys.readouterr().out
