"""`python -m emulator.cli`: the same as `meterfarm`."""

from emulator.cli import main

main()
