"""What every test starts from, however the run was started."""

import signal

# A shell starts background jobs with SIGINT ignored, and children inherit that: tests that send control-C would wait.
signal.signal(signal.SIGINT, signal.default_int_handler)
