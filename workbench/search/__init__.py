"""What searches it: the space, optimisers behind ask/tell, baselines, runs."""

import sys
from importlib import import_module
from types import ModuleType


class _CallablePackage(ModuleType):
    """`from workbench import search` cannot give anything but this package, so it can be called as the function."""

    def __call__(self, *arguments: object, **options: object) -> object:
        """See `workbench.api.search`; reached by name only, since no floor may import one above it."""
        return import_module("workbench.api").search(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePackage
