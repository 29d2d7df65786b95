"""Addresses of homes, computed from the index and back, and the sockets that stand behind them."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.farm.addresses import MAX_PORTS, AddressError, LoopbackAddresses, PortAddresses
from emulator.farm.cohort import MAX_HOMES
from emulator.farm.opening import MAX_FORKS, listen
from emulator.transports.tcp import ListenError


@given(st.integers(1, MAX_HOMES).flatmap(lambda homes: st.tuples(st.just(homes), st.integers(0, homes - 1))))
def test_an_address_of_its_own_leads_back(drawn):
    homes, index = drawn
    addresses = LoopbackAddresses(homes, 4059)
    host, port = addresses.of(index)
    assert addresses.index((host, port)) == index
    assert addresses.index((host, 4060)) is None
    assert 1 <= int(host.split(".")[0]) == 127
    assert host not in {"127.0.0.0", "127.0.0.1", "127.255.255.255"}


@given(st.integers(1, MAX_PORTS).flatmap(lambda homes: st.tuples(st.just(homes), st.integers(0, homes - 1))))
def test_a_port_of_its_own_leads_back(drawn):
    homes, index = drawn
    addresses = PortAddresses(homes, 40_000)
    assert addresses.of(index) == ("127.0.0.1", 40_000 + index)
    assert addresses.index(("127.0.0.1", 40_000 + index)) == index
    assert addresses.index(("127.0.0.2", 40_000 + index)) is None
    assert addresses.index(("127.0.0.1", 40_000 + homes)) is None


@pytest.mark.parametrize("host", ["127.1.0.0", "127.1.0.4", "127.0.0.1", "10.1.0.1", "::1", "home", "", "127.1.0.1.1"])
def test_outside_the_farm_is_nobody(host):
    assert LoopbackAddresses(3, 4059).index((host, 4059)) is None


def test_the_last_of_as_many_as_there_can_be():
    addresses = LoopbackAddresses(MAX_HOMES, 1)
    assert addresses.of(MAX_HOMES - 1) == ("127.245.36.0", 1)
    most = LoopbackAddresses(16_776_959, 1)
    assert [most.of(0), most.of(16_776_958)] == [("127.0.1.0", 1), ("127.255.255.254", 1)]
    with pytest.raises(AddressError, match="do not fit"):
        LoopbackAddresses(1 << 24, 1)


@pytest.mark.parametrize(("homes", "port"), [(MAX_PORTS + 1, 4059), (10, 65_530)])
def test_ports_run_out(homes, port):
    with pytest.raises(AddressError, match="at most 1000 homes"):
        PortAddresses(homes, port)


# Sockets


def close(sockets):
    for one in sockets:
        one.close()


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_is_none(each, port):
    with pytest.raises(AddressError, match=r"allowed: 0 \(any free one\) to 65535"):
        listen(1, port, each=each)


def test_any_free_port_for_all():
    sockets, addresses = listen(1000, 0, each=False)
    assert len(sockets) == 1
    assert addresses == LoopbackAddresses(1000 + MAX_FORKS, sockets[0].getsockname()[1])
    close(sockets)


def test_free_ports_in_a_row_are_looked_for():
    first, one = listen(3, 0, each=True)
    second, other = listen(3, 0, each=True)
    assert [each.getsockname() for each in second] == [other.of(index) for index in range(3)]
    assert not {one.of(index) for index in range(3)} & {other.of(index) for index in range(3)}
    close(first + second)


def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} is taken: .* choose another with --port"):
            listen(2, port, each=False)


def test_where_one_port_of_several_is_taken_the_others_are_given_back():
    sockets, addresses = listen(3, 0, each=True)
    close([sockets[0], sockets[2]])
    with pytest.raises(ListenError, match=f"port {addresses.port + 1} is taken"):
        listen(3, addresses.port, each=True)
    close(listen(1, addresses.port, each=True)[0])
    close([sockets[1]])
