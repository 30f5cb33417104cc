"""Transformer networks from their hyper-parameters, as graphs: block after block, heads as groups.

One row per layer and product. Softmax, residual adds and layer norms are memory-bound layers of their own; the
feed-forward activation is fused into its product. Embedding look-ups are the network's input; the head's softmax runs
on the host. Sources of the hyper-parameters stand beside each network.
"""

from dataclasses import dataclass

from workbench.workload.graph_builder import GraphBuilder
from workbench.workload.layer import LayerKind, Operands
from workbench.workload.network import Network
from workbench.workload.table import NETWORK_INPUT


@dataclass(frozen=True, slots=True)
class Transformer:
    """Hyper-parameters; the head's width is width / heads. `vocabulary` 0: no output head.

    `pre_norm`: the norm stands before attention and feed-forward (GPT-2, T5), with one more at the end of each stack.
    `last_token_only`: the head reads one row, as in generation, instead of all of them, as in training.
    """

    name: str
    source: str
    sequence: int
    width: int
    heads: int
    feed_forward: int
    encoders: int = 0
    decoders: int = 0
    vocabulary: int = 0
    pre_norm: bool = False
    last_token_only: bool = False


_VASWANI = "Vaswani et al., Attention Is All You Need, NeurIPS 2017, table 3"
_BERT = "Devlin et al., BERT, NAACL 2019, section 3"
_GPT2 = "Radford et al., Language Models are Unsupervised Multitask Learners, 2019, table 2"
_T5 = "Raffel et al., T5, JMLR 21, 2020, section 3"

TRANSFORMERS = (
    Transformer("bert_base_s128", _BERT, 128, 768, 12, 3072, encoders=12),
    Transformer("bert_base_s384", _BERT, 384, 768, 12, 3072, encoders=12),
    Transformer("bert_large_s384", _BERT, 384, 1024, 16, 4096, encoders=24),
    Transformer("gpt2_small_s1024", _GPT2, 1024, 768, 12, 3072, encoders=12, vocabulary=50257, pre_norm=True),
    Transformer(
        "gpt2_small_s256",
        f"{_GPT2}; head on the last token",
        *(256, 768, 12, 3072),
        encoders=12,
        vocabulary=50257,
        pre_norm=True,
        last_token_only=True,
    ),
    Transformer("gpt2_xl_s1024", _GPT2, 1024, 1600, 25, 6400, encoders=48, vocabulary=50257, pre_norm=True),
    Transformer("t5_small_s512", _T5, 512, 512, 8, 2048, encoders=6, decoders=6, vocabulary=32128, pre_norm=True),
    Transformer("t5_base_s512", _T5, 512, 768, 12, 3072, encoders=12, decoders=12, vocabulary=32128, pre_norm=True),
    Transformer("transformer_base_s64", _VASWANI, 64, 512, 8, 2048, encoders=6, decoders=6, vocabulary=37000),
)


def build_transformer(model: Transformer) -> Network:
    """The network of a set of hyper-parameters. A stack of `encoders` without decoders may be causal (GPT-2): the
    products are the same. Raises ValueError if the heads do not divide the width."""
    if model.width % model.heads:
        raise ValueError(f"{model.name}: {model.heads} heads do not divide the width {model.width}")
    blocks = _Blocks(model)
    stream = NETWORK_INPUT
    for i in range(model.encoders):
        stream = blocks.attention(f"enc{i}_", stream)
        stream = blocks.feed_forward(f"enc{i}_", stream)
    if model.encoders:
        stream = blocks.final_norm("enc_", stream)
    if model.decoders:
        memory, stream = stream, NETWORK_INPUT
        for i in range(model.decoders):
            stream = blocks.attention(f"dec{i}_", stream)
            stream = blocks.attention(f"dec{i}_x_", stream, memory)
            stream = blocks.feed_forward(f"dec{i}_", stream)
        stream = blocks.final_norm("dec_", stream)
    if model.vocabulary:
        rows = 1 if model.last_token_only else model.sequence
        blocks.graph.gemm("lm_head", (rows, model.vocabulary, model.width), [stream])
    return blocks.graph.network(model.name, model.source)


class _Blocks:
    """Attention and feed-forward with their residual adds and norms."""

    def __init__(self, model: Transformer) -> None:
        self.graph = GraphBuilder()
        self._model = model
        self._size = (model.sequence, model.width)

    def attention(self, prefix: str, stream: str, memory: str | None = None) -> str:
        """Self-attention, or cross-attention over `memory`; returns the new residual stream."""
        model, graph = self._model, self.graph
        s, d, head_width = model.sequence, model.width, model.width // model.heads
        read = self._norm_before(prefix, stream)
        if memory is None:
            query = graph.gemm(f"{prefix}qkv", (s, 3 * d, d), [read])
            both = [query]
        else:
            query = graph.gemm(f"{prefix}q", (s, d, d), [read])
            both = [query, graph.gemm(f"{prefix}kv", (s, 2 * d, d), [memory])]
        scores = self._per_head(f"{prefix}qk", (s, s, head_width), both)
        weights = graph.rows(LayerKind.SOFTMAX, f"{prefix}softmax", (s, model.heads * s), [scores])
        mixed = self._per_head(f"{prefix}av", (s, head_width, s), [weights, both[-1]])
        return self._close(prefix, stream, graph.gemm(f"{prefix}proj", (s, d, d), [mixed]))

    def feed_forward(self, prefix: str, stream: str) -> str:
        """Two products around an activation; returns the new residual stream."""
        model = self._model
        read = self._norm_before(f"{prefix}ff_", stream)
        wide = self.graph.gemm(f"{prefix}ff1", (model.sequence, model.feed_forward, model.width), [read])
        narrow = self.graph.gemm(f"{prefix}ff2", (model.sequence, model.width, model.feed_forward), [wide])
        return self._close(f"{prefix}ff_", stream, narrow)

    def final_norm(self, prefix: str, stream: str) -> str:
        """The norm that closes a pre-norm stack."""
        return self._norm(f"{prefix}norm", stream) if self._model.pre_norm else stream

    def _per_head(self, name: str, mnk: tuple[int, int, int], inputs: list[str]) -> str:
        return self.graph.gemm(name, mnk, inputs, heads=self._model.heads, operands=Operands.ACTIVATIONS)

    def _norm_before(self, prefix: str, stream: str) -> str:
        return self._norm(f"{prefix}norm", stream) if self._model.pre_norm else stream

    def _norm(self, name: str, stream: str) -> str:
        return self.graph.rows(LayerKind.NORM, name, self._size, [stream])

    def _close(self, prefix: str, stream: str, branch: str) -> str:
        total = self.graph.rows(LayerKind.ELTWISE, f"{prefix}add", self._size, [stream, branch], reads=2)
        return total if self._model.pre_norm else self._norm(f"{prefix}norm", total)
