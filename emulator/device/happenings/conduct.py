"""What a client on the wire did wrong."""

from emulator.device.happenings.happening import Happening


class ClientMisbehaved(Happening, frozen=True):
    """A client of the home's wire did what it should not; `kind` says what, `detail` at which object.

    `evidence` is the request and its answer in hex, without what it would write. `count` is how often this client had
    done it by then: the journal has the first time, and each at which the count is tenfold.
    """

    kind: str
    client: int
    server: int
    detail: str
    evidence: str
    count: int


CONDUCT = ClientMisbehaved
