"""Virtual Motion Capture Protocol 3.1: a face for VRM avatars, as a performer sends it.

Source: sh-akira/VirtualMotionCaptureProtocol, `docs/english.markdown` (f41f427). A state is the
52 ARKit shapes as `/VMC/Ext/Blend/Val` ("Perfect Sync"), then `/VMC/Ext/Blend/Apply`, with
`/VMC/Ext/OK` and the time in seconds since the first state in front. Receivers listen on UDP
39539 or 39540. Bones, the eyes' among them, are left to the program that moves the body.

A shape without a valid unit behind it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from mien.arkit import ARKIT
from mien.outputs.osc import FLOAT, Flags, Message, OscBundles
from mien.types import FaceState

VMC_PORT: Final = 39539
_FRONT: Final[tuple[Message, ...]] = (("/VMC/Ext/OK", (1,)), ("/VMC/Ext/T", (FLOAT,)))
_APPLY: Final[Message] = ("/VMC/Ext/Blend/Apply", ())


class VmcEncoder:
    """Face states as OSC bundles of VMC."""

    def __init__(self, *, has_capital_names: bool = False) -> None:
        """Make an encoder.

        Args:
            has_capital_names: `BrowInnerUp` instead of `browInnerUp`: names are case sensitive,
                and some avatars write them so.
        """
        self._names = tuple(
            name[0].upper() + name[1:] if has_capital_names else name for name in ARKIT.names
        )
        self._first_ns: int | None = None
        self._sent: Flags = np.zeros(len(ARKIT), np.bool_)
        self._bundles = OscBundles(self._messages())

    def packets(self, state: FaceState) -> Sequence[bytearray]:
        """The bundles of a state; the last one ends with `Apply`."""
        sent = ARKIT.carried(state)
        if not np.array_equal(sent, self._sent):
            self._sent = sent
            self._bundles = OscBundles(self._messages())
        self._first_ns = state.t_ns if self._first_ns is None else self._first_ns
        self._bundles.floats[0] = (state.t_ns - self._first_ns) * 1e-9
        self._bundles.floats[1:] = ARKIT.of(state)[sent]
        return self._bundles.packets()

    def _messages(self) -> list[Message]:
        values: list[Message] = [
            ("/VMC/Ext/Blend/Val", (name, FLOAT))
            for name, is_sent in zip(self._names, self._sent, strict=True)
            if is_sent
        ]
        return [*_FRONT, *values, _APPLY]
