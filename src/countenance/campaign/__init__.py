"""One advert, many versions: languages × voices × licensed faces × formats, each with a permit and a record of its own.

Stands above `render` and below the command line.
"""
