"""The action-unit detection layer: which units show, and where each moves the face (C2-C4).

Two grids in one pass, `coarse` (8 x 8) for small regions and `last` (4 x 4) for large ones. Each
cell gives each class a score of its own, for several units show at once, and its own four reaches
from the middle of the cell to the edges of the region. `mien.runtime.unit_boxes` reads them.

The score is taught by how near the middle of the region is to the middle of the cell, times how far
the unit shows, with the quality focal loss (Li et al., "Generalized Focal Loss", NeurIPS 2020): of
the 80 cells of a class at most a few are near. The reaches are taught where the score is, by the
generalised intersection over union (Rezatofighi et al., CVPR 2019).

Shape suffixes: B batch, C classes, R rows (of B x C), F fields, N cells, H
height, W width.
"""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from torch import Tensor, nn

from mien.runtime.unit_boxes import BOX_CLASSES, CELLS, FIELDS, GRIDS, REACH, cell_middles
from mien.schema import CameraKind
from mien.train.maps import Channels, Maps

FINE_BELOW: Final = 0.40
"""A region with a root area below this, a share of the crop's side, is for the finer grid."""
_RARE_LOGIT: Final = -3.0
_REACH_LOGIT: Final = -1.0
_NEAR: Final = 1.0
"""How fast the score falls with distance: exp(-_NEAR d^2), d in cells."""
_EDGE_WEIGHT: Final = 1.0
_ELSEWHERE: Final = 0.03
"""How much a cell that is not near learns of a rectangle: it may be the surest one all the same."""
_TINY: Final = 1e-6


class BoxHead(nn.Module):
    """A 1x1 convolution on each grid, plus what each place tells, plus what the whole crop tells.

    The finer grid sees the coarser map besides. Of the constant of each cell the layer learns
    where in a crop a unit is to be looked for: a convolution does not know where it is. The feature
    vector, which the units are read from, moves a class in all cells alike.
    """

    def __init__(self, channels: Channels, kind: CameraKind) -> None:
        super().__init__()
        classes = len(BOX_CLASSES[kind])
        self.down = nn.Conv2d(channels.last, channels.coarse, 1)
        self.fine = nn.Conv2d(channels.coarse, classes * FIELDS, 1)
        self.large = nn.Conv2d(channels.last, classes * FIELDS, 1)
        self.whole = nn.Linear(channels.feature, classes * FIELDS)
        start_CF1 = torch.full((classes, FIELDS, 1), _REACH_LOGIT)
        start_CF1[:, 0] = _RARE_LOGIT
        self.place = nn.Parameter(start_CF1.repeat(1, 1, CELLS))
        for layer in (self.fine, self.large, self.whole):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, 0.0)  # type: ignore[arg-type]

    def forward(self, maps: Maps) -> Tensor:
        """Shape (B, C * FIELDS, CELLS), 0..1, as `decode_boxes` reads it."""
        wide = F.interpolate(self.down(maps.last), scale_factor=2.0, mode="nearest")
        grids = (self.fine(F.relu6(maps.coarse + wide)), self.large(maps.last))
        seen = torch.cat([grid.flatten(2) for grid in grids], dim=2) + self.place.flatten(0, 1)
        return torch.sigmoid(seen + self.whole(maps.feature)[:, :, None])


def box_loss(output: Tensor, boxes_BCF: Tensor) -> Tensor:
    """Quality focal loss of the scores plus 1 - GIoU of the rectangles, over what is known.

    Args:
        output: Of the head, shape (B, C * FIELDS, CELLS).
        boxes_BCF: Rows of `mien.train.boxes.BoxRows`, moved with the image.

    Returns:
        A scalar, the mean over `known_boxes`; 0 for a batch in which nothing is known.
    """
    cells_BCFN = output.view(len(output), -1, FIELDS, CELLS)
    is_known_BC = known_boxes(boxes_BCF)
    is_shown_BC = is_known_BC & (boxes_BCF[..., 4] > 0)
    score_BCN = cells_BCFN[:, :, 0].clamp(_TINY, 1 - _TINY)
    absent_BC = _focal(score_BCN, torch.zeros_like(score_BCN)).sum(dim=2)
    absent = (absent_BC * (is_known_BC & ~is_shown_BC)).sum()
    # Few rows show, and only they have anything to say of places: a tenth of the time.
    shown = _shown(cells_BCFN[is_shown_BC], boxes_BCF[is_shown_BC])
    return (absent + shown) / is_known_BC.sum().clamp_min(1)


def _shown(cells_RFN: Tensor, boxes_RF: Tensor) -> Tensor:
    """The loss of R rows that show, added up."""
    target_RN = boxes_RF[:, 4:] * nearness(boxes_RF[:, :4])
    score_RN = cells_RFN[:, 0].clamp(_TINY, 1 - _TINY)
    missed_RN = 1 - giou(_rectangles(cells_RFN), boxes_RF[:, None, :4])
    taught_RN = target_RN + _ELSEWHERE * boxes_RF[:, 4:]
    return (_focal(score_RN, target_RN) + _EDGE_WEIGHT * taught_RN * missed_RN).sum()


def known_boxes(boxes_BCF: Tensor) -> Tensor:
    """Which rows teach anything, shape (B, C): a class that shows needs its region, too."""
    shown_BC = boxes_BCF[..., 4]
    is_placed_BC = torch.isfinite(boxes_BCF[..., :4]).all(dim=-1)
    return torch.isfinite(shown_BC) & (is_placed_BC | (shown_BC == 0))


def nearness(edges_RF: Tensor) -> Tensor:
    """How near each cell is to the middle of each rectangle, shape (R, CELLS), 0..1.

    0 on the grid that a rectangle of its size does not belong to.
    """
    middle_N2, cells_N = _grid(edges_RF)
    low_R2, high_R2 = edges_RF[:, :2], edges_RF[:, 2:]
    away_RN2 = (middle_N2 - ((low_R2 + high_R2) / 2)[:, None]) * cells_N[:, None]
    is_small_R = (high_R2 - low_R2).prod(dim=1) < FINE_BELOW**2
    is_own_RN = is_small_R[:, None] == (cells_N == GRIDS[0])
    return torch.exp(-_NEAR * away_RN2.square().sum(dim=2)) * is_own_RN


def giou(boxes: Tensor, others: Tensor) -> Tensor:
    """Generalised intersection over union of rectangles (..., 4), -1..1."""
    both = (torch.minimum(boxes[..., 2:], others[..., 2:])
            - torch.maximum(boxes[..., :2], others[..., :2])).clamp_min(0).prod(dim=-1)  # fmt: skip
    hull = (torch.maximum(boxes[..., 2:], others[..., 2:])
            - torch.minimum(boxes[..., :2], others[..., :2])).prod(dim=-1)  # fmt: skip
    areas = ((one[..., 2:] - one[..., :2]).prod(dim=-1) for one in (boxes, others))
    either = sum(areas, -both)
    shared: Tensor = both / (either + _TINY) - (hull - either) / (hull + _TINY)
    return shared


def _rectangles(cells_RFN: Tensor) -> Tensor:
    """Shape (R, N, 4)."""
    reach_RNF = REACH[0] + (REACH[1] - REACH[0]) * cells_RFN[:, 1:].transpose(1, 2)
    middle_N2, _ = _grid(cells_RFN)
    return torch.cat([middle_N2 - reach_RNF[..., :2], middle_N2 + reach_RNF[..., 2:]], dim=-1)


def _grid(like: Tensor) -> tuple[Tensor, Tensor]:
    """Middle of each cell, shape (N, 2), and how many cells its grid has along a side, (N,)."""
    sides = [side for side in GRIDS for _ in range(side * side)]
    middle_N2 = torch.from_numpy(cell_middles()).to(like.device)
    assert len(sides) == CELLS  # noqa: S101 - cannot happen
    return middle_N2, torch.tensor(sides, device=like.device)


def _focal(score: Tensor, target: Tensor) -> Tensor:
    """Written out: torch's own cross-entropy refuses to run where mixed precision is on."""
    entropy = -(target * score.log() + (1 - target) * (1 - score).log())
    return (target - score).square() * entropy
