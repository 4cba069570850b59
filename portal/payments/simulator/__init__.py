"""A simulated payment company: it speaks as WeChat Pay API v3 does, and can be as unpleasant.

Rule: whatever it has answered is on disk; its query and its statement always tell the truth, its
notices only as often as `chaos` lets them.
"""
