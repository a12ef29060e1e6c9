"""The registry's data: every kind of source is read, and every fault is named with its entry and field."""

from __future__ import annotations

import pytest

from feed_dataset.core.weights.entries import InvalidEntry, read_entries
from feed_dataset.core.weights.sources import ByHand, HubFile, PackageMember, Url
from feed_dataset.core.weights.weight import Weight

SHA256 = "0123456789abcdef" * 4
PACKAGE = f"""
[packages.models]
requirement = "some-models==1.0"
archive_sha256 = "{SHA256}"
wheel_platform = ["3.11", "cp311", "any"]
"""
ENTRY = f"""
[networks.net]
file_name = "net.bin"
purpose = "testing"
licence = "MIT"
sha256 = "{SHA256}"
size_bytes = 3
"""
BY_HAND = 'sources = [{ by_hand = "ask" }]\n'


def test_every_field_and_kind_of_source() -> None:
    sources = """sources = [
        { url = "https://host.invalid/net.bin" },
        { url = "https://host.invalid/pack.zip", member = "in/net.bin" },
        { hub = "someone/model", path = "net.bin", revision = "abc" },
        { hub = "someone/model", path = "net.bin" },
        { package = "models", member = "models/net.bin" },
        { by_hand = "ask the authors" },
    ]
    note = "read me"
    """
    assert read_entries(PACKAGE + ENTRY + sources) == {
        "net": Weight(
            name="net",
            file_name="net.bin",
            purpose="testing",
            licence="MIT",
            sources=(
                Url("https://host.invalid/net.bin"),
                Url("https://host.invalid/pack.zip", "in/net.bin"),
                HubFile("someone/model", "net.bin", "abc"),
                HubFile("someone/model", "net.bin", "main"),
                PackageMember("some-models==1.0", "models/net.bin", SHA256, ("3.11", "cp311", "any")),
                ByHand("ask the authors"),
            ),
            sha256=SHA256,
            size_bytes=3,
            note="read me",
        )
    }


def test_hash_size_and_note_may_be_absent() -> None:
    entry = read_entries('[networks.net]\nfile_name = "a"\npurpose = "b"\nlicence = "c"\n' + BY_HAND)["net"]
    assert (entry.sha256, entry.size_bytes, entry.note) == (None, None, "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('purpose = "testing"', "", "networks.net, field purpose: expected str but got nothing"),
        ('"testing"', '""', "networks.net, field purpose: expected something but it is empty"),
        ('"testing"', "7", "networks.net, field purpose: expected str but got 7"),
        ("size_bytes = 3", 'size_bytes = "3"', "networks.net, field size_bytes: expected int but got '3'"),
        ("size_bytes = 3", "size_bytes = true", "networks.net, field size_bytes: expected int but got True"),
        ("size_bytes = 3", "size_bytes = 0", "networks.net, field size_bytes: expected a positive number but got 0"),
        (f'"{SHA256}"\nsize', f'"{SHA256[:8]}"\nsize', "net, field sha256: expected 64 hex digits but got '01234567'"),
        ('"net.bin"', '"../net.bin"', "networks.net, field file_name: expected a plain file name"),
        ("size_bytes", "bytes", "networks.net, field bytes: expected no such field"),
        (BY_HAND, "sources = []", "networks.net, field sources: expected something but it is empty"),
        ('{ by_hand = "ask" }', '"ask"', "networks.net, source 1: expected a table but got 'ask'"),
        ("by_hand", "hand", "networks.net, source 1, field by_hand: expected str but got nothing"),
        ('by_hand = "ask"', 'url = "a", path = "b"', "networks.net, source 1, field path: expected no such field"),
        ('by_hand = "ask"', 'hub = "a/b"', "networks.net, source 1, field path: expected str but got nothing"),
        ('by_hand = "ask"', 'package = "model"', r"field package: expected one of \['models'\] but got 'model'"),
        ('by_hand = "ask"', 'package = "models"', "networks.net, source 1, field member: expected str but got nothing"),
        ("==1.0", ">=1.0", "packages.models, field requirement: expected NAME==VERSION but got 'some-models>=1.0'"),
        (', "any"]', "]", "packages.models, field wheel_platform: expected .python version, abi, platform. but got"),
        ("[networks.net]", "[nets.net]", "the registry, field networks: expected dict but got nothing"),
        ("[packages.models]", "[package.models]", "the registry, field package: expected no such field"),
        ('"net.bin"', '"net.bin', "expected TOML but"),
    ],
)  # fmt: skip
def test_a_fault_names_the_entry_and_the_field(old: str, new: str, message: str) -> None:
    text = PACKAGE + ENTRY + BY_HAND
    read_entries(text)
    assert old in text
    with pytest.raises(InvalidEntry, match=message):
        read_entries(text.replace(old, new))


def test_two_networks_cannot_share_a_file_name() -> None:
    text = ENTRY + BY_HAND + (ENTRY + BY_HAND).replace("networks.net", "networks.other")
    with pytest.raises(InvalidEntry, match="networks.other: expected a file_name of its own but net has it too"):
        read_entries(text)
