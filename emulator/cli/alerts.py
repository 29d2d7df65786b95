"""`alerts`: what became of the alerts of a farm, or a head end that listens for them."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from emulator.cli.output import COMMON, NOT_ESTABLISHED, USAGE, VERDICT_FAILED, Common, fail, print_json, print_table

if TYPE_CHECKING:
    from emulator.headend_push import Received

_COUNTED = ("raised", "sent", "suppressed", "expired", "waiting")


def alerts(
    selector: Annotated[str, Parameter(help="Which homes; the whole farm, if left out.")] = "",
    /,
    *,
    listen: Annotated[str, Parameter(help="HOST:PORT to listen at as a head end; port 0 is any free one.")] = "",
    common: Common = COMMON,
) -> int:
    """Account for the alerts of a farm, or listen for them: `alerts --listen 127.0.0.1:4060`.

    Always: raised = sent + suppressed + expired + waiting; the exit code is 1 if it is not so. Listening goes on until
    Ctrl-C, one line an alert; a farm sends there what homes raise after `up --push 127.0.0.1:4060`.
    """
    if listen and selector:
        return fail(f"{selector}: not together with --listen, which hears every hub", USAGE)
    if listen:
        return _hear(listen, common)
    from emulator.api.remote import Remote  # noqa: PLC0415 (only where it is needed)

    with Remote(common.state) as remote:
        answer = remote.ask("alerts", selector=selector)
    if common.json:
        print_json(answer)
    else:
        _print(answer)
    return 0 if answer["balanced"] else VERDICT_FAILED


def _print(answer: dict[str, Any]) -> None:
    print_table(("homes", *_COUNTED), [tuple(str(answer[name]) for name in ("homes", *_COUNTED))])
    parts = " + ".join(f"{answer[name]} {name}" for name in _COUNTED[1:])
    sys.stdout.write(f"{answer['raised']} raised {'=' if answer['balanced'] else 'is not'} {parts}\n")
    push = answer["push"]
    sys.stdout.write(
        f"on the wire since the farm started: {push['sent']} taken, {push['failed']} failed; "
        f"{push['open']} connections open, {push['waiting']} hubs wait for one\n"
    )


def _hear(listen: str, common: Common) -> int:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        return fail(f"--listen {listen}: allowed: HOST:PORT, such as 127.0.0.1:4060", USAGE)
    try:
        asyncio.run(_listen(host, int(port), common))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        return fail(f"{listen}: {error.strerror or error}", NOT_ESTABLISHED)
    return 0


async def _listen(host: str, port: int, common: Common) -> None:
    from emulator.headend_push import AlertListener  # noqa: PLC0415 (as above)

    async with AlertListener.open(host, port) as listener:
        sys.stderr.write(f"listening at {listener.address}\n")
        sys.stderr.flush()
        while True:
            received = await listener.next()
            sys.stdout.write(_json(received) if common.json else _line(received))
            sys.stdout.flush()


def _json(received: "Received") -> str:
    import msgspec  # noqa: PLC0415

    return msgspec.json.encode(told(received)).decode() + "\n"


def told(received: "Received") -> dict[str, Any]:
    """Give an alert as plain data: what its family leaves out is null or empty."""
    from emulator.device.instant import isoformat  # noqa: PLC0415

    alert = received.alert
    return {
        "hub": received.hub,
        "service": alert.service,
        "sent_at": None if alert.sent_at is None else isoformat(alert.sent_at),
        "system_title": alert.system_title.hex(),
        "logical_device": alert.logical_device,
        "number": alert.number,
        "source": alert.source,
        "code": alert.code,
        "name": alert.name,
        "raised_at": None if alert.raised_at is None else isoformat(alert.raised_at),
    }


def _line(received: "Received") -> str:
    shown = told(received)
    code = "-" if shown["code"] is None else f"0x{shown['code']:04x}"
    parts = (shown["raised_at"] or shown["sent_at"] or "-", shown["hub"], shown["source"] or "-", code, shown["name"])
    return " ".join(part for part in parts if part) + "\n"
