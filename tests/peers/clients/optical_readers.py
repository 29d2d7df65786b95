"""Drives the readers of mode C: iec62056-21 (BSD) and pydlms-client (GPL-3.0), and the latter in mode E.

A job on stdin is {"device", "do", "password"}; the document on stdout is what the reader made of the answers. With
iec62056-21 the password goes as a message of the library's own classes: its `send_password` forgets an argument.
"""

import contextlib
import json
import sys
from typing import Any

from iec62056_21 import constants
from iec62056_21.client import Iec6205621Client
from iec62056_21.messages import CommandMessage, DataSet
from iec62056_21.transports import SerialTransport
from pydlms import DlmsClient
from pydlms.transports.serial import OpticalTransport, read_mode_c
from steps import TIMEOUT_S


class PromptTransport(SerialTransport):
    """The library's own waits half a second before it listens at the new speed: a meter that reacts sooner is lost."""

    def switch_baudrate(self, baud: int) -> None:
        self.port.baudrate = baud


def plain(sets: list[Any]) -> list[list[Any]]:
    return [[one.address, one.value, one.unit] for one in sets]


def iec_readout(job: dict[str, Any]) -> Any:
    client = Iec6205621Client(PromptTransport(job["device"]))
    client.connect()
    read = client.standard_readout()
    who = (client.manufacturer_id, client.switchover_baudrate_char, client.identification)
    client.disconnect()
    return {"who": list(who), "sets": plain(read.data)}


def iec_programming(job: dict[str, Any]) -> Any:
    """Read a code, fail with a wrong password, unlock with the right one, write the time, read it back, break."""
    client = Iec6205621Client(PromptTransport(job["device"]))
    client.connect()
    asked = client.access_programming_mode()
    found: dict[str, Any] = {"asked": f"{asked.command}{asked.command_type}", "operand": asked.data_set.value}
    found["import"] = plain([client.read_single_value("1.8.0")])[0]
    client.transport.send(_password("00000000"))
    found["wrong"] = client.read_response().data[0].value
    client.transport.send(_password(job["password"]))
    found["right"] = client._recv_ack() == constants.ACK
    client.write_single_value("0.9.1", job["time"])
    found["time"] = client.read_single_value("0.9.1").value
    client.send_break()
    client.disconnect()
    return found


def _password(text: str) -> bytes:
    return CommandMessage("P", 1, DataSet("", text)).to_bytes()


def pydlms_readout(job: dict[str, Any]) -> Any:
    read = read_mode_c(job["device"], timeout=TIMEOUT_S)
    who = (read.identification.manufacturer, read.identification.baud_char, read.identification.identification)
    return {"who": list(who), "mode_e": read.identification.mode_e, "sets": plain(read.data_sets)}


def pydlms_wake_up(job: dict[str, Any]) -> Any:
    """Break off what another reader may have left, wake the meter as one with a battery, then read it out."""
    transport = OpticalTransport(job["device"], TIMEOUT_S, break_before_sign_on=True, wake_up="normal")
    try:
        return {"sets": plain(transport.read_mode_c().data_sets)}
    finally:
        transport.close()


def pydlms_mode_e(job: dict[str, Any]) -> Any:
    found = []
    for _ in range(2):  # the second time it signs on anew
        client = DlmsClient.optical(
            job["device"], client_sap=16, server_logical=1, server_physical=job["physical"], timeout=TIMEOUT_S
        )
        client.connect()
        found.append([client.get_clock("0.0.1.0.0.255").to_datetime().isoformat(), len(client.get_association_view())])
        client.close()
    return found


DO = {
    "iec readout": iec_readout,
    "iec programming": iec_programming,
    "pydlms readout": pydlms_readout,
    "pydlms wake-up": pydlms_wake_up,
    "pydlms mode E": pydlms_mode_e,
}

if __name__ == "__main__":
    job = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        document = DO[job["do"]](job)
    json.dump(document, sys.stdout)
