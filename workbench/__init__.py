"""Co-design workbench for multi-tenant DNN accelerators."""

__version__ = "0.1.0"
