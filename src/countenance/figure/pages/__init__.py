"""The figure's pages: plain files, which need no building."""
