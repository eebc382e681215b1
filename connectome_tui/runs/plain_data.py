"""Records that read as attributes, as items, and as plain data."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any


class PlainData:
    """For dataclasses: `record["status"]` is `record.status`, and `as_dict` gives what JSON can write.

    A field that Python has no name for (`from`) says in its metadata what it is called in the data.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        for field in fields(self):  # type: ignore[arg-type]
            if field.metadata.get("name", field.name) == name:
                return getattr(self, field.name)
        raise KeyError(name)

    def keys(self) -> Iterator[str]:
        """The names of the fields, so that `dict(record)` works."""
        return (field.metadata.get("name", field.name) for field in fields(self))  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """The record, and every record in it, as dictionaries and lists."""
        return {name: _plain(self[name]) for name in self.keys()}


def _plain(value: Any) -> Any:
    if isinstance(value, PlainData):
        return value.as_dict()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
