"""Addresses of streams: what is taken, and what is shown of them."""

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.sources.web_address import parse_address


@pytest.mark.parametrize(
    ("url", "place", "target"),
    [
        ("http://127.0.0.1:8000/events?a=1&b=%20", "127.0.0.1:8000", "/events?a=1&b=%20"),
        ("https://example.org", "example.org", "/"),
        ("HTTP://Example.ORG:80/a b", "example.org", "/a%20b"),
        ("http://[::1]:8000/é#here", "[::1]:8000", "/%C3%A9"),
        ("http://bücher.example/", "xn--bcher-kva.example", "/"),
    ],
)
def test_addresses(url: str, place: str, target: str) -> None:
    """Host, port and target are what an HTTP request needs."""
    address = parse_address(url)
    assert (address.place, address.target) == (place, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "events",
        "ftp://h/x",
        "file:///etc/passwd",
        "http://",
        "http://h:0x1/",
        "http://h:99999/",
        "http://h h/",
        "//h/",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """Only http and https with a host are followed."""
    with pytest.raises(SourceError):
        parse_address(url)


@pytest.mark.parametrize(
    "url", ["http://me:s3cret@h/x?key=s3cret", "ftp://me:s3cret@h/x?key=s3cret", "me:s3cret@h?s3cret"]
)
def test_secrets_in_an_address_are_never_shown(url: str) -> None:
    """Neither errors nor representations hold the user, the password or the query."""
    try:
        address = parse_address(url)
        texts = [address.shown, repr(address), f"{[address]}"]
    except SourceError as error:
        texts = [str(error)]
    assert not any("s3cret" in text or "me:" in text for text in texts)


def test_a_user_in_the_address_becomes_a_header_and_does_not_follow_a_redirect() -> None:
    """`user:password@` is sent as basic authorization, and a redirect neither inherits nor brings one."""
    address = parse_address("http://me:p%40ss@h/x/y")
    assert address.authorization == "Basic bWU6cEBzcw=="
    assert address.join("../z").authorization is None
    assert address.join("../z").target == "/z"
    assert address.join("//you:pass@other/").authorization is None
