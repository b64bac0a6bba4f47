"""Where shots run: jobs, the workspace that remembers them, this machine."""
