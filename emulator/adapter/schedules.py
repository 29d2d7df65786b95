"""The schedules of the national service: 5.1 to 5.3, each run an ordinary request with the schedule's number in its answer."""

from emulator.services.document import NATIONAL_SERVICE, Response
from msgspec.structs import replace


class Schedules:
    """The schedules that stand."""

    def told(self, response: Response, schedule: int) -> Response:
        """Give the response of a run: it has the schedule's id, and the national service is its target."""
        return replace(response, dsp_schedule_id=schedule, business_target_id=NATIONAL_SERVICE)
