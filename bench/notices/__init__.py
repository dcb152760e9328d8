"""Makes the spoken notices that sound without pictures begins with (`python -m bench.notices`)."""
