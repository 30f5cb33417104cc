"""Random rows for the MAESTRO model: layers of every type under named dataflows and under directives drawn at will."""

import random

Row = dict[str, str]

RS = "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S"
DIMS = {
    "CONV": "NKCRSYX", "TRCONV": "NKCRSYX", "DSCONV": "NCRSYX", "NGCONV": "NGKCRSYX", "GEMM": "MNK",
}  # fmt: skip
DATAFLOWS = {  # {a} {b} {c} are drawn tile sizes, {p} {q} cluster sizes
    "kcp_ws": "SpatialMap(1,1) K; TemporalMap({c},{c}) C; TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S; "
    "TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; Cluster({c},P); SpatialMap(1,1) C; " + RS,
    "yxp_os": "TemporalMap(1,1) K; TemporalMap(1,1) C; SpatialMap(Sz(R),1) Y; TemporalMap({w},{p}) X; Cluster({p},P); "
    "SpatialMap(Sz(S),1) X; " + RS,
    "ykp_os": "SpatialMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; TemporalMap({c},{c}) C; TemporalMap({a},{a}) K; "
    + RS + "; "
    "Cluster({a},P); SpatialMap(1,1) K; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; " + RS,
    "xp_ws": "TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(Sz(R),1) Y; SpatialMap(Sz(S),1) X; " + RS,
    "rs": "TemporalMap({a},{a}) K; TemporalMap({b},{b}) C; SpatialMap({p},1) Y'; TemporalMap(1,1) X'; "
    + RS + "; "
    "Cluster(Sz(R),P); TemporalMap({b},{b}) C; SpatialMap(1,1) Y; SpatialMap(1,1) R; TemporalMap(Sz(S),Sz(S)) S",
    "rs_file": "TemporalMap({a},{a}) K; TemporalMap({b},{b}) C; SpatialMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; "
    + RS + "; "
    "Cluster(Sz(R),P); SpatialMap(1,1) Y; SpatialMap(1,1) R",
    "dpt": "SpatialMap(1,1) C; TemporalMap({a},{a}) K; TemporalMap({w},{p}) X; TemporalMap({v},{q}) Y; "
    + RS + "; "
    "Cluster({p},P); SpatialMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; " + RS,
    "ckp_ws": "SpatialMap(1,1) C; TemporalMap({a},{a}) K; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; "
    + RS + "; "
    "Cluster({a},P); SpatialMap(1,1) K",
    "nmk": "SpatialMap({a},{a}) N; TemporalMap({b},{b}) M; TemporalMap({c},{c}) K; Cluster({p},P); SpatialMap(1,1) M",
    "mnk": "SpatialMap({a},{a}) M; TemporalMap({b},{b}) N; TemporalMap({c},{c}) K; Cluster({p},P); "
    "SpatialMap({q},{q}) K; Cluster({q},P); SpatialMap(1,1) N",
    "magma_dla": "SpatialMap({a},{a}) K; TemporalMap({c},{c}) C; TemporalMap({p},{p}) Y'; TemporalMap({q},{q}) X'; "
    + RS + "; "
    "Cluster({c},P); SpatialMap(1,1) C; TemporalMap(1,1) K; TemporalMap(1,1) Y'; TemporalMap(1,1) X'; " + RS,
    "magma_shi": "TemporalMap({a},{a}) K; SpatialMap({p},{p}) Y'; TemporalMap({q},{q}) X'; TemporalMap({c},{c}) C; "
    + RS + "; "
    "Cluster({q},P); TemporalMap(1,1) C; TemporalMap(1,1) Y'; SpatialMap(1,1) X'; " + RS,
    "magma_eye": "SpatialMap({p},{p}) Y'; TemporalMap({a},{a}) K; TemporalMap({c},{c}) C; TemporalMap({q},{q}) X'; "
    + RS + "; "
    "Cluster(Sz(R),P); SpatialMap(1,1) Y; SpatialMap(1,1) R; TemporalMap(Sz(S),Sz(S)) S",
    "batch": "SpatialMap({p},{p}) N; TemporalMap({a},{a}) K; TemporalMap({c},{c}) C; TemporalMap(Sz(R),1) Y; "
    "TemporalMap(Sz(S),1) X; " + RS + "; Cluster({a},P); SpatialMap(1,1) K",
    "grouped": "TemporalMap(1,1) G; SpatialMap({a},{a}) K; TemporalMap({c},{c}) C; "
    "TemporalMap({w},{p}) X; TemporalMap({v},{q}) Y; " + RS + "; "
    "Cluster({p},P); SpatialMap(1,1) G; TemporalMap(1,1) C; " + RS,
}  # fmt: skip
CHANNELS = (3, 16, 24, 32, 40, 64, 96, 128, 192, 256, 320, 512, 1000, 1024)
IMAGES = (7, 9, 14, 15, 16, 28, 30, 56, 58, 112, 114, 224, 230)
LARGEST = 2**31 - 1


def random_row(draw: random.Random) -> Row:
    """A row of `workbench cost`: most can be evaluated, some are refused for good reasons."""
    kind = draw.choice(list(DIMS))
    row: Row = {"layer_type": kind, **_layer(draw, kind, network=draw.random() < 0.3)}
    named = [name for name, text in DATAFLOWS.items() if _suits(kind, text)]
    if draw.random() < 0.35 and named:
        row["mapping"], clusters = _filled(draw, DATAFLOWS[draw.choice(named)], row)
    else:
        row["mapping"], clusters = _drawn(draw, kind, row)
    units = draw.choice([1, 1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 64])
    spare = draw.randrange(clusters) if draw.random() < 0.4 else 0
    row["hw_num_pes"] = str(units * clusters + spare)
    row["hw_noc_bw"] = str(draw.choice([1, 2, 3, 7, 16, 64, 1000, 81920000, LARGEST]))
    row["hw_noc_latency"] = str(draw.choice([0, 0, 1, 1, 2, 5, 40]))
    row["hw_offchip_bw"] = str(draw.choice([1, 2, 5, 50, 1000, 70000, LARGEST]))
    row["hw_simd_lanes"] = str(draw.choice([1, 1, 2, 3, 8]))
    return row


def _suits(kind: str, text: str) -> bool:
    dims = {part.split(")")[-1].strip(" '") for part in text.split(";") if "Map" in part}
    return dims <= set(DIMS[kind])


def _layer(draw: random.Random, kind: str, network: bool) -> Row:
    sizes = {}
    for dim in DIMS[kind]:
        if dim == "N" and kind != "GEMM" and draw.random() < 0.6:
            continue
        top = 1 + draw.choice([2, 6, 12, 30])
        sizes[dim] = draw.choice(CHANNELS) if network and dim in "MKC" else draw.randint(1, top)
    if kind == "GEMM":
        return {f"dim_{dim}": str(size) for dim, size in sizes.items()}
    strides = {}
    for image, window in ("YR", "XS"):
        sizes[window] = draw.choice([1, 1, 2, 3, 3, 4, 5, 7])
        sizes[image] = sizes[window] + draw.choice([0, 1, 2, 3, 5, 8, 13, 20])
        if network:
            sizes[image] = max(draw.choice(IMAGES), sizes[window])
        strides[f"stride_{image.lower()}"] = str(draw.choice([1, 1, 1, 2, 2, 3, 4]))
    if draw.random() < 0.03:
        sizes |= {dim: draw.choice([2048, 3072, 4096, 30000]) for dim in "KCY" if dim in sizes}  # overflows, maybe
    return {f"dim_{dim}": str(size) for dim, size in sizes.items()} | strides


def _filled(draw: random.Random, text: str, row: Row) -> tuple[str, int]:
    """A named dataflow with its sizes drawn, and the product of its clusters."""
    numbers = {name: draw.choice([1, 1, 2, 3, 4, 6, 8, 12]) for name in "abcpq"}
    s, r = int(row.get("dim_S", 1)), int(row.get("dim_R", 1))
    numbers |= {"w": s - 1 + numbers["p"], "v": r - 1 + numbers["q"]}
    clusters = 1
    filled = text.format(**numbers)
    for part in filled.split("; "):
        if part.startswith("Cluster("):
            word = part[8:].split(",")[0]
            clusters *= r if word == "Sz(R)" else int(word)
    return filled, clusters


def _drawn(draw: random.Random, kind: str, row: Row) -> tuple[str, int]:
    """One to four levels of directives drawn at will."""
    parts, clusters = [], 1
    tile = {d: int(row[f"dim_{d}"]) for d in DIMS[kind] if f"dim_{d}" in row}
    depth = draw.choice([1, 1, 1, 2, 2, 2, 2, 3, 3, 4])
    for level in range(depth):
        if level:
            size = draw.choice([1, 2, 2, 3, 4, 5, 8])
            clusters *= size
            parts.append(f"Cluster({size},{draw.choice('PL')})")
        parts += _level(draw, kind, tile, least=2 if level == 0 else 1)
    return "; ".join(parts), clusters


def _level(draw: random.Random, kind: str, tile: dict[str, int], least: int) -> list[str]:
    free = [d for d in tile if d not in "RS"]
    dims = draw.sample(free, draw.randint(min(least, len(free)), len(free)))
    spatial = set(draw.sample(dims, min(len(dims), 2 if draw.random() < 0.15 else 1)))
    whole = kind != "GEMM" and draw.random() < 0.85
    primed = whole and draw.random() < 0.3
    lines = []
    for dim in dims:
        size, offset, word = _map(draw, dim, tile, primed)
        lines.append(f"{'Spatial' if dim in spatial else 'Temporal'}Map({size},{offset}) {word}")
    if whole:
        lines += RS.split("; ")
    if kind != "GEMM" and draw.random() < 0.08 and len(spatial) == 1:
        lines = [line for line in lines if not line.endswith(" S")] + ["SpatialMap(1,1) S"]
    if draw.random() < 0.06:
        dim = draw.choice([*dims, *(d + "'" for d in dims if d in "XY")])  # a second map of a dimension
        size = draw.randint(1, 6)
        lines.append(f"{draw.choice(('Spatial', 'Temporal'))}Map({size},{draw.randint(1, size)}) {dim}")
    if draw.random() < 0.6:
        draw.shuffle(lines)
    return lines


def _map(draw: random.Random, dim: str, tile: dict[str, int], primed: bool) -> tuple[int, int, str]:
    """Size, offset and written name of a map; `tile` becomes what the level below gets."""
    whole, window = tile[dim], {"X": "S", "Y": "R"}.get(dim)
    kernel = tile[window] if window else 1
    if primed and window:
        size = draw.randint(1, max(whole - kernel + 1, 1))
        tile[dim] = min(whole, size + kernel - 1)
        return size, size if draw.random() < 0.7 else draw.randint(1, size + 1), dim + "'"
    way = draw.random()
    if way < 0.06:
        size = whole + draw.randint(1, 5)  # larger than the dimension
    elif way < 0.1:
        size = draw.randint(1, whole)  # below the kernel, maybe
    else:
        size = draw.randint(min(kernel, whole), whole)
    reach = size - kernel + 1 if window else size  # the offset that leaves no gap and repeats no output
    offset = max(reach, 1) if draw.random() < 0.7 else draw.randint(1, size + 2)
    tile[dim] = min(whole, size)
    return size, offset, dim
