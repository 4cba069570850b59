import re
from pathlib import Path

import pytest

from consensus.messages import SIZE_MAX, Prepare, Status
from node.wire import (
    HEIGHT_MAX,
    FinalBlock,
    GetBlocks,
    GetTransactions,
    Hello,
    Kind,
    Priority,
    Standing,
    consensus_frame,
    decode_frame,
    encode_frame,
    priority_of,
    split_transactions,
)
from primitives.errors import PeerFault

HASH = bytes(range(32))
FORMATS = Path(__file__).parents[3] / "docs/formats.md"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Kind.HELLO, Hello(1, HASH, "hospital", 7)),
        (Kind.TRANSACTIONS, [b"one", b"two"]),
        (Kind.GET_TRANSACTIONS, GetTransactions((HASH,))),
        (Kind.GET_BLOCKS, GetBlocks(3, 64)),
        (Kind.BLOCK, FinalBlock(3, b"header", b"certificate", b"body")),
        (Kind.STANDING, Standing(9, ("finance", "health"))),
    ],
)
def test_a_frame_is_read_as_it_was_written(kind, payload):
    assert decode_frame(encode_frame(kind, payload)) == payload


def test_a_consensus_message_travels_behind_its_kind():
    vote = Prepare(2, 5, 0, HASH, bytes(64))
    assert decode_frame(consensus_frame(vote)) == vote
    assert priority_of(vote) is Priority.CONSENSUS


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", "frame.empty"),
        (b"\x00", "frame.unknown_kind"),
        (b"\x63\x90", "frame.unknown_kind"),
        (b"\x02", "codec.malformed"),
        (b"\x05\x92\x01", "codec.malformed"),
        (b"\x05\x92\x01\xcc\x02", "codec.not_canonical"),
        (b"\x05\x92\x01\x02\x00", "codec.malformed"),
        (b"\x05\x92\x01\x41", "codec.malformed"),
        (b"\x05" + bytes(100), "codec.too_long"),
        (encode_frame(Kind.STANDING, Standing(HEIGHT_MAX + 1, ())), "frame.absurd_height"),
        (consensus_frame(Status(HEIGHT_MAX + 1, 0)), "frame.absurd_height"),
    ],
)
def test_what_is_no_frame_is_refused_with_its_reason(frame, code):
    with pytest.raises(PeerFault) as caught:
        decode_frame(frame)
    assert caught.value.code == code


def test_transactions_are_packed_into_frames_of_bounded_size_in_their_order():
    transactions = [bytes([i]) * 100_000 for i in range(20)]
    frames = split_transactions(transactions)
    assert max(map(len, frames)) < 700_000
    assert [t for frame in frames for t in decode_frame(frame)] == transactions
    assert split_transactions([]) == []


def test_the_page_of_formats_names_every_kind_and_every_tag_with_its_limit():
    links = FORMATS.read_text("utf-8").partition("## Links")[2]
    kinds = {int(number): name for number, name in re.findall(r"\| (\d+) \| ([A-Z_]+) \|", links)}
    assert kinds == {int(kind): kind.name for kind in Kind}
    limits = re.findall(r"\| (\d+) \| [A-Z][a-z]\w+ \| .* \| ([\d,]+) (B|KiB) \|", links)
    told = {
        int(tag): int(size.replace(",", "")) * (1024 if unit == "KiB" else 1)
        for tag, size, unit in limits
    }
    assert told == {tag: size for tag, size in SIZE_MAX.items() if tag > 4}
