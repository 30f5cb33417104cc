"""The tenants of a design: those of its named workload, or its own once they have been changed."""

import re
from dataclasses import replace
from pathlib import Path

from workbench.design.design import Design, TenantRow
from workbench.workload.presets import (
    LABEL,
    MAX_BATCH,
    MAX_INSTANCES,
    TenantEntry,
    load_network,
    load_workload,
    make_workload,
    network_names,
)
from workbench.workload.workload import Workload

EDITED = "-edited"  # added to a workload's name once its tenants differ from the preset's


def design_workload(design: Design) -> Workload:
    """The workload a design runs. Raises ValueError (UnknownPresetError, TableError) in words."""
    if not design.tenants:
        return load_workload(design.workload)
    entries = [
        TenantEntry(network, batch, instances, None if limit_s is None else limit_s * 1e3, label)
        for network, batch, instances, limit_s, label in design.tenants
    ]
    return make_workload(design.workload, entries)


def tenant_rows(design: Design) -> tuple[TenantRow, ...]:
    """The design's own tenants, or those of its workload written the same way. Raises ValueError in words."""
    if design.tenants:
        return design.tenants
    names = set(network_names())
    rows = []
    for tenant in load_workload(design.workload).tenants:
        if tenant.network.name not in names:
            raise ValueError(
                f"workload {design.workload}: its network {tenant.network.name} is a table beside the workload's file; "
                f"change the tenants in that file"
            )
        rows.append(
            TenantRow(tenant.network.name, tenant.batch, tenant.instances, tenant.latency_limit_s, tenant.isolation)
        )
    return tuple(rows)


def with_tenants(design: Design, rows: tuple[TenantRow, ...]) -> Design:
    """The design with these tenants; its workload's name says that they are its own. Raises ValueError in words."""
    name = design.workload if design.tenants else Path(design.workload).stem + EDITED
    return serving_known(replace(design, workload=name, tenants=rows, schedule=()))


def tenant_labels(design: Design) -> tuple[str, ...]:
    """Isolation labels of the design's tenants, each once. Raises ValueError in words."""
    return tuple(dict.fromkeys(tenant.isolation for tenant in design_workload(design).tenants))


def serving_known(design: Design) -> Design:
    """The design; sub-accelerators that serve a label no tenant has serve tenants without one. Raises ValueError."""
    labels = tenant_labels(design)
    subs = (sub if sub.serves in labels else replace(sub, serves="") for sub in design.subaccelerators)
    return replace(design, subaccelerators=tuple(subs))


def check_tenant(network: str, batch: int, instances: int, limit_s: float | None, isolation: str = "") -> str | None:
    """What is wrong with a tenant, in words; None if nothing is."""
    if not 1 <= batch <= MAX_BATCH:
        return f"batch: found {batch}; allowed: a whole number from 1 to {MAX_BATCH}"
    if not 1 <= instances <= MAX_INSTANCES:
        return f"instances: found {instances}; allowed: a whole number from 1 to {MAX_INSTANCES}"
    if limit_s is not None and not 0 < limit_s < float("inf"):
        return f"latency limit: found {limit_s} s; allowed: more than 0, or none"
    if not re.match(LABEL, isolation):
        return (
            f"isolation: found {isolation!r}; allowed: a label of a letter, then letters, digits, - or _, at most 16 "
            f"characters, or none"
        )
    try:
        load_network(network)
    except ValueError as error:
        return str(error)
    return None
