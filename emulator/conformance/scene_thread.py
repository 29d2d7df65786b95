"""A scene on an event loop in a thread of its own, so that plain tests, which know no loop, can act on it."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as NoResultError
from typing import Any, Final, TypeVar

from emulator.conformance.scene import Scene

START_S: Final = 30.0
STEP_S: Final = 60.0
"""How long a step may take of the machine's time; none takes a tenth of it, unless an adapter under test hangs."""
T = TypeVar("T")


class SceneThread:
    """A scene and the thread it lives in, from `start` to `stop`."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="meterfarm", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self.scene: Scene

    def start(self) -> None:
        """Set the scene. Raises what opening it raises."""
        self._thread.start()
        if not self._ready.wait(START_S):
            raise TimeoutError(f"the farm did not start within {START_S:g} s")
        if self._error is not None:
            self._thread.join(START_S)
            raise self._error

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop and wait for it. Raises what it raises, and TimeoutError if it hangs."""
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(STEP_S)
        except NoResultError:
            if waiting.done():
                raise
            waiting.cancel()
            raise TimeoutError(f"the farm did not end this step within {STEP_S:g} s") from None
        except BaseException:
            waiting.cancel()
            raise

    def stop(self) -> None:
        """Close all homes. Raises what closing them raises."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(START_S)
        if self._thread.is_alive():
            raise TimeoutError(f"the farm did not stop within {START_S:g} s")
        if self._error is not None:
            raise self._error

    def _live(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 (whoever waits for this thread raises it)
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with Scene(self._target) as self.scene:
            self._ready.set()
            await self._over.wait()
