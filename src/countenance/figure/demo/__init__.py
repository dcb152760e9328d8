"""A figure that may be shipped: Grace Hopper, her facts with their sources. Her portrait comes with matplotlib."""
