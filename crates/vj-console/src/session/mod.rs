//! The running console: links to the processes, their telemetry, and what effects ask for.
