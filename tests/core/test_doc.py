"""Doc: lossless, strict, atomic, told apart by content."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from encore.core.doc import Doc, digest_of, write_atomically
from encore.core.errors import DocumentError


class Fact(Doc):
    """A document with every kind of value that ours hold."""

    name: str
    rate: Fraction = Fraction(30000, 1001)
    value: float = 0.0
    pair: tuple[int, ...] = ()
    inner: Fact | None = None
    place: Path = Path("a")


facts = st.builds(
    Fact,
    name=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    rate=st.fractions(),
    value=st.floats(allow_nan=False),
    pair=st.lists(st.integers()).map(tuple),
    inner=st.none() | st.builds(Fact, name=st.text(alphabet="abc")),
)


@given(facts)
def test_survives_json(fact: Fact) -> None:
    back = Fact.model_validate_json(fact.to_json())
    assert back == fact
    assert back.digest == fact.digest


@given(facts, facts)
def test_digest_is_the_content(a: Fact, b: Fact) -> None:
    assert (a.digest == b.digest) == (a.model_dump_json() == b.model_dump_json())


def test_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
    assert len(digest_of({})) == 64


def test_infinities_survive() -> None:
    fact = Fact(name="x", value=float("inf"))
    assert Fact.model_validate_json(fact.to_json()) == fact


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        Fact(name="x").name = "y"  # type: ignore[misc]


def test_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Fact(name="x", nonsense=1)  # type: ignore[call-arg]


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "fact.json"
    fact = Fact(name="Grüße 你好", inner=Fact(name="inside"))
    fact.save(path)
    assert Fact.load(path) == fact
    assert [p.name for p in tmp_path.iterdir()] == ["fact.json"]
    assert json.loads(path.read_text())["rate"] == "30000/1001"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "top level"),
        (b"{", "top level"),
        (b"[]", "top level"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"name": "x", "colour": 1}', "colour"),
        (b'{"name": "x", "inner": {"name": 3}}', "inner.name"),
        (b"{}", "name"),
    ],
)
def test_bad_document_names_the_file_and_the_place(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=says) as caught:
        Fact.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_document(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        Fact.load(tmp_path / "none.json")


def test_failed_save_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fact.json"
    write_atomically(path, b"old")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["fact.json"]
