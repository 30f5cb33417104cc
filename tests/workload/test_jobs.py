"""Jobs in canonical order, and the tenants' shares."""

import pytest

from workbench.workload.jobs import jobs_of
from workbench.workload.layer import Layer, LayerKind, LayerShape
from workbench.workload.network import Network
from workbench.workload.presets import load_workload, workload_names
from workbench.workload.shares import BALANCE_MACS_PER_BYTE, compulsory_bytes, tenant_shares
from workbench.workload.workload import Tenant, Workload

# jobs, distinct shapes: changes only with the rows of a preset network
COUNTS = {"vision": (2198, 156), "nlp": (2280, 46), "mixed": (2058, 130), "mlperf": (249, 132)}


@pytest.mark.parametrize("name", workload_names())
def test_job_and_shape_counts(name: str) -> None:
    workload = load_workload(name)
    jobs = jobs_of(workload)
    assert (len(jobs), len(jobs.shapes)) == COUNTS[name]
    assert len(jobs) == workload.jobs


@pytest.mark.parametrize("name", workload_names())
def test_jobs_stand_in_canonical_order_and_wait_only_within_their_instance(name: str) -> None:
    workload = load_workload(name)
    jobs = jobs_of(workload)
    keys = list(zip(jobs.tenant, jobs.instance, jobs.layer, strict=True))
    assert keys == sorted(set(keys))
    assert len(set(jobs.shapes)) == len(jobs.shapes)
    assert jobs.predecessor_start[0] == 0
    assert jobs.predecessor_start[-1] == len(jobs.predecessors)
    for j, (t, i, n) in enumerate(keys):
        tenant = workload.tenants[t]
        layer = tenant.network.layers[n]
        assert jobs.shapes[jobs.shape[j]] == layer.shape.with_batch(tenant.batch)
        assert [keys[p] for p in jobs.predecessors_of(j)] == [(t, i, p) for p in sorted(set(layer.inputs))]


@pytest.mark.parametrize("name", workload_names())
def test_the_jobs_macs_add_up_to_the_workloads(name: str) -> None:
    workload = load_workload(name)
    jobs = jobs_of(workload)
    assert sum(jobs.shapes[s].macs for s in jobs.shape) == workload.macs


def test_a_layer_that_reads_a_tensor_twice_waits_once() -> None:
    copy = LayerShape(LayerKind.COPY, 1, 1, 4, 1, 1, 4, from_network_input=True)
    double = LayerShape(LayerKind.ELTWISE, 1, 1, 4, 1, 1, 4, reads=2)
    network = Network("double", (Layer("a", copy), Layer("b", double, (0, 0))))
    jobs = jobs_of(Workload("w", (Tenant(network, instances=2),)))
    assert [jobs.predecessors_of(j) for j in range(4)] == [(), (0,), (), (2,)]
    assert jobs.shape == (0, 1, 0, 1)


@pytest.mark.parametrize(("name", "network", "share"), [("vision", 3, 0.36), ("nlp", 1, 0.34), ("mixed", 3, 0.30)])
def test_largest_mac_shares_are_those_the_workloads_were_chosen_for(name: str, network: int, share: float) -> None:
    shares = [each.macs for each in tenant_shares(load_workload(name))]
    assert max(shares) == shares[network] == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("name", workload_names())
def test_shares_add_up(name: str) -> None:
    shares = tenant_shares(load_workload(name))
    for column in ("macs", "bytes", "critical_path"):
        assert sum(getattr(each, column) for each in shares) == pytest.approx(1)


def test_shares_by_hand() -> None:
    # 8×8×2 → 8×8×4 by 3×3: 128 bytes in, 72 weights, 256 out.
    conv = LayerShape(LayerKind.CONV, 8, 8, 2, 8, 8, 4, 3, 3, from_network_input=True)
    pool = LayerShape(LayerKind.POOL, 8, 8, 4, 4, 4, 4, 2, 2, 2, 2)
    one = Network("one", (Layer("conv", conv), Layer("pool", pool, (0,))))
    two = Network("two", (Layer("conv", conv),))
    first, second = tenant_shares(Workload("w", (Tenant(one, batch=2), Tenant(two, instances=3))))
    conv_bytes, conv_bytes_of_two = 72 + 128 + 256, 72 + 2 * (128 + 256)
    pool_bytes_of_two = 2 * (256 + 64)
    assert first.macs == pytest.approx(2 / 5)
    assert first.bytes == pytest.approx(
        (conv_bytes_of_two + pool_bytes_of_two) / (conv_bytes_of_two + pool_bytes_of_two + 3 * conv_bytes)
    )
    macs = 64 * 4 * 2 * 9
    chains = [
        max(2 * macs, conv_bytes_of_two * BALANCE_MACS_PER_BYTE) + pool_bytes_of_two * BALANCE_MACS_PER_BYTE,
        max(macs, conv_bytes * BALANCE_MACS_PER_BYTE),
    ]
    assert second.critical_path == pytest.approx(chains[1] / sum(chains))
    assert first.dominant == ("bytes", "critical path")
    assert second.dominant == ("macs",)


def test_recurrent_weights_are_fetched_per_step_and_attention_has_two_operands() -> None:
    step = LayerShape(LayerKind.GEMM, 1, 1, 10, 1, 1, 20, repeat=5, batch=3)
    assert compulsory_bytes(step) == 5 * (200 + 3 * 30)
    scores = next(x for x in load_workload("nlp").tenants[0].network.layers if x.name == "enc0_qk")
    assert compulsory_bytes(scores.shape) == 128 * 768 + 768 * 128 + 12 * 128 * 128
    assert compulsory_bytes(LayerShape(LayerKind.CONCAT, 1, 1, 8, 1, 1, 8)) == 0
