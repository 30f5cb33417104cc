"""The isolation rule: tenants of different labels share no cores, so that every sub-accelerator serves one label.

Which one is part of the design (`SubAccelerator.serves`). Where all tenants have the same label, or none, there is no
rule and every sub-accelerator serves all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.design.design import Design, SubAccelerator
from workbench.design.report import Fix
from workbench.workload.workload import Workload

NO_LABEL = "none"  # what variables call it


@dataclass(frozen=True, slots=True)
class IsolationFault:
    """Why a design breaks the rule, in words with the way out, and the one edit that would mend it, if one does."""

    words: str
    fix: Fix | None


def label_words(label: str) -> str:
    """`label a`, or `tenants without a label`."""
    return f"label {label}" if label else "tenants without a label"


def allowed_groups(design: Design, labels: Sequence[str]) -> list[list[bool]]:
    """[sub-accelerators][labels] who may run where; `labels` as Workload.isolation_labels gives them."""
    return [[sub.serves == label for label in labels] for sub in design.subaccelerators]


def unserved(design: Design, labels: Sequence[str]) -> tuple[str, ...]:
    """Labels that no sub-accelerator serves."""
    served = {sub.serves for sub in design.subaccelerators}
    return tuple(label for label in labels if label not in served)


def idle_by_rule(design: Design, labels: Sequence[str]) -> tuple[str, ...]:
    """Ids of sub-accelerators that serve nobody."""
    return tuple(sub.id for sub in design.subaccelerators if labels and sub.serves not in labels)


def isolation_fault(design: Design, workload: Workload) -> IsolationFault | None:
    """What keeps a design from running the workload under its isolation rule; None if nothing does."""
    labels = workload.isolation_labels
    missing = unserved(design, labels)
    if not missing:
        return None
    who = "; ".join(f"{label_words(label)} ({_networks(workload, label)})" for label in missing)
    count = len(design.subaccelerators)
    if count < len(labels):
        have = "1 sub-accelerator" if count == 1 else f"{count} sub-accelerators"
        way_out = (
            f"the workload has {len(labels)} isolation labels and the design {have}: add one for each, "
            f"or give tenants the same label"
        )
        return IsolationFault(f"no sub-accelerator serves {who}; {way_out}", None)
    spare = _spare(design, labels)
    value = missing[0] or NO_LABEL
    edit = f"{spare.id}.serves={value}"
    fix = Fix(f"{spare.id} serves {label_words(missing[0])}", f"{spare.id}.serves", value)
    return IsolationFault(f"no sub-accelerator serves {who}; set {edit}", fix if len(missing) == 1 else None)


def _networks(workload: Workload, label: str) -> str:
    names = dict.fromkeys(tenant.network.name for tenant in workload.tenants if tenant.isolation == label)
    return ", ".join(names)


def _spare(design: Design, labels: Sequence[str]) -> SubAccelerator:
    """The last sub-accelerator that can be taken from what it serves: nobody, or a label that another serves too.

    There is one where there are as many sub-accelerators as labels and some label is not served.
    """
    idle = idle_by_rule(design, labels)
    serves = [sub.serves for sub in design.subaccelerators]
    spare = [sub for sub in design.subaccelerators if sub.id in idle]
    return (spare or [sub for sub in design.subaccelerators if serves.count(sub.serves) > 1])[-1]
