"""Quantisation-aware training: in its last epochs a network computes as int8 will on the device.

Weights are rounded in 255 steps about 0 for each output channel, and what layers hand on in 256
steps over the batch's range; gradients pass as if nothing had been rounded (Jacob et al., CVPR
2018). Folding a batch normalisation into its convolution scales a channel and its steps alike, so
the rounding here is that of the folded weights.

Nothing is kept between steps: a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from mien.train.network import Residual

_WEIGHTS: Final = (nn.Conv2d, nn.Linear)
_HANDED_ON: Final = (nn.ReLU6, Residual)
"""Modules whose outputs the next layer reads."""
_TINY: Final = 1e-8


@contextmanager
def rounded_as_int8(network: nn.Module, *, is_due: bool) -> Iterator[None]:
    """Within it the network's forward pass rounds; its parameters stay what they are.

    Args:
        network: What is run within; gradients of what it gives reach its own weights.
        is_due: False: nothing happens.
    """
    modules = list(network.modules()) if is_due else []
    weighted = [module for module in modules if isinstance(module, _WEIGHTS)]
    kept = [module._parameters["weight"] for module in weighted]  # noqa: SLF001
    hooks = [
        module.register_forward_hook(lambda _module, _given, out: rounded(out))
        for module in modules
        if isinstance(module, _HANDED_ON)
    ]
    try:
        for module in weighted:
            # As torch.func.functional_call does it; assigning the attribute would be refused.
            module._parameters["weight"] = rounded_weight(module.weight)  # type: ignore[assignment]  # noqa: SLF001
        yield
    finally:
        for module, weight in zip(weighted, kept, strict=True):
            module._parameters["weight"] = weight  # noqa: SLF001
        for hook in hooks:
            hook.remove()


def rounded_weight(weight: Tensor) -> Tensor:
    """Weights in 255 steps about 0 by output channel, the first axis."""
    scale_C = weight.detach().float().flatten(1).abs().amax(dim=1).clamp_min(_TINY) / 127
    zero_C = torch.zeros_like(scale_C, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, scale_C, zero_C, 0, -127, 127)


def rounded(x: Tensor) -> Tensor:
    """Values in 256 steps over their range, which holds 0."""
    low, high = torch.aminmax(x.detach().float())
    low, high = low.clamp_max(0), high.clamp_min(0)
    scale = ((high - low) / 255).clamp_min(_TINY)
    zero = (-128 - torch.round(low / scale)).to(torch.int32)
    return torch.fake_quantize_per_tensor_affine(x.float(), scale, zero, -128, 127).to(x.dtype)
