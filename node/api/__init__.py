"""The node's HTTP API: the only place that knows both JSON and the store."""
