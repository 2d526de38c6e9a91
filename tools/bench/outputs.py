"""What each interface keeps of a face, and what sending one costs.

    PYTHONPATH=sdk python3 tools/bench/outputs.py

First values -> shapes -> values of random faces: the table of `sdk/mien/outputs/OUTPUTS.md`, which
a test holds to this one. Then the time from a state to its packets, per protocol, and beside it
python-osc laying out VRChat's parameters.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mien import schema
from mien.outputs.open_sink import PROTOCOLS
from mien.outputs.osc import FLOAT, OscBundles
from mien.outputs.round_trip import FACES, every_round_trip, markdown, random_values
from mien.outputs.vrcft import V2_NAMES, v2_carried, v2_parameters
from mien.types import FaceState

REPEATS = 200
PER_BUNDLE = 28
"""Messages that fit one packet."""


def microseconds(call: Callable[[], object]) -> float:
    """Median time of a call."""
    call()
    taken_ns = []
    for _ in range(REPEATS):
        start_ns = time.perf_counter_ns()
        call()
        taken_ns.append(time.perf_counter_ns() - start_ns)
    return float(np.median(taken_ns)) / 1e3


def by_python_osc(addresses: list[str], values: list[float]) -> list[bytes]:
    """The bundles of these floats, as python-osc builds them."""
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    packets = []
    for first in range(0, len(addresses), PER_BUNDLE):
        bundle = OscBundleBuilder(IMMEDIATELY)
        part = slice(first, first + PER_BUNDLE)
        for address, value in zip(addresses[part], values[part], strict=True):
            message = OscMessageBuilder(address)
            message.add_arg(value, "f")
            bundle.add_content(message.build())
        packets.append(bundle.build().dgram)
    return packets


def main() -> None:
    """Print both tables as Markdown."""
    print(f"{FACES} faces, every value independent and over its whole range\n")
    print(markdown(every_round_trip()))
    every = np.ones(schema.VALUE_COUNT, np.bool_)
    face = FaceState(0, random_values(1)[0], every, every)
    print("| a state to packets | packets | bytes | us |\n|---|---|---|---|")
    for name, (make, _) in PROTOCOLS.items():
        encoder = make()
        sizes = [len(packet) for packet in encoder.packets(face)]
        taken_us = microseconds(lambda encoder=encoder: encoder.packets(face))  # type: ignore[misc]
        print(f"| {name} | {len(sizes)} | {sum(sizes)} | {taken_us:.0f} |")
    carried = v2_carried(face)
    addresses = [f"/avatar/parameters/v2/{name}" for name in np.array(V2_NAMES)[carried]]
    values = v2_parameters(face)[carried].tolist()
    bundles = OscBundles([(address, (FLOAT,)) for address in addresses])
    bundles.floats[:] = values
    own_us = microseconds(bundles.packets)
    peer_us = microseconds(lambda: by_python_osc(addresses, values))
    print(f"\n{len(values)} floats into OSC bundles: {own_us:.0f} us; python-osc {peer_us:.0f} us")


if __name__ == "__main__":
    main()
