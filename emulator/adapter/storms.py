"""Storms: the same alert of the same device again and again. A few pass, the rest are counted and told of as one."""

from typing import Final

from emulator.device.instant import MINUTE

PASS: Final = 5
WINDOW_MS: Final = 5 * MINUTE


class Storm:
    """One alert of one device: when it passed of late, and since when and how often it was held back."""

    def __init__(self) -> None:
        self.passed: list[int] = []
        self.number = 0
        self.until: int | None = None
        self.count = 0


class Storms:
    """All of one adapter. `PASS` alerts of a kind pass within `WINDOW_MS`; more are held back for as long."""

    def __init__(self) -> None:
        self._storms: dict[tuple[str, str], Storm] = {}
        self._numbers = 0

    def folds(self, device: str, code: str, now: int) -> bool:
        """Count an alert; say whether it is held back."""
        storm = self._storms.setdefault((device, code), Storm())
        storm.passed = [at for at in storm.passed if now - at < WINDOW_MS]
        if storm.until is None and len(storm.passed) < PASS:
            storm.passed.append(now)
            return False
        if storm.until is None:
            self._numbers += 1
            storm.number, storm.until, storm.count = self._numbers, now + WINDOW_MS, 0
        storm.count += 1
        return True

    def opens(self, device: str, code: str) -> bool:
        """Say whether the alert that was just held back is the first of its storm."""
        return self._storms[device, code].count == 1

    def until(self, device: str, code: str) -> int:
        """Give the instant at which those held back are told of."""
        until = self._storms[device, code].until
        assert until is not None
        return until

    def end(self, device: str, code: str) -> tuple[int, int]:
        """End a storm; give its number and how many alerts were held back."""
        storm = self._storms.pop((device, code))
        return storm.number, storm.count
