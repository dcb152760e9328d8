"""One full 3-D head: fitted to a person's faces, textured from their pictures, written for other people's engines.

Others use `fit_head` and `pose_and_expression` (shape, neutral and expression from landmarks), `make_head` (a finished
head) and `head.export` (files).
"""
