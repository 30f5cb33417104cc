"""What runs: layers, networks (DAGs of layers), tenants and workloads."""
