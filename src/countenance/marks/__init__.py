"""The two invisible marks, as pure libraries: pixels and samples in, pixels, samples and payloads out.

`watermark` marks pictures, `audiomark` sound. Neither knows of files, manifests, permits or records.
"""
