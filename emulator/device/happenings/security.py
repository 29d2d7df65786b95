"""What happens around keys, associations and access."""

from emulator.device.happenings.happening import Happening


class CredentialsUpdated(Happening, frozen=True):
    """Keys were replaced; their names, never their values."""

    names: tuple[str, ...]


class SecurityPolicyActivated(Happening, frozen=True):
    """A stronger security policy holds."""

    policy: int


class AssociationOpened(Happening, frozen=True):
    """A client associated with authentication or ciphering."""

    client: int


class AuthenticationFailed(Happening, frozen=True):
    """A client could not prove who it is, or a protected message was not authentic or not fresh.

    `kind` is "source" for who could not prove who it is, "integrity" for a message that was changed, "replay" for a
    counter that was used before, "password" for a wrong one, where it is known.
    """

    client: int
    detail: str
    kind: str = ""


class AccessRefused(Happening, frozen=True):
    """A client asked for what its association may not do."""

    client: int
    detail: str


SECURITY = CredentialsUpdated | SecurityPolicyActivated | AssociationOpened | AuthenticationFailed | AccessRefused
