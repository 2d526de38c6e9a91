"""What mien costs on the machine at hand: `mien bench`, and what two of its results differ in.

face_rig     made-up cameras, and what is done with a frame of theirs: the twin of csrc/bench
whole_step   the tracker on the same cameras, networks included
stages       times of parts, called again and again
deadlines    whether a step is done before the next frame comes
machine      which machine this is
load, power  what else went on meanwhile: other work, other virtual machines, heat, energy
report       the result, as tools/bench/RESULTS.md describes it
compare      two results side by side

Runs where a headset's wheel runs: NumPy and LiteRT, nothing else.
"""

from __future__ import annotations
