"""`sms`: hand an SMS in for the hub of a home, and see what a home sent."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from emulator.cli.devices import print_outcome
from emulator.cli.output import COMMON, USAGE, Common, Selector, fail, print_json


def sms(
    selector: Selector,
    text: Annotated[str, Parameter(help="What it says; left out, the words that wake the hub.")] = "",
    /,
    *,
    sent: Annotated[bool, Parameter(help="List what the home sent instead.", negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Hand an SMS in for the hub of a home: `sms home-1` wakes it. It arrives when the network lets it."""
    from emulator.api.remote import Remote  # noqa: PLC0415 (as the other verbs)

    if sent and text:
        return fail("--sent lists what a home sent: give no text with it", USAGE)
    with Remote(common.state) as remote:
        if not sent:
            return print_outcome(common, remote.ask("sms", selector=selector, text=text))
        told: dict[str, Any] = remote.ask("sms_sent", selector=selector)
    if common.json:
        print_json(told)
    elif not told["messages"]:
        sys.stdout.write(f"{told['selector']} sent none\n")
    else:
        for message in told["messages"]:
            sys.stdout.write(f"{message['at']}  {message['number']}  {message['text']}\n")
    return 0
