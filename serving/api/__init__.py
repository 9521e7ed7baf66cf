"""The HTTP API: one blueprint per resource, each only translating between HTTP and the core."""
