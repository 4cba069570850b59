"""Bills by patient, copied from the node's event stream; may be dropped and is rebuilt."""
