"""Only https on the public internet is called, however a private address is written."""

import pytest

from fareledger.usecases.outgoing_address import AddressRefused, check_number, parse_target

PRIVATE = (
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "3fff::1", "5f00::1",
)  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE)
def test_a_number_that_is_not_public_is_refused(number: str) -> None:
    with pytest.raises(AddressRefused):
        check_number(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_a_public_number_is_called(number: str) -> None:
    check_number(number)


@pytest.mark.parametrize("text", ["", "example.com", "999.1.1.1", "0x7f.1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        check_number(text)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com/", "ftp://example.com/", "http://example.com/", "https://",
        "https://example.com:80/", "https://example.com:22/", "https://example.com:99999/",
        "https://user:secret@example.com/", "https://user@example.com/", "https://example.com/#part",
        "https://exa mple.com/", "https://example.com/\r\nHost: other", "https://bücher.example/",
        "https://localhost/", "https://LOCALHOST./", "https://printer/", "https://db.internal/", "https://nas.local/",
        "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::1/", "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/", "file:///etc/passwd", "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_public_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        parse_target(url)
    assert refusal.value.field == "/url"


def test_an_address_is_taken_apart() -> None:
    target = parse_target("https://Hooks.Example.com:8443/a/b?x=1&y=%20")
    assert (target.host, target.port, target.path) == ("hooks.example.com", 8443, "/a/b?x=1&y=%20")
    assert target.secure
    assert target.host_header == "hooks.example.com:8443"
    assert parse_target("https://example.com").path == "/"
    assert parse_target("https://[2606:4700::1111]/").host_header == "[2606:4700::1111]"


def test_this_machine_is_called_only_where_that_is_allowed() -> None:
    for url in ("http://127.0.0.1:9000/", "https://localhost:9000/", "http://[::1]:9000/"):
        assert parse_target(url, loopback=True).port == 9000
        with pytest.raises(AddressRefused):
            parse_target(url)
    check_number("127.0.0.1", loopback=True)
    for url in ("http://example.com/", "http://10.0.0.1/", "https://10.0.0.1/"):
        with pytest.raises(AddressRefused):
            parse_target(url, loopback=True)
    with pytest.raises(AddressRefused):
        check_number("10.0.0.1", loopback=True)
