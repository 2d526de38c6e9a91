"""What a flatbuffer costs: multiply-adds of each signature, and which bytes are whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

_OUTPUT_AXIS: Final = {"CONV_2D": 0, "FULLY_CONNECTED": 0, "DEPTHWISE_CONV_2D": 3}
"""Operators that multiply by weights -> the axis of the weights that counts their outputs."""
STRUCTURE: Final = "structure"


def multiply_adds(body: bytes) -> dict[str, int]:
    """Signature -> multiplications by weights in one run; additions and gates are left out."""
    from ai_edge_litert import schema_py_generated as tflite

    model = tflite.ModelT.InitFromPackedBuf(body, 0)
    found = {}
    for signature in model.signatureDefs:
        subgraph = model.subgraphs[signature.subgraphIndex]
        found[signature.signatureKey.decode()] = sum(
            _of_operator(subgraph, operator, axis) for operator, axis in _weighted(model, subgraph)
        )
    return found


def _weighted(model: Any, subgraph: Any) -> Iterator[tuple[Any, int]]:  # noqa: ANN401
    from ai_edge_litert import schema_py_generated as tflite

    names = {code: name for name, code in vars(tflite.BuiltinOperator).items() if name[0] != "_"}
    for operator in subgraph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        # Files of old converters have the code in a field of one byte.
        name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if name in _OUTPUT_AXIS:
            yield operator, _OUTPUT_AXIS[name]


def _of_operator(subgraph: Any, operator: Any, axis: int) -> int:  # noqa: ANN401
    weights = subgraph.tensors[operator.inputs[1]].shape
    outputs = subgraph.tensors[operator.outputs[0]].shape
    return int(np.prod(outputs, dtype=np.int64) * np.prod(weights, dtype=np.int64) // weights[axis])


def bytes_by_part(body: bytes) -> dict[str, int]:
    """Bytes of constants by the signatures that read them, `eye+eye_scene` for both.

    Returns:
        Part -> bytes; `structure` is all that is no constant. Together they are the file's.
    """
    from ai_edge_litert import schema_py_generated as tflite

    model = tflite.ModelT.InitFromPackedBuf(body, 0)
    readers: dict[int, set[str]] = defaultdict(set)
    for signature in model.signatureDefs:
        for tensor in model.subgraphs[signature.subgraphIndex].tensors:
            readers[tensor.buffer].add(signature.signatureKey.decode())
    parts: dict[str, int] = defaultdict(int)
    for number, names in readers.items():
        data = model.buffers[number].data
        parts["+".join(sorted(names))] += 0 if data is None else len(data)
    held = {name: size for name, size in sorted(parts.items()) if size}
    return held | {STRUCTURE: len(body) - sum(held.values())}
