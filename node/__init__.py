"""The daemon: sockets, clock, tasks, HTTP API, written against ports."""
