"""What framing says when the octets of a peer, or a call of ours, cannot be framed."""


class FramingError(Exception):
    """The link cannot go on: close it. `kind` is a short snake_case word that a count or a log can key on."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
