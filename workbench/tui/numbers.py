"""The one formatter of numeric cells: every number on the screen goes through here."""

import math

NO_VALUE = "–"
MINUS = "−"
THOUSAND = 1000.0
LARGE = 100_000  # resources from here on are counted in thousands


def number(value: float | None, decimals: int = 0) -> str:
    """A number with thousands commas and a true minus; `–` for no value, `∞` for an infinite one."""
    if value is None or math.isnan(value):
        return NO_VALUE
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{abs(value):,.{decimals}f}"
    return MINUS + text if value < 0 and any(c in "123456789" for c in text) else text


def _adaptive(value: float | None, decimals: int) -> str:
    """`decimals` places, more where the value would otherwise lose its first two digits."""
    if value and math.isfinite(value) and abs(value) < 10.0**-decimals * 10:
        decimals = min(9, 1 - math.floor(math.log10(abs(value))))
    return number(value, decimals)


def edp_mj_s(edp_j_s: float | None) -> str:
    """EDP in mJ·s, one decimal; two where it is below 10, more where it is below 1."""
    value = None if edp_j_s is None else edp_j_s * THOUSAND
    return _adaptive(value, 1 if value is None or abs(value) >= 10 else 2)


def latency_ms(seconds: float | None) -> str:
    """Latency in ms, one decimal; more where it is below 1."""
    return _adaptive(None if seconds is None else seconds * THOUSAND, 1)


def energy_j(joules: float | None) -> str:
    """Energy in J, two decimals; more where it is below 0.1."""
    return _adaptive(joules, 2)


def power_w(watts: float | None) -> str:
    """Power in W."""
    return number(watts) if watts is None or abs(watts) >= 10 else _adaptive(watts, 1)


def percent(share: float | None, decimals: int = 0) -> str:
    """A share 0..1 as `62 %`."""
    return NO_VALUE if share is None else f"{number(share * 100, decimals)} %"


def change(value: float | None, reference: float | None) -> tuple[str, str]:
    """Change against a reference: the sign's name (`less`, `more`, ``) and `12.0 %`; empty where there is none."""
    if value is None or not reference:
        return "", ""
    ratio = value / reference - 1.0
    if abs(ratio) < 0.0005:
        return "", "equal"
    return ("less" if ratio < 0 else "more"), f"{number(abs(ratio) * 100, 1)} %"


def signed_percent(ratio: float | None, decimals: int = 1) -> str:
    """A ratio to now as `−4.2` or `+8.4`, in percent."""
    if ratio is None:
        return NO_VALUE
    delta = (ratio - 1.0) * 100
    text = number(delta, decimals)
    return text if text.startswith(MINUS) else "+" + text


def amount(value: float | None, reference: float | None = None) -> tuple[str, str]:
    """An amount of a resource and its suffix: `("584", " k")` from a hundred thousand on, `("1,542", "")` below.

    `reference` (the amount available) decides the suffix, so that both stand in one unit.
    """
    if value is None:
        return NO_VALUE, ""
    if (value if reference is None else reference) >= LARGE:
        return number(value / THOUSAND), " k"
    return number(value), ""


def rate(per_s: float) -> str:
    """Designs per second: `21.3 k/s`, `840 /s`."""
    return f"{number(per_s / THOUSAND, 1)} k/s" if per_s >= THOUSAND else f"{number(per_s)} /s"


def duration(seconds: float | None) -> str:
    """`2:04`, `1:02:04`."""
    if seconds is None:
        return NO_VALUE
    total = max(0, round(seconds))
    hours, rest = divmod(total, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def macs(count: float) -> str:
    """`111 GMAC`, `3.9 GMAC`, `350 MMAC`."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6)):
        if count >= size:
            scaled = count / size
            return f"{number(scaled, 0 if scaled >= 100 else 1)} {unit}MAC"
    return f"{number(count)} MAC"


def bytes_of(count: float) -> str:
    """`1.9 GB`, `830 kB`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            scaled = count / size
            return f"{number(scaled, 0 if scaled >= 100 else 1)} {unit}"
    return f"{number(count)} B"


def plural(count: int, word: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number(count)} {word}" + ("" if count == 1 else "s")
