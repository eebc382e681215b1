"""What the receiver says on the empty screen."""

import platform

import pytest

from connectome_tui.sources.receiver import lines_to_paste


@pytest.mark.parametrize(
    ("bound", "endpoint"),
    [
        ("127.0.0.1:4318", "http://127.0.0.1:4318"),
        ("[::1]:4318", "http://[::1]:4318"),
        ("0.0.0.0:4318", "http://shop-1:4318"),
        ("[::]:4318", "http://shop-1:4318"),
    ],
)
def test_the_endpoint_to_paste_can_be_reached(bound: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a receiver at all addresses other machines are told its name, not the address that means all."""
    monkeypatch.setattr(platform, "node", lambda: "shop-1")
    lines = lines_to_paste(bound, "grpc")
    assert lines == (f"export OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}", "export OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
    assert max(map(len, lines)) < 76
