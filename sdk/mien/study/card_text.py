"""What every model card says in the same words, and where the data comes from."""

from __future__ import annotations

from typing import Final, NamedTuple


class DataSource(NamedTuple):
    """Something that sessions were rendered with."""

    what: str
    address: str
    licence: str


DATA_SOURCES: Final = {
    "ict_facekit_light": (
        DataSource(
            "ICT-FaceKit: head, identities, expressions",
            "https://github.com/ICT-VGL/ICT-FaceKit",
            "MIT",
        ),
    ),
    "makehuman_head_arkit": (
        DataSource(
            "MakeHuman: head, identities",
            "https://github.com/makehumancommunity/makehuman",
            "CC0-1.0",
        ),
        DataSource(
            "TalkingHead: expressions for it", "https://github.com/met4citizen/TalkingHead", "MIT"
        ),
    ),
}
"""Name of a head, as `session.toml` has it -> what it was made of."""
INTENDED: Final = """\
Driving an avatar, or an interface, with the expressions of the person who wears the headset, on the
headset itself: eye cameras and a mouth camera, infrared, one wearer, who knows of it.

Not meant for: telling what somebody truly feels, lies or intends; medical or psychological
findings; watching people at work or at school; finding out who somebody is; faces seen from
outside a headset.
"""
FACTORS: Final = """\
What results are told by: the head (topology, identities), the rig (where the cameras sit, what lens
they have), the value, and the session, which is one wearer. Age, sex and skin are not told apart:
sessions do not say them.
"""
METRICS: Final = """\
Per value, the tracker's curve against the exact one: Pearson's r, and the mean absolute error (MAE)
in the value's own unit, a weight between nothing and full, or radians of gaze. A value whose truth
stands still has no r. Means run over the values that move. The control is the same curves against
truth in random order; it must be near nothing.
"""
ETHICS: Final = """\
Expression values are personal data, and what is made of them may tell more than the wearer means
to; they stay on the headset unless the application sends them. Who the wearer is, is recognised
only with consent (`mien.runtime.identity`).
"""
CAVEATS: Final = """\
Results on rendered sessions say what the networks learnt of rendered faces. On real ones they may
be worse, and nothing here measures it: record cued sessions of your own headset, and run
`mien label` and `mien evaluate` on them before you rely on a value. Enrol each wearer, so that the
neutral face is known.
"""
