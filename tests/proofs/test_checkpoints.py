"""Signed heads of trees: what we write others can read, and nothing that was changed is believed."""

from __future__ import annotations

from base64 import b64decode
from uuid import UUID

import pytest

import annals_verify
from application.checkpoints import BadNote, Checkpoint, Key, Signer, key_of, origin, read, seen_at, verified

TENANT = UUID("018f0000-0000-7000-8000-000000000001")
NAME = origin("annals", TENANT)
LOG = Signer(bytes(range(32)))
WITNESS = Signer(bytes(range(32, 64)))
OTHER = Signer(bytes(32))
HEAD = Checkpoint(NAME, 1000, bytes(range(100, 132)))
NOTE = LOG.note(HEAD)
COSIGNED = WITNESS.cosigned(NOTE, "witness.example", 1_795_000_000)

GO = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNED = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
"""The example of signed notes, as Go signs them."""


def test_a_checkpoint_is_written_as_others_read_it() -> None:
    assert NOTE.startswith(f"{NAME}\n1000\nZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=\n\n— {NAME} ")
    assert verified(NOTE, LOG.log_key(NAME)) == HEAD
    assert COSIGNED.startswith(NOTE)
    assert seen_at(COSIGNED, WITNESS.witness_key("witness.example")) == 1_795_000_000
    assert seen_at(NOTE, WITNESS.witness_key("witness.example")) is None
    for key in (LOG.log_key(NAME), WITNESS.witness_key("witness.example")):
        assert key_of(str(key)) == key


def test_what_go_signs_is_read() -> None:
    key = annals_verify.key_of(GO)
    assert str(key_of(GO)) == GO
    note = annals_verify.Note(GO_TEXT, "", 0, b"", (("PeterNeumann", b64decode(GO_SIGNED)),))
    assert annals_verify.signed(note, key) == 0
    assert annals_verify.signed(note._replace(text=GO_TEXT[1:]), key) is None


def test_the_verifier_reads_what_the_server_writes() -> None:
    note = annals_verify.note_of(COSIGNED)
    assert (note.origin, note.size, note.root) == HEAD
    assert annals_verify.signed(note, annals_verify.key_of(str(LOG.log_key(NAME)))) == 0
    witness = annals_verify.key_of(str(WITNESS.witness_key("witness.example")))
    assert annals_verify.signed(note, witness) == 1_795_000_000


@pytest.mark.parametrize(
    "key",
    [OTHER.log_key(NAME), LOG.log_key("annals/another"), LOG.witness_key(NAME), Key(NAME, b"\x01", WITNESS.public)],
)
def test_only_the_key_under_its_name_is_believed(key: Key) -> None:
    with pytest.raises(BadNote):
        verified(NOTE, key)
    assert annals_verify.signed(annals_verify.note_of(NOTE), annals_verify.key_of(str(key))) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "annals\n",
        NOTE.replace("\n1000\n", "\n01000\n"),
        NOTE.replace("\n1000\n", "\n+1000\n"),
        NOTE.replace("\n1000\n", "\n1_000\n"),
        NOTE.replace("goM=\n", "goM\n"),
        NOTE.replace("goM=\n", "goN=\n"),
        NOTE.replace("\n\n", "\nmore\n\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.removesuffix("\n"),
        NOTE.replace("— ", "- "),
        NOTE + "\n",
    ],
)
def test_a_note_that_is_written_otherwise_is_none(text: str) -> None:
    with pytest.raises(BadNote):
        read(text)
    with pytest.raises(annals_verify.NotProven):
        annals_verify.note_of(text)


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AQ==", str(LOG.log_key(NAME)).replace("annals", "annuls")])
def test_a_key_that_was_changed_is_none(text: str) -> None:
    with pytest.raises(BadNote):
        key_of(text)
    with pytest.raises(annals_verify.NotProven):
        annals_verify.key_of(text)


def test_no_bit_of_a_signed_checkpoint_can_be_flipped() -> None:
    keys = (LOG.log_key(NAME), WITNESS.witness_key("witness.example"))
    theirs = [annals_verify.key_of(str(key)) for key in keys]
    raw = COSIGNED.encode()
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        text = bytes(flipped).decode("utf-8", "replace")
        ours: list[bool] = []
        for key in keys:
            try:
                note = read(text)
                ours.append(any(key.signed(note.checkpoint, one) for one in note.signatures))
            except BadNote:
                ours.append(False)
        assert not all(ours), bit
        try:
            found = annals_verify.note_of(text)
            assert None in [annals_verify.signed(found, key) for key in theirs], bit
        except annals_verify.NotProven:
            pass
