"""What all layers of all tenants cost together: event simulator, list scheduler, timeline."""
