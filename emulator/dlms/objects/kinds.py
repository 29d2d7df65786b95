"""Interface classes (IEC 62056-6-2): number, version, and the names of their attributes and methods, in order.

Those of the account (111 to 115) are of the edition of 2017, version 0 each. Attribute 1 is the logical name in every
class. The names serve `decode`, `show` and error texts; no logic reads them.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """One interface class."""

    id: int
    version: int
    name: str
    attributes: tuple[str, ...]
    methods: tuple[str, ...] = ()


DATA = Kind(1, 0, "Data", ("value",))
REGISTER = Kind(3, 0, "Register", ("value", "scaler_unit"), ("reset",))
EXTENDED_REGISTER = Kind(4, 0, "Extended register", ("value", "scaler_unit", "status", "capture_time"), ("reset",))
DEMAND_REGISTER = Kind(
    5,
    0,
    "Demand register",
    (
        "current_average_value",
        "last_average_value",
        "scaler_unit",
        "status",
        "capture_time",
        "start_time_current",
        "period",
        "number_of_periods",
    ),
    ("reset", "next_period"),
)
REGISTER_ACTIVATION = Kind(
    6,
    0,
    "Register activation",
    ("register_assignment", "mask_list", "active_mask"),
    ("add_register", "add_mask", "delete_mask"),
)
PROFILE_GENERIC = Kind(
    7,
    1,
    "Profile generic",
    (
        "buffer",
        "capture_objects",
        "capture_period",
        "sort_method",
        "sort_object",
        "entries_in_use",
        "profile_entries",
    ),
    ("reset", "capture"),
)
CLOCK = Kind(
    8,
    0,
    "Clock",
    (
        "time",
        "time_zone",
        "status",
        "daylight_savings_begin",
        "daylight_savings_end",
        "daylight_savings_deviation",
        "daylight_savings_enabled",
        "clock_base",
    ),
    (
        "adjust_to_quarter",
        "adjust_to_measuring_period",
        "adjust_to_minute",
        "adjust_to_preset_time",
        "preset_adjusting_time",
        "shift_time",
    ),
)
SCRIPT_TABLE = Kind(9, 0, "Script table", ("scripts",), ("execute",))
SCHEDULE = Kind(10, 0, "Schedule", ("entries",), ("enable_disable", "insert", "delete"))
SPECIAL_DAYS = Kind(11, 0, "Special days table", ("entries",), ("insert", "delete"))
ASSOCIATION_LN = Kind(
    15,
    1,
    "Association LN",
    (
        "object_list",
        "associated_partners_id",
        "application_context_name",
        "xDLMS_context_info",
        "authentication_mechanism_name",
        "secret",
        "association_status",
        "security_setup_reference",
    ),
    ("reply_to_HLS_authentication", "change_HLS_secret", "add_object", "remove_object"),
)
SAP_ASSIGNMENT = Kind(17, 0, "SAP assignment", ("SAP_assignment_list",), ("connect_logical_device",))
ACTIVITY_CALENDAR = Kind(
    20,
    0,
    "Activity calendar",
    (
        "calendar_name_active",
        "season_profile_active",
        "week_profile_table_active",
        "day_profile_table_active",
        "calendar_name_passive",
        "season_profile_passive",
        "week_profile_table_passive",
        "day_profile_table_passive",
        "activate_passive_calendar_time",
    ),
    ("activate_passive_calendar",),
)
REGISTER_MONITOR = Kind(21, 0, "Register monitor", ("thresholds", "monitored_value", "actions"))
SINGLE_ACTION_SCHEDULE = Kind(22, 0, "Single action schedule", ("executed_script", "type", "execution_time"))
HDLC_SETUP = Kind(
    23,
    1,
    "IEC HDLC setup",
    (
        "comm_speed",
        "window_size_transmit",
        "window_size_receive",
        "max_info_field_length_transmit",
        "max_info_field_length_receive",
        "inter_octet_time_out",
        "inactivity_time_out",
        "device_address",
    ),
)
PUSH_SETUP = Kind(
    40,
    0,
    "Push setup",
    (
        "push_object_list",
        "send_destination_and_method",
        "communication_window",
        "randomisation_start_interval",
        "number_of_retries",
        "repetition_delay",
    ),
    ("push",),
)
TCP_UDP_SETUP = Kind(
    41, 0, "TCP-UDP setup", ("TCP-UDP_port", "IP_reference", "MSS", "nb_of_sim_conn", "inactivity_time_out")
)
IPV4_SETUP = Kind(
    42,
    0,
    "IPv4 setup",
    (
        "DL_reference",
        "IP_address",
        "multicast_IP_address",
        "IP_options",
        "subnet_mask",
        "gateway_IP_address",
        "use_DHCP_flag",
        "primary_DNS_address",
        "secondary_DNS_address",
    ),
    ("add_mc_IP_address", "delete_mc_IP_address", "get_nbof_mc_IP_addresses"),
)
SECURITY_SETUP = Kind(
    64,
    0,
    "Security setup",
    ("security_policy", "security_suite", "client_system_title", "server_system_title"),
    ("security_activate", "global_key_transfer"),
)
DISCONNECT_CONTROL = Kind(
    70,
    0,
    "Disconnect control",
    ("output_state", "control_state", "control_mode"),
    ("remote_disconnect", "remote_reconnect"),
)
LIMITER = Kind(
    71,
    0,
    "Limiter",
    (
        "monitored_value",
        "threshold_active",
        "threshold_normal",
        "threshold_emergency",
        "min_over_threshold_duration",
        "min_under_threshold_duration",
        "emergency_profile",
        "emergency_profile_group_id_list",
        "emergency_profile_active",
        "actions",
    ),
)
ACCOUNT = Kind(
    111,
    0,
    "Account",
    (
        "account_mode_and_status",
        "current_credit_in_use",
        "current_credit_status",
        "available_credit",
        "amount_to_clear",
        "clearance_threshold",
        "aggregated_debt",
        "credit_reference_list",
        "charge_reference_list",
        "credit_charge_configuration",
        "token_gateway_configuration",
        "account_activation_time",
        "account_closure_time",
        "currency",
        "low_credit_threshold",
        "next_credit_available_threshold",
        "max_provision",
        "max_provision_period",
    ),
    ("activate_account", "close_account", "reset_account"),
)
CREDIT = Kind(
    112,
    0,
    "Credit",
    (
        "current_credit_amount",
        "credit_type",
        "priority",
        "warning_threshold",
        "limit",
        "credit_configuration",
        "credit_status",
        "preset_credit_amount",
        "credit_available_threshold",
        "period",
    ),
    ("update_amount", "set_amount_to_value", "invoke_credit"),
)
CHARGE = Kind(
    113,
    0,
    "Charge",
    (
        "total_amount_paid",
        "charge_type",
        "priority",
        "unit_charge_active",
        "unit_charge_passive",
        "unit_charge_activation_time",
        "period",
        "charge_configuration",
        "last_collection_time",
        "last_collection_amount",
        "total_amount_remaining",
        "proportion",
    ),
    (
        "update_unit_charge",
        "activate_passive_unit_charge",
        "collect",
        "update_total_amount_remaining",
        "set_total_amount_remaining",
    ),
)
TOKEN_GATEWAY = Kind(
    115,
    0,
    "Token gateway",
    ("token", "token_time", "token_description", "token_delivery_method", "token_status"),
    ("enter",),
)

KINDS = {
    kind.id: kind
    for kind in (
        DATA,
        REGISTER,
        EXTENDED_REGISTER,
        DEMAND_REGISTER,
        REGISTER_ACTIVATION,
        PROFILE_GENERIC,
        CLOCK,
        SCRIPT_TABLE,
        SCHEDULE,
        SPECIAL_DAYS,
        ASSOCIATION_LN,
        SAP_ASSIGNMENT,
        ACTIVITY_CALENDAR,
        REGISTER_MONITOR,
        SINGLE_ACTION_SCHEDULE,
        HDLC_SETUP,
        PUSH_SETUP,
        TCP_UDP_SETUP,
        IPV4_SETUP,
        SECURITY_SETUP,
        DISCONNECT_CONTROL,
        LIMITER,
        ACCOUNT,
        CREDIT,
        CHARGE,
        TOKEN_GATEWAY,
    )
}
