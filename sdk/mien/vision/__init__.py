"""The Python face of the C++ core: words and checks, no arithmetic.

preprocess   sensor image -> crop: undistorted, turned, shrunk, normalised, int8
flow         two gray crops -> dense optical flow with a confidence
follow       a key frame and later frames -> where its skin went in each; median of many images
kernels      which ones the core uses on this CPU, and whether they agree
motion       flow -> slip of the headset, and movement per region without it (A7)
smoothing    One Euro filter on capture times
"""

from __future__ import annotations
