"""JAX on the step of all peers: one jit over many steps, float32 and (on a GPU) TF32.

Formulations: matrix products in chunks of particles under lax.map, and for small d sums over broadcast products,
which XLA fuses into reductions that never store samples x particles. Timed by the wall clock around a jit that holds
all steps of a window, so that nothing but the device's work counts; JAX has no device events.

    python3 jax_step.py PROBLEM.npz [SECONDS]
"""

import functools
import time

import jax
import jax.numpy as jnp
from jax import lax

from common import arguments, report

LARGEST_BROADCAST = 16
problem, seconds = arguments()
platform = jax.devices()[0].platform
m, s, d = problem.m, problem.s, problem.d
# Entries of samples x particles at a time: what stays in a cache, what fits any memory, and between.
CHUNK_ENTRIES = (2**14, 2**18, 2**22) if platform == "cpu" else (2**22, 2**25, 2**28)
x = jnp.asarray(problem.x)  # [s][d]
columns = jnp.asarray(problem.x.T.copy())  # [d][s]
y = jnp.asarray(problem.y)


def start():
    """w [d][m], b [m], c [m]."""
    return jnp.asarray(problem.a.T.copy()), jnp.asarray(problem.b), jnp.asarray(problem.c)


def whole(w, b, c, dt):
    z = x @ w - b
    pull = ((jnp.maximum(z, 0) @ c) / m - y) / s
    return move(w, b, c, z, pull, dt)


def move(w, b, c, z, pull, dt):
    active = jnp.where(z > 0, pull[:, None], 0.0)
    sums = columns @ active
    total = active.sum(0)
    slope = (w * sums).sum(0) - b * total
    return w - dt * c * sums, b + dt * c * total, c - dt * slope


def broadcast(w, b, c, dt):
    def z():
        return sum(x[:, k, None] * w[k] for k in range(d)) - b

    pull = ((jnp.maximum(z(), 0) * c).sum(1) / m - y) / s
    active = jnp.where(z() > 0, pull[:, None], 0.0)
    total = active.sum(0)
    sums = jnp.stack([(active * x[:, k, None]).sum(0) for k in range(d)])
    slope = (w * sums).sum(0) - b * total
    return w - dt * c * sums, b + dt * c * total, c - dt * slope


def chunked(count):
    """A step over `count` equal chunks of particles; z is computed again in the second sweep."""

    def step(w, b, c, dt):
        size = m // count
        parts = (w.reshape(d, count, size).transpose(1, 0, 2), b.reshape(count, size), c.reshape(count, size))

        def add(f, part):
            pw, pb, pc = part
            return f + jnp.maximum(x @ pw - pb, 0) @ pc, None

        f, _ = lax.scan(add, jnp.zeros_like(y), parts)
        pull = (f / m - y) / s

        def one(part):
            pw, pb, pc = part
            return move(pw, pb, pc, x @ pw - pb, pull, dt)

        mw, mb, mc = lax.map(one, parts)
        return mw.transpose(1, 0, 2).reshape(d, m), mb.reshape(m), mc.reshape(m)

    return step


def chunk_count(entries):
    """The least number of equal chunks that keeps samples x particles of one below `entries`."""
    count = max(1, -(-m * s // entries))
    while m % count:
        count += 1
    return count


def run(step):
    """one() and timed(n) of a step, as report() takes them."""

    # The number of steps is an argument, so that one compilation serves every window.
    @functools.partial(jax.jit, donate_argnums=0)
    def advance(state, dt, n):
        return lax.fori_loop(0, n, lambda _, moving: step(*moving, dt), state)

    def one():
        w, b, c = advance(start(), jnp.float32(problem.check_dt), 1)
        return w.T, b, c

    state = start()
    dt = jnp.float32(problem.dt)

    def timed(n):
        nonlocal state
        jax.block_until_ready(state)
        clock = time.perf_counter()
        state = jax.block_until_ready(advance(state, dt, n))
        return 1000 * (time.perf_counter() - clock)

    return one, timed


def formulations():
    for count in sorted({chunk_count(entries) for entries in CHUNK_ENTRIES}):
        yield (f"products, {count} chunks", whole if count == 1 else chunked(count))
    if d <= LARGEST_BROADCAST:
        yield "fused sums, nothing stored", broadcast


for precision in ("float32", "tf32") if platform == "gpu" else ("float32",):
    with jax.default_matmul_precision("tensorfloat32" if precision == "tf32" else "highest"):
        for how, step in formulations():
            if precision == "tf32" and how.startswith("fused"):
                continue  # No product in it that TF32 could change.
            note = f"{jax.__version__}, {how}"
            report("JAX", f"{platform} {precision}", precision, note, problem, *run(step), seconds)
