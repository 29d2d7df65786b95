"""The users of a test: who holds which role, by TEST EUI-64s of ours. Two suppliers of each fuel, to change between."""

from typing import Final, NamedTuple

from emulator.services.row import Role

_PREFIX: Final = "90-B3-D5-1F-30-01-00-"


class User(NamedTuple):
    """A user: its EUI-64, a name for people, and the roles it holds."""

    eui64: str
    name: str
    roles: tuple[Role, ...]


USERS: Final = (
    User(f"{_PREFIX}01", "TEST Supplier One", (Role.IS,)),
    User(f"{_PREFIX}02", "TEST Gas One", (Role.GS,)),
    User(f"{_PREFIX}03", "TEST Export One", (Role.ES,)),
    User(f"{_PREFIX}04", "TEST Distributor", (Role.ED,)),
    User(f"{_PREFIX}05", "TEST Transporter", (Role.GT,)),
    User(f"{_PREFIX}06", "TEST Agent", (Role.RSA,)),
    User(f"{_PREFIX}07", "TEST Other User", (Role.OU,)),
    User(f"{_PREFIX}11", "TEST Supplier Two", (Role.IS,)),
    User(f"{_PREFIX}12", "TEST Gas Two", (Role.GS,)),
    User(f"{_PREFIX}13", "TEST Export Two", (Role.ES,)),
)
BY_EUI: Final = {user.eui64: user for user in USERS}


def user(role: Role, which: int = 1) -> User:
    """Give the first or the second user of a role. Raises IndexError."""
    return [one for one in USERS if role in one.roles][which - 1]
