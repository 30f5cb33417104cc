"""How a shape and a platform are laid out in the arrays that the kernel of DPU-like cores reads."""

# Kinds as the kernel sees them.
PRODUCT, CHANNELWISE, ELEMENTWISE, NOTHING = 0, 1, 2, 3

# Columns of a shape row.
(S_KIND, S_IN_H, S_IN_W, S_IN_C, S_OUT_H, S_OUT_W, S_OUT_C, S_KERNEL_H, S_KERNEL_W, S_STRIDE_H) = range(10)
(S_DILATION, S_GROUPS, S_REPEAT, S_READS, S_ACTIVATIONS, S_BATCH, S_LINE, S_TAPS, S_RESIDENT_IN) = range(10, 19)
(S_RESIDENT_OUT, S_MACS) = range(19, 21)
SHAPE_FIELDS = 21

# The platform vector.
(P_PIXELS, P_ICP, P_OCP, P_BANK_I, P_BANK_W, P_BANK_O, P_WEIGHT_STORE, P_PORT, P_DUPLEX, P_LINK, P_CLOCK) = range(11)
(P_CAST_W, P_CAST_I, P_OVERLAP_W, P_OVERHEAD, P_REST, P_EXPOSED_W, P_AUGMENT, P_ROW_PIPELINE) = range(11, 19)
(P_DEPTHWISE_ROWS, P_POOL_ROWS, P_ELTWISE, P_OPERANDS_AT_ONCE, P_SPLIT_COLUMNS) = range(19, 24)
(P_SLOT_J, P_MAC_J, P_BRAM_J, P_OFF_J, P_NET_J) = range(24, 29)
P_PINNED = 29  # bytes of recurrent weights that a core holds beside its weight store
PLATFORM_FIELDS = 30
