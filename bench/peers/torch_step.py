"""PyTorch on the step of all peers: eager and torch.compile, float32 and TF32, on CUDA where it is, else the processor.

Formulations: matrix products with nothing transposed but views that the products take as they are, in chunks of
particles; and for small d, under torch.compile alone, sums over broadcast products, which it fuses into reductions
that never store samples x particles.

    python3 torch_step.py PROBLEM.npz [SECONDS]
"""

import time

import torch

from common import arguments, report

LARGEST_BROADCAST = 16
problem, seconds = arguments()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
m, s, d = problem.m, problem.s, problem.d
# Entries of samples x particles at a time: what stays in a cache, what fits any memory, and between.
CHUNK_ENTRIES = (2**14, 2**18, 2**22) if device.type == "cpu" else (2**22, 2**25, 2**28)


def put(array):
    return torch.from_numpy(array.copy()).to(device)


x = put(problem.x)  # [s][d]
columns = put(problem.x.T)  # [d][s]
y = put(problem.y)


def start():
    """w [d][m], b [m], c [m]."""
    return put(problem.a.T), put(problem.b), put(problem.c)


def forward_part(w, b, c):
    """The part of m f [s] of some particles, and their z [s][particles]."""
    z = torch.addmm(-b, x, w)
    return torch.relu(z) @ c, z


def move_part(w, b, c, z, pull, dt):
    """Some particles after the step; pull = rho / s [s]."""
    active = torch.where(z > 0, pull[:, None], 0.0)
    sums = columns @ active
    total = active.sum(0)
    slope = (w * sums).sum(0) - b * total
    return w - dt * c * sums, b + dt * c * total, c - dt * slope


def whole(w, b, c, dt):
    f, z = forward_part(w, b, c)
    return move_part(w, b, c, z, (f / m - y) / s, dt)


def broadcast(w, b, c, dt):
    def z():
        return sum(x[:, k, None] * w[k] for k in range(d)) - b

    f = (torch.relu(z()) * c).sum(1)
    pull = (f / m - y) / s
    active = torch.where(z() > 0, pull[:, None], 0.0)
    total = active.sum(0)
    sums = [(active * x[:, k, None]).sum(0) for k in range(d)]
    slope = sum(w[k] * sums[k] for k in range(d)) - b * total
    return torch.stack([w[k] - dt * c * sums[k] for k in range(d)]), b + dt * c * total, c - dt * slope


def chunked(size, forward=forward_part, move=move_part):
    """A step over chunks of particles; z is computed again, so that nothing of samples x particles is kept."""

    def step(w, b, c, dt):
        parts = [slice(i, min(i + size, m)) for i in range(0, m, size)]
        f = torch.zeros_like(y)
        for p in parts:
            f += forward(w[:, p], b[p], c[p])[0]
        pull = (f / m - y) / s
        moved = [move(w[:, p], b[p], c[p], forward(w[:, p], b[p], c[p])[1], pull, dt) for p in parts]
        return torch.cat([q[0] for q in moved], 1), torch.cat([q[1] for q in moved]), torch.cat([q[2] for q in moved])

    return step


def chunk_sizes():
    return sorted({max(64, min(m, entries // s)) for entries in CHUNK_ENTRIES})


def run(step):
    """one() and timed(n) of a step, as report() takes them."""

    def one():
        w, b, c = step(*start(), torch.tensor(problem.check_dt, device=device))
        return w.T.cpu().numpy(), b.cpu().numpy(), c.cpu().numpy()

    state = start()
    dt = torch.tensor(problem.dt, device=device)

    def timed(n):
        nonlocal state
        if device.type == "cuda":
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            torch.cuda.synchronize()
            begin.record()
        clock = time.perf_counter()
        for _ in range(n):
            state = step(*state, dt)
        if device.type == "cuda":
            end.record()
            torch.cuda.synchronize()
            return begin.elapsed_time(end)
        return 1000 * (time.perf_counter() - clock)

    return one, timed


def formulations():
    """(peer, note, step), each in the chunks that may suit it."""
    for size in chunk_sizes():
        step = whole if size == m else chunked(size)
        yield "PyTorch eager", f"products, chunks of {size}", step
    compiled = torch.compile(whole, dynamic=False)
    if m * s <= CHUNK_ENTRIES[-1]:
        yield "PyTorch compile", "products", compiled
    else:
        size = max(64, CHUNK_ENTRIES[-1] // s)
        parts = torch.compile(forward_part), torch.compile(move_part)
        yield "PyTorch compile", f"products, chunks of {size}", chunked(size, *parts)
    if d <= LARGEST_BROADCAST:
        yield "PyTorch compile", "fused sums, nothing stored", torch.compile(broadcast, dynamic=False)


with torch.no_grad():
    for precision in ("float32", "tf32") if device.type == "cuda" else ("float32",):
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        for peer, how, step in formulations():
            if precision == "tf32" and how.startswith("fused"):
                continue  # No product in it that TF32 could change.
            note = f"{torch.__version__}, {how}"
            report(peer, f"{device.type} {precision}", precision, note, problem, *run(step), seconds)
            torch.compiler.reset()
            if device.type == "cuda":
                torch.cuda.empty_cache()
