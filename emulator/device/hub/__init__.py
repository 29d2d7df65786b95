"""The communications hub: WAN, HAN, the gas mirror, the command queue, alerts on their way."""
