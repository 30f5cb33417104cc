"""The directives inside the cores of a sub-accelerator: a PE array's own, or the user's in their place."""

from dataclasses import replace

from workbench.dataflow.library import DataflowLevel, load_dataflow
from workbench.dataflow.pe_diagnosis import PeDiagnosis, Representative, diagnose_pe
from workbench.design.design import Design, SubAccelerator
from workbench.design.edit import EditError, find
from workbench.design.limits import MAX_DATAFLOW_CHARACTERS
from workbench.hardware.core import PeArrayCore
from workbench.hardware.presets import load_core


def pe_core(sub: SubAccelerator) -> PeArrayCore | None:
    """The core of a sub-accelerator with the directives that it runs; None for a core without PEs of its own."""
    core = load_core(sub.core)
    if not isinstance(core, PeArrayCore):
        return None
    return replace(core, directives=sub.pe_dataflow) if sub.pe_dataflow else core


def pe_diagnosis(sub: SubAccelerator, layers: tuple[Representative, ...]) -> PeDiagnosis | None:
    """What is to be said of the user's PE directives; None where the cores run their own."""
    core = pe_core(sub)
    return diagnose_pe(sub.pe_dataflow, layers, core.pes) if core is not None and sub.pe_dataflow else None


def set_pe_dataflow(design: Design, id: str, text: str) -> Design:
    """Other directives inside the cores; a blank text, or the core's own, means the core's own.

    Only the length is checked: a text may be wrong while it is being typed. Raises EditError.
    """
    sub = find(design, id)
    core = load_core(sub.core)
    if not isinstance(core, PeArrayCore):
        if not text.strip():
            return design
        raise EditError(
            f"{id}.pe_dataflow: {core.name} has no PEs to direct; choose a PE array (edge, mobile and cloud boards), "
            f"or leave it empty"
        )
    if len(text) > MAX_DATAFLOW_CHARACTERS:
        raise EditError(f"{id}.pe_dataflow: {len(text)} characters; allowed: at most {MAX_DATAFLOW_CHARACTERS}")
    own = not text.strip() or text == core.directives
    changed = replace(sub, pe_dataflow="" if own else text)
    return replace(
        design, subaccelerators=tuple(changed if other.id == id else other for other in design.subaccelerators)
    )


def use_pe_dataflow(design: Design, id: str, name: str) -> Design:
    """PE-level directives of the library. Raises EditError for a name that has none."""
    try:
        known = load_dataflow(name)
    except ValueError as error:
        raise EditError(str(error)) from None
    if known.level is not DataflowLevel.PE:
        raise EditError(f"{id}.pe_dataflow: {name} runs over cores, not over the PEs inside one")
    return set_pe_dataflow(design, id, known.text)
