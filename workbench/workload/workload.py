"""Tenants that share one accelerator card."""

from dataclasses import dataclass

from workbench.workload.network import Network


@dataclass(frozen=True, slots=True)
class Tenant:
    """`instances` independent copies of a network, each over `batch` images; all run once.

    `isolation`: a label; tenants of different labels share no cores. Tenants without one are alike in this, too.
    """

    network: Network
    batch: int = 1
    instances: int = 1
    latency_limit_s: float | None = None
    isolation: str = ""

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all instances and images."""
        return self.network.macs * self.batch * self.instances


@dataclass(frozen=True, slots=True)
class Workload:
    """What the card must run: all tenants, all instances, once."""

    name: str
    tenants: tuple[Tenant, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one round."""
        return sum(tenant.macs for tenant in self.tenants)

    @property
    def isolation_labels(self) -> tuple[str, ...]:
        """The labels that must be kept apart, in the order of their first tenant; none where all tenants are alike."""
        labels = tuple(dict.fromkeys(tenant.isolation for tenant in self.tenants))
        return labels if len(labels) > 1 else ()

    @property
    def jobs(self) -> int:
        """Layer jobs of one round: one per network row and instance."""
        return sum(len(tenant.network.layers) * tenant.instances for tenant in self.tenants)
