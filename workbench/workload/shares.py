"""How a workload's work is spread over its tenants, and which tenant dominates it."""

from dataclasses import dataclass

from workbench.workload.layer import LayerKind, LayerShape, Operands
from workbench.workload.workload import Tenant, Workload

DOMINANT_SHARE = 0.5  # formulation §1: above it a hint is shown

# MACs a core does in the time its port carries one byte: B4096 at 300 MHz, 2048 MAC per cycle, 9.2 GB/s (PG338 and
# the effective port bandwidth of the measured boards). It only weighs layers against each other along a chain.
BALANCE_MACS_PER_BYTE = 2048 * 300e6 / 9.2e9


@dataclass(frozen=True, slots=True)
class TenantShare:
    """A tenant's part of the workload, each between 0 and 1 and adding up to 1 over the tenants.

    `macs`: multiply-accumulates. `bytes`: compulsory off-chip bytes (`compulsory_bytes`). `critical_path`: the longest
    chain of layers, each as long as its MACs or its bytes × BALANCE_MACS_PER_BYTE, whichever is more; instances run
    side by side and do not lengthen it.
    """

    macs: float
    bytes: float
    critical_path: float

    @property
    def dominant(self) -> tuple[str, ...]:
        """Which of the shares exceed DOMINANT_SHARE: a result on this workload says little about the others."""
        named = (("macs", self.macs), ("bytes", self.bytes), ("critical path", self.critical_path))
        return tuple(name for name, share in named if share > DOMINANT_SHARE)


def compulsory_bytes(shape: LayerShape) -> int:
    """Bytes (int8) that a layer moves if nothing is fetched twice within a use: weights at every repeat, input,
    output and second operands per image. Concatenation is address work only."""
    if shape.kind is LayerKind.CONCAT:
        return 0
    second = 0
    if shape.operands is Operands.ACTIVATIONS:
        second = shape.in_c * (shape.out_c // shape.groups)
    per_image = shape.input_elements + second + shape.output_elements
    return shape.repeat * (shape.weight_elements + shape.batch * per_image)


def tenant_shares(workload: Workload) -> tuple[TenantShare, ...]:
    """The shares of every tenant, in the workload's order."""
    macs = [float(tenant.macs) for tenant in workload.tenants]
    moved = [_bytes(tenant) * tenant.instances for tenant in workload.tenants]
    chains = [_longest_chain(tenant) for tenant in workload.tenants]
    columns = [_normalised(column) for column in (macs, moved, chains)]
    return tuple(TenantShare(*row) for row in zip(*columns, strict=True))


def _bytes(tenant: Tenant) -> float:
    return float(sum(compulsory_bytes(layer.shape.with_batch(tenant.batch)) for layer in tenant.network.layers))


def _longest_chain(tenant: Tenant) -> float:
    ends: list[float] = []
    for layer in tenant.network.layers:
        shape = layer.shape.with_batch(tenant.batch)
        length = max(shape.macs, compulsory_bytes(shape) * BALANCE_MACS_PER_BYTE)
        ends.append(length + max((ends[i] for i in layer.inputs), default=0.0))
    return max(ends, default=0.0)


def _normalised(column: list[float]) -> list[float]:
    total = sum(column)
    return [value / total if total else 0.0 for value in column]
