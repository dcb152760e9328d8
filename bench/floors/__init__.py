"""At which sizes and qualities the mark is still read back from the encoded file: `python -m bench.floors FOLDER`."""
