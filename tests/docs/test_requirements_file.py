"""tests/requirements.toml is well formed, and every test it names is there."""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = tomllib.loads((ROOT / "tests" / "requirements.toml").read_text("utf-8"))["requirement"]
SECTIONS = ("2.5", "2.6", "2.7", "2.8", "2.9", "2.10", "2.11", "2.12", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9")
OTHERS = ("4.1", "4.2", "5.1", "5.2", "5.3", "5.4")


def test_every_row_has_a_section_a_text_and_a_test():
    for row in ROWS:
        assert set(row) == {"section", "row", "test"}, row
        assert all(isinstance(value, str) and value for value in row.values()), row


def test_no_row_stands_twice():
    rows = [(row["section"], row["row"]) for row in ROWS]
    assert sorted({row for row in rows if rows.count(row) > 1}) == []


def test_every_named_test_is_there():
    functions = {}
    for row in ROWS:
        file, _, name = row["test"].partition("::")
        if file not in functions:
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            functions[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
            functions[file] |= {
                target.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
        assert name.partition("::")[0] in functions[file], row


def test_every_section_asked_for_has_rows():
    listed = {row["section"] for row in ROWS}
    for section in (*SECTIONS, *OTHERS):
        assert any(name == section or name.startswith(f"{section}.") for name in listed), section
