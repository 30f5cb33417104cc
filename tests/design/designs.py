"""Random legal designs for the properties below."""

from dataclasses import replace

from hypothesis import strategies as st

from workbench.dataflow.library import load_dataflows
from workbench.design.bounds import boundable
from workbench.design.design import Design, FixedJob, Objective, SchedulerWeights, SubAccelerator, TenantRow, Wire
from workbench.design.edit import freezable

CORE_DATAFLOWS = [d for d in load_dataflows() if d.level == "core"]
CORES = ["B512", "B800", "B4096", "2x4x4", "16x16x32"]
NETWORKS = ["resnet18", "mobilenetv1", "ncf"]
WIRES = st.lists(st.sampled_from(list(Wire)), unique=True).map(lambda ws: tuple(w for w in Wire if w in ws))
OVERRIDES = st.dictionaries(
    st.sampled_from(["static_w", "regions.SLR0.lut", "memory.HBM2.channels", "span_slr", "port_rule", "core_cost.lut"]),
    st.just(None),
).map(lambda keys: tuple((key, VALUES[key]) for key in keys))
VALUES = {
    "static_w": 12.5,
    "regions.SLR0.lut": 400_000,
    "memory.HBM2.channels": 16,
    "span_slr": True,
    "port_rule": "shared",
    "core_cost.lut": 7,
}
COMMENTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30).map(
    lambda text: "// " + "".join(text.replace("\r", "\n").splitlines()).replace("\n", " ").replace("\x00", "") + "\n"
)


@st.composite
def subaccelerators(draw: st.DrawFn, id: str) -> SubAccelerator:
    known = draw(st.sampled_from(CORE_DATAFLOWS))
    return SubAccelerator(
        id=id,
        core=draw(st.sampled_from(CORES)),
        rows=draw(st.integers(1, 8)),
        cols=draw(st.integers(1, 8)),
        planes=draw(st.integers(1, 3)) if len(known.spatial) == 3 else 1,
        dataflow=draw(COMMENTS) + known.text,
        wires=draw(WIRES),
        bandwidth_share=draw(st.none() | st.floats(0.001, 1.0)),
        dsp=draw(st.sampled_from(["low", "high"])),
        ram=draw(st.sampled_from(["low", "high"])),
        uram=draw(st.booleans()),
        pinned_uram=draw(st.sampled_from([0, 0, 1, 24, 1024])),
    )


@st.composite
def designs(draw: st.DrawFn) -> Design:
    ids = draw(st.lists(st.sampled_from(["A", "B", "big-1", "x_2"]), min_size=1, max_size=4, unique=True))
    subs = tuple(draw(subaccelerators(id)) for id in ids)
    limit = st.none() | st.floats(1e-9, 1e3)
    label = st.sampled_from(["", "", "a", "b-2"])
    tenant = st.builds(TenantRow, st.sampled_from(NETWORKS), st.integers(1, 4096), st.integers(1, 40), limit, label)
    tenants = tuple(draw(st.lists(tenant, max_size=3)))
    if tenants:
        serves = st.sampled_from([row.isolation for row in tenants])
        subs = (replace(subs[0], serves=tenants[0].isolation), *(replace(sub, serves=draw(serves)) for sub in subs[1:]))
    schedule = ()
    if tenants and draw(st.booleans()):
        schedule = (FixedJob(0, 0, 1, ids[0], subs[0].rows, 1, 1, draw(st.integers(-5, 5))),)
    design = Design(
        workload="mine" if tenants else "mixed",
        board="u280",
        subaccelerators=subs,
        scheduler=SchedulerWeights(draw(st.floats(0, 2)), draw(st.floats(1, 100))),
        schedule=schedule,
        objective=draw(st.sampled_from(list(Objective))),
        board_overrides=draw(OVERRIDES),
        tenants=tenants,
    )
    names = draw(st.lists(st.sampled_from(freezable(design)), unique=True, max_size=5))
    bounds = []
    for name in draw(st.lists(st.sampled_from(list(boundable(design))), unique=True, max_size=3)):
        low, high = boundable(design)[name]
        pair = sorted(draw(st.tuples(st.floats(low, high), st.floats(low, high))))
        if pair != [low, high]:
            bounds.append((name, *pair))
    return replace(design, frozen=tuple(names), bounds=tuple(sorted(bounds)))
