"""What holds for every test."""

from hypothesis import settings

# A busy machine makes nothing wrong: what takes how long is the benchmarks' business.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
