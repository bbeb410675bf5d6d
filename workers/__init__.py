"""Background work: queues, jobs, the clock that enqueues them, the processes that run them, and the command line."""
