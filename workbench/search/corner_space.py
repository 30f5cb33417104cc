"""Spaces of published designs whose rules bind several variables: PE arrays by style, bandwidth in parts."""

from dataclasses import replace

from workbench.design.design import Design
from workbench.hardware.board import Board
from workbench.search.space import Space, Vector

ASIC_STYLES = ("nvdla", "shidiannao", "eyeriss")  # weight, output, row stationary, as Herald combines them
PARTS = 8  # bandwidth is cut into eighths


class CornerSpace(Space):
    """A space whose designs obey, beside what is frozen:

    * `styles`: the first sub-accelerator is made of arrays of the first style and so on, of the size decoded;
    * `partitioned`: bandwidth shares are eighths that add up to one.
    """

    def __init__(
        self,
        base: Design,
        board: Board,
        freeze: tuple[str, ...],
        most_subaccelerators: int,
        *,
        styles: tuple[str, ...] = (),
        partitioned: bool = False,
    ) -> None:
        self._styles = styles
        self._partitioned = partitioned
        super().__init__(base, board, freeze=freeze, most_subaccelerators=most_subaccelerators)

    def decode(self, vector: Vector) -> Design:
        """See Space.decode."""
        design = super().decode(vector)
        if self._styles:
            subs = tuple(
                replace(sub, core=f"{style}-{sub.core.rpartition('-')[2]}")
                for sub, style in zip(design.subaccelerators, self._styles, strict=True)
            )
            design = replace(design, subaccelerators=subs)
        return with_shares(design) if self._partitioned else design


def with_shares(design: Design) -> Design:
    """The design with bandwidth shares in eighths that add up to one, near its own; no share counts as a whole."""
    wanted = [1.0 if sub.bandwidth_share is None else sub.bandwidth_share for sub in design.subaccelerators]
    parts = [max(1, int(PARTS * share / sum(wanted))) for share in wanted]
    while sum(parts) < PARTS:  # the part that lacks most gets one more
        lacking = max(range(len(parts)), key=lambda i: (wanted[i] / sum(wanted) - parts[i] / PARTS, -i))
        parts[lacking] += 1
    while sum(parts) > PARTS:
        parts[max(range(len(parts)), key=lambda i: (parts[i], -i))] -= 1
    subs = zip(design.subaccelerators, parts, strict=True)
    return replace(design, subaccelerators=tuple(replace(sub, bandwidth_share=part / PARTS) for sub, part in subs))
