"""ispstatus: which ISP uplinks of this box are usable now, why not, and what they really delivered."""

__version__ = "1.1.0"
