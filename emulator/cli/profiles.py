"""`profile`: the device profiles there are, what they say, and whether a file is one."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json, print_table

app = App(name="profile", help="List, show and check device profiles.")


@app.command
def ls(*, common: Common = COMMON) -> int:
    """List the packaged profiles."""
    from emulator.farm import library  # noqa: PLC0415

    found = [library.packaged(name) for name in library.names()]
    if common.json:
        print_json([{"name": one.name, "title": one.title, "protocol": one.protocol} for one in found])
        return 0
    print_table(("profile", "protocol", "what it is"), [(one.name, one.protocol, one.title) for one in found])
    return 0


@app.command
def show(
    name: Annotated[str, Parameter(help="A packaged profile's name, or a TOML file.")], /, *, common: Common = COMMON
) -> int:
    """Show a profile: every block, how sure it is, and where it comes from."""
    from emulator.device.declaration import DeclarationError  # noqa: PLC0415
    from emulator.device.profile import blocks  # noqa: PLC0415
    from emulator.farm import library  # noqa: PLC0415

    try:
        found = library.load(Path(name)) if name.endswith(".toml") else library.packaged(name)
    except (library.UnknownProfileError, DeclarationError) as error:
        return fail(str(error), USAGE)
    except OSError as error:
        return fail(f"{name}: {error.strerror}", USAGE)
    if common.json:
        print_json(msgspec.to_builtins(found))
        return 0
    print(f"{found.name}: {found.title} ({found.protocol})")
    for block, value in blocks(found).items():
        told: dict[str, Any] = msgspec.to_builtins(value)
        provenance, source = told.pop("provenance"), told.pop("source")
        print(f"\n[{block}]  {provenance}: {source}")
        for key, inner in told.items():
            print(f"  {key} = {inner}")
    return 0


@app.command
def check(*files: Annotated[Path, Parameter(help="Profile files.")], common: Common = COMMON) -> int:
    """Check profile files: every problem with its file, line, key and what is allowed."""
    from emulator.device.declaration import DeclarationError  # noqa: PLC0415
    from emulator.farm import library  # noqa: PLC0415

    if not files:
        return fail("name the files to check, as in `meterfarm profile check mine.toml`", USAGE)
    problems: list[str] = []
    for file in files:
        try:
            library.load(file)
        except DeclarationError as error:
            problems += [str(problem) for problem in error.problems]
        except OSError as error:
            problems.append(f"{file}: {error.strerror}")
    if common.json:
        print_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            fail(problem, VERDICT_FAILED)
        if not problems:
            print(f"{len(files)} checked, no problem")
    return VERDICT_FAILED if problems else 0
