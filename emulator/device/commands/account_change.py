"""The one command by which an SMS meter changes hands (device dossier 3.2 b)."""

from typing import Literal

from emulator.device.commands.declaring import Command, command


@command("Change Account")
class ChangeAccount(Command, frozen=True):
    """Change tenancy or supplier, at once or at an instant (a maker's function; not one of the 37 services).

    Emergency credit is taken back. A balance and a debt that are given replace what stands there, a debt all of them;
    what is None stays as it is.
    """

    of: Literal["tenancy", "supplier"]
    balance_mp: int | None = None
    debt_mp: int | None = None
    at: int | None = None


COMMANDS: tuple[type[Command], ...] = (ChangeAccount,)
