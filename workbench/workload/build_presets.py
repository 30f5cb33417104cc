"""Writes presets/networks: `python -m workbench.workload.build_presets RAW_TABLES_FOLDER`.

Imported networks come from raw layer tables, the others from their hyper-parameters; both are written in the
workbench's own format, so that loading a preset is one and the same thing for all of them.
"""

import sys
from dataclasses import replace
from pathlib import Path

from workbench.presets_finder import preset_path
from workbench.workload.gnmt import build_gnmt
from workbench.workload.network import Network
from workbench.workload.recommendation import build_dlrm, build_ncf
from workbench.workload.table import write_table
from workbench.workload.table_file import read_network
from workbench.workload.transformers import TRANSFORMERS, build_transformer

_KERAS = "Keras 3.15 applications, exported from the model object"
_BY_HAND = "from the publication, layer by layer"

# preset name: raw table, source
IMPORTED: dict[str, tuple[str, str]] = {
    "resnet18": ("resnet18_224", f"He et al., CVPR 2016, 224×224, {_BY_HAND}"),
    "resnet34": ("resnet34_224", f"He et al., CVPR 2016, 224×224, {_BY_HAND}"),
    "resnet50": ("keras_resnet50", _KERAS),
    "resnet50v2": ("keras_resnet50v2", _KERAS),
    "resnet101": ("keras_resnet101", _KERAS),
    "resnet152": ("keras_resnet152", _KERAS),
    "mobilenetv1": ("keras_mobilenetv1", _KERAS),
    "mobilenetv2": ("keras_mobilenetv2", _KERAS),
    "mobilenetv3large": ("keras_mobilenetv3large", _KERAS),
    "nasnetmobile": ("keras_nasnetmobile", _KERAS),
    "efficientnetb0": ("keras_efficientnetb0", _KERAS),
    "densenet121": ("keras_densenet121", _KERAS),
    "xception": ("keras_xception", _KERAS),
    "inceptionv1": ("inceptionv1_224", f"Szegedy et al., CVPR 2015, 224×224, {_BY_HAND}"),
    "inceptionv3": ("keras_inceptionv3", _KERAS),
    "inceptionresnetv2": ("keras_inceptionresnetv2", _KERAS),
    "vgg16": ("keras_vgg16", _KERAS),
    "vgg19": ("keras_vgg19", _KERAS),
    "squeezenet1_0": ("squeezenet1_0_227", f"Iandola et al., arXiv 1602.07360, 227×227, {_BY_HAND}"),
    "yolov2_448": ("yolov2_voc_448", f"Redmon and Farhadi, CVPR 2017, VOC, {_BY_HAND}"),
    "yolov3_416": ("yolov3_voc_416", f"Redmon and Farhadi, arXiv 1804.02767, VOC, {_BY_HAND}"),
    "yolov3_coco_416": ("yolov3_coco_416", f"Redmon and Farhadi, arXiv 1804.02767, COCO, {_BY_HAND}"),
    "yolov3_bdd_288x512": ("yolov3_bdd_288x512", f"Redmon and Farhadi, arXiv 1804.02767, BDD, {_BY_HAND}"),
    "tiny_yolov3_416": ("tiny_yolov3_416", f"Redmon and Farhadi, arXiv 1804.02767, COCO, {_BY_HAND}"),
    "ssd300_vgg": ("ssd300_vgg_voc", f"Liu et al., ECCV 2016, VOC, {_BY_HAND}"),
    "ssd_mobilenetv1_300": ("ssd_mobilenetv1_300", f"MLPerf inference, COCO, {_BY_HAND}"),
    "ssd_resnet34_1200": ("ssd_resnet34_1200", f"MLPerf inference, COCO, {_BY_HAND}"),
    "unet_256": ("unet_256_same", f"Ronneberger et al., MICCAI 2015, 256×256, same padding, {_BY_HAND}"),
    "unet_572": ("unet_572_valid", f"Ronneberger et al., MICCAI 2015, 572×572, no padding, {_BY_HAND}"),
}


def import_preset(name: str, raw_tables: Path) -> Network:
    """The network of an imported preset, from the folder of raw tables. Raises TableError."""
    table, source = IMPORTED[name]
    return replace(read_network(raw_tables / f"{table}.csv"), name=name, source=source)


def generated_presets() -> dict[str, Network]:
    """Networks made from hyper-parameters, by preset name."""
    networks = [*(build_transformer(model) for model in TRANSFORMERS), build_gnmt(), build_dlrm(), build_ncf()]
    return {network.name: network for network in networks}


def write_presets(raw_tables: Path) -> None:
    """Writes the table of every preset network. Raises TableError if a raw table cannot be imported."""
    for network in [*(import_preset(name, raw_tables) for name in IMPORTED), *generated_presets().values()]:
        path = preset_path("networks", network.name, ".csv")
        path.write_text(write_table(network), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_presets(Path(sys.argv[1]))
