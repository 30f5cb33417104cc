"""The tenants of a design: those of its named workload, or its own once they have been changed."""

from dataclasses import replace
from pathlib import Path

from workbench.design.design import Design
from workbench.workload.presets import (
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

TenantRow = tuple[str, int, int, float | None]  # network, batch, instances, latency limit in s: as in Design.tenants


def design_workload(design: Design) -> Workload:
    """The workload a design runs. Raises ValueError (UnknownPresetError, TableError) in words."""
    if not design.tenants:
        return load_workload(design.workload)
    entries = [
        TenantEntry(network, batch, instances, None if limit_s is None else limit_s * 1e3)
        for network, batch, instances, limit_s in design.tenants
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
        rows.append((tenant.network.name, tenant.batch, tenant.instances, tenant.latency_limit_s))
    return tuple(rows)


def with_tenants(design: Design, rows: tuple[TenantRow, ...]) -> Design:
    """The design with these tenants; its workload's name says that they are its own. Raises ValueError in words."""
    name = design.workload if design.tenants else Path(design.workload).stem + EDITED
    changed = replace(design, workload=name, tenants=rows, schedule=())
    design_workload(changed)
    return changed


def check_tenant(network: str, batch: int, instances: int, limit_s: float | None) -> str | None:
    """What is wrong with a tenant, in words; None if nothing is."""
    if not 1 <= batch <= MAX_BATCH:
        return f"batch: found {batch}; allowed: a whole number from 1 to {MAX_BATCH}"
    if not 1 <= instances <= MAX_INSTANCES:
        return f"instances: found {instances}; allowed: a whole number from 1 to {MAX_INSTANCES}"
    if limit_s is not None and not 0 < limit_s < float("inf"):
        return f"latency limit: found {limit_s} s; allowed: more than 0, or none"
    try:
        load_network(network)
    except ValueError as error:
        return str(error)
    return None
