"""Drives pydlms-client (GPL-3.0), the strictest of the peers about counters, titles and envelopes."""

import datetime as dt
from typing import Any

from pydlms import DlmsClient, Mechanism, SecurityContext
from pydlms.apdu import xdlms
from pydlms.cosem.data import DlmsData, encode_data
from pydlms.cosem.enums import ActionResult, DataAccessResult, DataType
from pydlms.cosem.model import spec_for
from pydlms.cosem.time import CosemDateTime
from pydlms.exceptions import AssociationError, DlmsError, ServiceError, TransportError
from pydlms.hdlc.connection import HdlcParameters
from pydlms.security.suites import SecurityPolicy
from steps import TIMEOUT_S, LinkLost, Refusal, Rejected, main, plain_time

MECHANISM = {"none": Mechanism.NONE, "lls": Mechanism.LLS, "hls-gmac": Mechanism.HLS_GMAC}
POLICY = {
    "authenticated": SecurityPolicy.AUTHENTICATED,
    "encrypted": SecurityPolicy.ENCRYPTED,
    "authenticated-encrypted": SecurityPolicy.AUTHENTICATED_ENCRYPTED,
}
BLOCK_TRANSFER = (
    xdlms.Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | xdlms.Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | xdlms.Conformance.BLOCK_TRANSFER_WITH_ACTION
)
TIMES = {DataType.DATE_TIME, DataType.DATE, DataType.TIME}


def typed(kind: str, value: Any) -> DlmsData:
    """Give a job's value in the library's own types."""
    if kind in {"array", "structure"}:
        items = [typed(item["type"], item["value"]) for item in value]
        return DlmsData.array(items) if kind == "array" else DlmsData.structure(items)
    if kind == "octet-string":
        return DlmsData.octet_string(bytes.fromhex(value))
    if kind == "octet-date-time":
        return DlmsData.octet_string(CosemDateTime.from_datetime(dt.datetime.fromisoformat(value)).to_bytes())
    if kind == "bit-string":
        return DlmsData(DataType.BIT_STRING, [bit == "1" for bit in value])
    return DlmsData(DataType[kind.upper().replace("-", "_")], value)


def plain(data: Any) -> Any:
    """Give a decoded value as JSON."""
    if data is None:
        return None
    if not isinstance(data, DlmsData):
        return plain_time(data.to_datetime()) if isinstance(data, CosemDateTime) else untagged(data)
    if data.tag in {DataType.ARRAY, DataType.STRUCTURE}:
        return [plain(item) for item in data.value]
    if data.tag == DataType.BIT_STRING:
        return {"bits": "".join("1" if bit else "0" for bit in data.value)}
    if data.tag in TIMES:
        return {"datetime": str(data.value)}
    return untagged(data.to_python())


def untagged(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {"octets": bytes(value).hex()}
    if isinstance(value, list):
        return [untagged(item) for item in value]
    return {"text": value} if isinstance(value, str) else value


class PydlmsPeer:
    def __init__(self, job: dict[str, Any]) -> None:
        self.unauthenticated = job.get("security", {}).get("policy") == "encrypted"
        hdlc = job["framing"] == "hdlc"
        self.client = DlmsClient.tcp(
            job["host"],
            job["port"],
            client_sap=job["client"],
            server_logical=job["server"],
            server_physical=job.get("physical") if hdlc else None,
            hdlc=hdlc,
            hdlc_parameters=self._link_parameters(job),
            address_size=job.get("address_octets"),
            timeout=TIMEOUT_S,
            **self._settings(job),
        )
        try:
            self.client.connect()
        except AssociationError as error:
            self.client.link.disconnect()
            if error.result is None:
                raise Rejected(f"association refused: {error}") from error
            raise Rejected(
                f"association-result {int(error.result)} diagnostic {int(error.diagnostic)} ({error})"
            ) from error
        except TransportError as error:
            raise LinkLost(str(error)) from error
        self.negotiated = {
            "conformance": f"{int(self.client.conformance):06x}",
            "max_pdu": self.client.association.server_max_pdu,
        }

    @staticmethod
    def _link_parameters(job: dict[str, Any]) -> HdlcParameters | None:
        wanted = job.get("hdlc")
        if not wanted:
            return None
        information, window = wanted["information"], wanted["window"]
        return HdlcParameters(information, information, window, window)

    @staticmethod
    def _settings(job: dict[str, Any]) -> dict[str, Any]:
        security = job.get("security", {})
        settings: dict[str, Any] = {"mechanism": MECHANISM[security.get("authentication", "none")]}
        if security.get("password"):
            settings["password"] = bytes.fromhex(security["password"])
        policy = security.get("policy", "none")
        if security.get("encryption_key"):
            settings["security"] = SecurityContext(
                bytes.fromhex(security["encryption_key"]),
                bytes.fromhex(security["authentication_key"]),
                client_system_title=bytes.fromhex(security["system_title"]),
                invocation_counter=security.get("invocation_counter") or 1,
                policy=POLICY.get(policy, SecurityPolicy.AUTHENTICATED_ENCRYPTED),
            )
            settings["ciphered_context"] = policy != "none"
            settings["use_dedicated_key"] = bool(security.get("dedicated_key"))  # it draws its own
            settings["protection"] = security.get("envelope") or "glo"
        if job.get("max_pdu"):
            settings["max_receive_pdu_size"] = job["max_pdu"]
        if job.get("gbt"):  # with the blocks of the services gone, long answers can only come by general blocks
            settings["conformance"] = (
                xdlms.Conformance.default_ln() & ~BLOCK_TRANSFER | xdlms.Conformance.GENERAL_BLOCK_TRANSFER
            )
            if policy != "none":
                settings["conformance"] |= xdlms.Conformance.GENERAL_PROTECTION
            settings["gbt_window"] = job.get("gbt_window") or 1
        return settings

    def _checked(self, call: Any, *args: Any) -> Any:
        """Run a call and turn what the library raises into what the meter said."""
        try:
            return call(*args)
        except ServiceError as error:
            if isinstance(error.result, ActionResult):
                raise Refusal("action-result", int(error.result)) from error
            if isinstance(error.result, int):
                raise Refusal("data-access-result", int(error.result)) from error
            if isinstance(error.result, xdlms.ExceptionResponse):
                state, service = int(error.result.state_error), int(error.result.service_error)
                raise Rejected(f"exception-response state {state} service {service}") from error
            raise
        except TransportError as error:
            raise LinkLost(str(error)) from error

    def objects(self) -> list[dict[str, Any]]:
        found = []
        for entry in self._checked(self.client.get_association_view):
            if entry.rights is None:
                raise Rejected(f"access rights of {entry} did not decode")
            found.append(
                {
                    "class": entry.class_id,
                    "version": entry.version,
                    "logical_name": str(entry.logical_name),
                    "attributes": [[a.attribute_id, int(a.access_mode)] for a in entry.rights.attributes],
                    "methods": [[m.method_id, int(m.access_mode)] for m in entry.rights.methods],
                }
            )
        return found

    def get(self, class_id: int, logical_name: str, attribute: int) -> dict[str, Any]:
        data = self._checked(self.client.get, logical_name, class_id, attribute)
        problem = None
        spec = spec_for(class_id)
        if spec is not None:
            try:
                kind = spec.attribute(attribute)
                kind.type.decode(data, kind.name)
            except (DlmsError, ValueError, KeyError, TypeError) as error:
                problem = f"{type(error).__name__}: {error}"
        return {
            "value": plain(data),
            "type": int(data.tag),
            "raw": encode_data(data).hex(),
            "problem": problem,
        }

    def get_list(self, items: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
        results = self._checked(self.client.get_many, [(ln, c, a) for c, ln, a in items])
        return [
            {"value": None, "error": str(Refusal("data-access-result", int(r)))}
            if isinstance(r, DataAccessResult | int)
            else {"value": plain(r), "error": None}
            for r in results
        ]

    def _rows(self, logical_name: str, access: xdlms.SelectiveAccess) -> dict[str, Any]:
        profile = self._checked(lambda: self.client.read_profile(logical_name, access, typed=True))
        columns = [[int(c), str(ln), a, i] for c, ln, a, i in profile.columns]
        return {"columns": columns, "rows": [[plain(cell) for cell in row] for row in profile.rows]}

    def get_range(self, logical_name: str, start: dt.datetime, end: dt.datetime) -> dict[str, Any]:
        value = xdlms.date_time_value
        return self._rows(logical_name, xdlms.range_descriptor(value(start), value(end)))

    def get_entries(self, logical_name: str, first: int, last: int) -> dict[str, Any]:
        return self._rows(logical_name, xdlms.entry_descriptor(first, last))

    def get_clock(self, logical_name: str) -> dt.datetime:
        return self._checked(self.client.get_clock, logical_name).to_datetime()

    def set(self, class_id: int, logical_name: str, attribute: int, kind: str, value: Any) -> None:
        self._checked(self.client.set, logical_name, class_id, attribute, typed(kind, value))

    def action(self, class_id: int, logical_name: str, method: int, kind: str, value: Any) -> Any:
        parameters = None if kind == "null" else typed(kind, value)
        return plain(self._checked(self.client.action, logical_name, class_id, method, parameters))

    def count_from(self, counter: int) -> None:
        """Send the next protected message with this invocation counter; the library only counts on."""
        self.client.association.security.set_invocation_counter(counter)

    def release(self) -> None:
        self.client.association.release()
        status = self.client.association.release_status
        if status not in {"plain", "verified"} and not (self.unauthenticated and status == "unverified"):
            raise Rejected(f"release {status}")

    def close(self) -> None:
        self.client.close()


if __name__ == "__main__":
    main(PydlmsPeer)
