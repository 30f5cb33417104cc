"""Co-design workbench for multi-tenant DNN accelerators."""

__version__ = "0.1.0"

_API = ("load", "save", "score", "search")


def __getattr__(name: str) -> object:
    """The calls of `workbench.api`, loaded when they are first asked for (PEP 562)."""
    if name == "search":  # also the name of a package, which then is what stands here: it can be called
        from importlib import import_module

        return import_module("workbench.search")
    if name in _API:
        from importlib import import_module

        return getattr(import_module("workbench.api"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_API])
