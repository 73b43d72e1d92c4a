"""What both Python peers do the same way: read the problem, compare the step with float64, time, report."""

import json
import math
import statistics
import sys
import time

import numpy as np

WINDOWS = 5
LARGEST_ERROR = {"float32": 1e-4, "tf32": 2e-2}


class Problem:
    """Sizes m, s, d; x [s][d], y [s], a [m][d], b, c [m] in float32; the float64 change of one step of check_dt."""

    def __init__(self, path):
        arrays = np.load(path)
        self.x, self.y = arrays["x"], arrays["y"]
        self.a, self.b, self.c = arrays["a"], arrays["b"], arrays["c"]
        self.change = {name: arrays["change_" + name] for name in "abc"}
        self.dt = float(arrays["dt"][0])
        self.check_dt = float(arrays["check_dt"][0])
        (self.m, self.d), self.s = self.a.shape, self.y.shape[0]

    def max_error(self, a, b, c):
        """Largest deviation of a step, relative to the largest change, over a, b and c."""
        errors = []
        for name, after in zip("abc", (a, b, c)):
            change = self.change[name]
            moved = np.asarray(after, np.float64) - np.asarray(getattr(self, name), np.float64)
            errors.append(float(np.max(np.abs(moved - change)) / np.max(np.abs(change))))
        return math.nan if any(math.isnan(e) for e in errors) else max(errors)


def measure(timed, seconds):
    """Median milliseconds per step, wall or device and processor, of five calibrated windows.

    timed(n) does n steps and returns the milliseconds they took, by the clock that suits the device.
    """
    target = 1000 * seconds / WINDOWS
    steps = 1
    while True:
        took = timed(steps)
        if took >= target / 2:
            break
        steps = math.ceil(steps * min(8.0, max(2.0, 0.8 * target / max(took, 1e-6))))
    windows = []
    for _ in range(2 if took > 1000 * seconds else WINDOWS):
        cpu = time.process_time()
        wall = timed(steps)
        windows.append((wall / steps, 1000 * (time.process_time() - cpu) / steps))
    return tuple(statistics.median(column) for column in zip(*windows))


def report(peer, backend, precision, note, problem, one, timed, seconds):
    """Checks one step, times steps and prints the row as one line of JSON.

    one() returns a [m][d], b, c [m] after one step of check_dt from the start.
    """
    row = {"peer": peer, "backend": backend, "msPerStep": None, "cpuMsPerStep": None, "maxError": None}
    try:
        row["maxError"] = problem.max_error(*one())
        if row["maxError"] <= LARGEST_ERROR[precision]:
            row["msPerStep"], row["cpuMsPerStep"] = measure(timed, seconds)
        else:
            note = "wrong result, not timed; " + note
            if math.isnan(row["maxError"]):
                row["maxError"] = None
    except Exception as error:  # One formulation that fails, out of memory say, must not hide the others.
        note = "failed: " + (str(error).splitlines() or [type(error).__name__])[0][:200]
    print(json.dumps({**row, "note": note}), flush=True)


def arguments():
    """The problem file and the seconds for timing, from the command line."""
    return Problem(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
