"""What the layer types of raw layer tables mean: Keras class names and the short names of hand-built tables."""

from enum import Enum, auto


class RawType(Enum):
    """What the importer does with a row."""

    INPUT = auto()  # the network's input
    FUSE = auto()  # folded into its producer or done on the host: no layer
    ACTIVATION = auto()  # folded too, but remembered behind layers that do not multiply
    CONV = auto()
    DEPTHWISE = auto()
    SEPARABLE = auto()  # a depthwise and a pointwise layer in one row
    TRANSPOSED = auto()
    DENSE = auto()
    POOL = auto()
    GLOBAL_POOL = auto()
    ELTWISE = auto()
    CONCAT = auto()
    RESIZE = auto()
    COPY = auto()
    SOFTMAX = auto()
    NORM = auto()


_NAMES: dict[RawType, str] = {
    RawType.INPUT: "InputLayer input data",
    RawType.FUSE: "BatchNormalization ZeroPadding2D Dropout Rescaling Normalization Flatten Reshape"
    " batchnorm bn pad dropout flatten reshape scale l2norm",
    RawType.ACTIVATION: "Activation ReLU LeakyReLU PReLU ELU activation act relu relu6 leaky leakyrelu prelu"
    " hsigmoid hswish sigmoid swish tanh gelu",
    RawType.CONV: "Conv2D conv conv2d convolution",
    RawType.DEPTHWISE: "DepthwiseConv2D dwconv dw depthwise",
    RawType.SEPARABLE: "SeparableConv2D sepconv",
    RawType.TRANSPOSED: "Conv2DTranspose deconv transposed_conv",
    RawType.DENSE: "Dense fc dense linear",
    RawType.POOL: "MaxPooling2D AveragePooling2D pool maxpool avgpool",
    RawType.GLOBAL_POOL: "GlobalAveragePooling2D GlobalMaxPooling2D gap",
    RawType.ELTWISE: "Add Multiply Subtract Average Maximum Minimum CustomScaleLayer add mul eltwise shortcut",
    RawType.CONCAT: "Concatenate concat route",
    RawType.RESIZE: "UpSampling2D Resizing up upsample resize",
    RawType.COPY: "Cropping2D Permute crop reorg copy shuffle permute",
    RawType.SOFTMAX: "Softmax softmax",
    RawType.NORM: "LayerNormalization layernorm norm",
}

RAW_TYPES: dict[str, RawType] = {name: kind for kind, names in _NAMES.items() for name in names.split()}
