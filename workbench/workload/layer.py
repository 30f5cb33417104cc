"""One layer of a network, reduced to what every cost model needs."""

from dataclasses import dataclass, replace
from enum import StrEnum


class LayerKind(StrEnum):
    """What a layer computes. Convolutions, GEMMs and depthwise layers multiply; the others only move data."""

    CONV = "conv"
    DEPTHWISE = "depthwise"
    TRANSPOSED = "transposed_conv"
    GEMM = "gemm"
    POOL = "pool"
    ELTWISE = "eltwise"  # add, multiply, gate: reads `reads` tensors of the output's size
    SOFTMAX = "softmax"
    NORM = "norm"  # layer norm
    CONCAT = "concat"  # address work only
    RESIZE = "resize"  # up-sampling
    COPY = "copy"  # reshape, crop, stand-alone activation


class Operands(StrEnum):
    """Where a product's second operand comes from. Attention products (qk, av) have no weights."""

    WEIGHTS = "weights"
    ACTIVATIONS = "activations"


@dataclass(frozen=True, slots=True)
class LayerShape:
    """The part of a layer that decides its cost; equal shapes are costed once.

    Channels are totals over all groups. A GEMM M×N×K with g groups (heads) has in_h = out_h = 1, in_w = out_w = M,
    in_c = g·K, out_c = g·N, kernel and stride 1. `out_h`, `out_w` follow from the padded input; padding itself is not
    kept: the padded input is `padded_h` × `padded_w`. `repeat` counts serial uses (recurrent steps).
    `batch` multiplies images; for products of activations every image has its own second operand.
    """

    kind: LayerKind
    in_h: int
    in_w: int
    in_c: int
    out_h: int
    out_w: int
    out_c: int
    kernel_h: int = 1
    kernel_w: int = 1
    stride_h: int = 1
    stride_w: int = 1
    dilation: int = 1
    groups: int = 1
    repeat: int = 1
    reads: int = 1
    operands: Operands = Operands.WEIGHTS
    batch: int = 1
    from_network_input: bool = False

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole layer, batch and repeats included; zero for memory-bound kinds."""
        if self.kind not in (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.TRANSPOSED, LayerKind.GEMM):
            return 0
        pixels = self.out_h * self.out_w
        if self.kind is LayerKind.TRANSPOSED:  # each input pixel is scattered by the whole kernel
            pixels = self.in_h * self.in_w
        return (
            self.batch * self.repeat * pixels * self.out_c * (self.in_c // self.groups) * self.kernel_h * self.kernel_w
        )

    @property
    def weight_elements(self) -> int:
        """Weights of one use (int8: bytes); zero for memory-bound kinds and for products of activations."""
        if self.macs == 0 or self.operands is Operands.ACTIVATIONS:
            return 0
        return self.out_c * (self.in_c // self.groups) * self.kernel_h * self.kernel_w

    @property
    def padded_h(self) -> int:
        """Input rows the layer touches, padding included."""
        return (self.out_h - 1) * self.stride_h + (self.kernel_h - 1) * self.dilation + 1

    @property
    def padded_w(self) -> int:
        """Input columns the layer touches, padding included."""
        return (self.out_w - 1) * self.stride_w + (self.kernel_w - 1) * self.dilation + 1

    @property
    def input_elements(self) -> int:
        """Input activations of one image and one use, second operands of activation products not included."""
        return self.reads * self.in_h * self.in_w * self.in_c

    @property
    def output_elements(self) -> int:
        """Output activations of one image and one use."""
        return self.out_h * self.out_w * self.out_c

    def with_batch(self, batch: int) -> "LayerShape":
        """The same layer for `batch` images."""
        return replace(self, batch=batch)


@dataclass(frozen=True, slots=True)
class Layer:
    """A named layer; `inputs` are indices of producing layers in the network (empty: the network's input).

    `activation`: an activation stands behind a layer that does not multiply (behind an add, a pool, a concatenation).
    Cores that fuse it, as the DPU does, ignore it; see `Network.separate_activations` for those that do not.
    """

    name: str
    shape: LayerShape
    inputs: tuple[int, ...] = ()
    activation: bool = False
