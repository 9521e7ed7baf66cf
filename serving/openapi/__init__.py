"""The API's description at /openapi.json."""
