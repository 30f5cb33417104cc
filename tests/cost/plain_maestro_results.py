"""The columns MAESTRO prints of a layer, from the totals of `plain_maestro`: energy, area, power, reuse, delays."""

import math
from collections.abc import Mapping

from plain_maestro import FILTER, INPUT, OUTPUT, Layer, Totals, product, quotient, wrapped

L2_ACCESS_MACS, L1_ACCESS_MACS, MAC_NJ = 18.61, 1.68, 0.00023
TENSORS = (INPUT, FILTER, OUTPUT)


def plain_maestro(row: Mapping[str, str]) -> dict[str, int | float]:
    """Every output column of a row of the reference file; raises `RefusedError` where MAESTRO ends without a number."""
    layer = Layer(row)
    top = layer.evaluate(0, layer.levels[0].Z)
    inner = layer.innermost or top
    found: dict[str, int | float] = {"runtime_cycles": top.runtime, "num_macs": top.macs}
    for tensor in TENSORS:
        for name in ("l1_read", "l1_write", "l2_read", "l2_write"):
            found[f"{tensor}_{name}"] = top.count[name, tensor]
        found[f"{tensor}_l2_size_req"] = top.count["l2_size_req", tensor]
        found[f"{tensor}_l1_size_req"] = inner.count["l1_size_req", tensor]
        found[f"{tensor}_reuse_factor"] = ratio(top.count["l1_read", tensor], top.count["l1_write", tensor])
    found["l2_size_req"] = wrapped(sum(top.count["l2_size_req", tensor] for tensor in TENSORS))
    found["l1_size_req"] = wrapped(sum(inner.count["l1_size_req", tensor] for tensor in TENSORS))
    found |= {"noc_bw_req": top.peak_bw, "peak_bw_req": top.peak_bw, "avg_bw_req": top.avg_bw}
    found |= {"offchip_bw_req": top.offchip_req, "avg_utilized_pes": top.units, "arithmetic_intensity": top.intensity}
    found |= {"multicast_factor_weight": 1, "multicast_factor_input": 1}
    found["num_input_pixels"] = product([layer.sizes[d] for d in layer.coupled[INPUT]])
    found["num_weight_pixels"] = product([layer.sizes[d] for d in layer.coupled[FILTER]])
    for name, pairs in top.delays.items():
        values = [value for _, value in pairs]
        mean = quotient(sum(times * value for times, value in pairs), sum(times for times, _ in pairs))
        found |= {f"{name}_delay_min": min(values), f"{name}_delay_max": max(values), f"{name}_delay_avg": mean}
    return found | _energy(layer, top) | _silicon(layer, int(found["l1_size_req"]), int(found["l2_size_req"]))


def ratio(a: float, b: float) -> float:
    return a / b if b else math.nan


def _energy(layer: Layer, top: Totals) -> dict[str, float]:
    sums = {name: sum(top.count[name, t] for t in TENSORS) for name in ("l1_read", "l1_write", "l2_read", "l2_write")}
    l1_accesses = sums["l1_read"] + sums["l1_write"] if len(layer.levels) == 1 else 0
    l2_accesses = sums["l2_read"] + sums["l2_write"] - top.count["l2_read", OUTPUT]
    csv_nj = MAC_NJ * (L2_ACCESS_MACS * l2_accesses + L1_ACCESS_MACS * l1_accesses)
    throughput = ratio(top.macs, top.runtime)
    parts = {
        "total_l2_write_energy_mac": L2_ACCESS_MACS * sums["l2_write"],
        "total_l2_read_energy_mac": L2_ACCESS_MACS * sums["l2_read"],
        "total_l1_write_energy_mac": L1_ACCESS_MACS * sums["l1_write"],
        "total_l1_read_energy_mac": L1_ACCESS_MACS * sums["l1_read"],
    }
    total = sum(parts.values()) + top.macs
    return parts | {
        "energy_csv_nj": csv_nj,
        "throughput_macs_per_cycle": throughput,
        "throughput_per_energy": ratio(throughput, csv_nj) * 1e9,
        "ops_per_joule": ratio(top.macs, csv_nj) * 1e9,
        "total_energy_mac": total,
        "overall_reuse_factor": ratio(sums["l1_read"], sums["l1_write"]),
        "perf_per_mac_energy": ratio(throughput, total),
    }


def _silicon(layer: Layer, l1: int, l2: int) -> dict[str, float]:
    """Area in square micrometres, power in milliwatts, of the buffers that are needed."""
    pes, simd, l1, l2 = layer.pes, layer.simd, l1 or 1, l2 or 1
    bus = 14.662 * pes + 28.895
    arbiter = 1.2886 * pes**2 + 5.5814 * pes - 23.711
    noc_area = 101.7938 * bus * layer.noc_bw + max(395.473 * arbiter, 395.473)
    noc_power = 0.8 * bus / 1000 * layer.noc_bw + max(0.34 * arbiter / 1000, 0.34)
    power = {
        "pe_power_mw": pes * 1.2223 * simd,
        "l1_power_mw": pes * 0.00345 * l1,
        "l2_power_mw": 0.00345 * l2,
        "noc_power_mw": noc_power,
    }
    area = pes * (283 * simd + 0.104 * l1) + 0.104 * l2 + noc_area
    return power | {"power_mw": sum(power.values()), "area_um2": area}
