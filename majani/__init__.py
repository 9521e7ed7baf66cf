"""The shared core of Majani: from photo bytes and a bundle to a diagnosis.

Both applications, ``training`` and ``serving``, build on this package; it knows neither of them. It depends on numpy,
Pillow, onnxruntime and pydantic only, so that it runs on a small server or a laptop in an extension office.
"""
