"""The search's inner loops, compiled: row levels for moved bands, pilots' agreement for every start of a period.

Knows arrays only; what they mean is said in `cells` and `search`.
"""

from __future__ import annotations

import numpy as np

from countenance.kernels import kernel


@kernel(fastmath=True)
def row_levels(running, edges, floor, row, weakest):  # type: ignore[no-untyped-def]
    """Fill `row` and `weakest (frames, 8) float32` from the running sum of smoothed power over frequency.

    Args:
        running: `(frames, 130) float64`; column k is the power below bin k's lower border.
        edges: `(33,)`, the bands' edges in columns of `running`; past the last there is no power.
        floor: added to every band's energy.
    """
    frames, last = running.shape[0], running.shape[1] - 1
    level = np.empty(32, np.float32)
    for j in range(frames):
        below = 0.0
        for b in range(33):
            place = min(max(edges[b], 0.0), last - 1e-3)
            k = int(place)
            part = place - k
            here = running[j, k] + (running[j, k + 1] - running[j, k]) * part
            if b > 0:
                level[b - 1] = np.float32(4.3429448) * np.log(np.float32(max(here - below, 0.0) + floor))
            below = here
        for g in range(8):
            high = level[4 * g] + level[4 * g + 1]
            low = level[4 * g + 2] + level[4 * g + 3]
            row[j, g] = (high - low) / 4
            weakest[j, g] = min(high, low) / 2


@kernel(fastmath=True)
def _sine(turns):  # type: ignore[no-untyped-def]
    """sin(2π·turns) to 0.1 %, from two parabolas."""
    u = turns - np.floor(turns + np.float32(0.5))
    p = np.float32(8.0) * u - np.float32(16.0) * u * abs(u)
    return p * (np.float32(0.775) + np.float32(0.225) * abs(p))


@kernel(fastmath=True)
def agreement(row, weakest, audible, speed, step, period, slots, rows, turns):  # type: ignore[no-untyped-def]
    """The pilots' agreement for every start of a period, `(period,) float32`, in standard deviations of chance.

    Args:
        row, weakest: `(frames, 8) float32` dB.
        audible: dB; quieter blocks do not count.
        speed: of the lattice; frame p of it is heard at frame p / speed.
        step: `(8,)` dB, the quantisers' steps.
        period: lattice frames in a period.
        slots, rows, turns: of every pilot: its first lattice frame, its row, its dither.
    """
    count = int((row.shape[0] - 1) * speed)
    real = np.zeros((8, 2 * period), np.float32)
    imaginary = np.zeros((8, 2 * period), np.float32)
    number = np.zeros((8, 2 * period), np.float32)
    line = np.empty(count, np.float32)
    loud = np.empty(count, np.bool_)
    for g in range(8):
        for q in range(count):
            place = q / speed
            k = int(place)
            part = np.float32(place - k)
            line[q] = row[k, g] + (row[k + 1, g] - row[k, g]) * part
            loud[q] = weakest[k, g] > audible
        scale = np.float32(0.25 / step[g])
        for q in range(count - 17):
            if loud[q + 7]:
                phase = (line[q + 2] - line[q + 7] - line[q + 12] + line[q + 17]) * scale
                at = q % period
                real[g, at] += _sine(phase + np.float32(0.25))
                imaginary[g, at] += _sine(phase)
                number[g, at] += np.float32(1.0)
        real[g, period:] = real[g, :period]
        imaginary[g, period:] = imaginary[g, :period]
        number[g, period:] = number[g, :period]
    total = np.zeros(period, np.float32)
    weight = np.zeros(period, np.float32)
    for i in range(len(slots)):
        g, s = rows[i], slots[i]
        c = np.float32(np.cos(2 * np.pi * turns[i]))
        d = np.float32(np.sin(2 * np.pi * turns[i]))
        for o in range(period):
            total[o] += real[g, s + o] * c + imaginary[g, s + o] * d
            weight[o] += number[g, s + o]
    for o in range(period):
        total[o] /= np.sqrt(max(weight[o], np.float32(1.0)) / 2)
    return total


@kernel(fastmath=True)
def score(row, weakest, audible, start, speed, first, last, step, period_slots, slots, rows, turns):  # type: ignore[no-untyped-def]
    """The pilots' agreement of one alignment over whole periods' slots `first` to `last` (exclusive)."""
    frames = row.shape[0]
    total, weight = 0.0, 0.0
    begin = int(np.floor(first / period_slots))
    end = int(np.floor((last - 1) / period_slots))
    for turn in range(begin, end + 1):
        for i in range(len(slots)):
            number = turn * period_slots + slots[i] // 20
            if number < first or number >= last:
                continue
            g = rows[i]
            symbol = 0.0
            loud = False
            for t in range(4):
                place = start + (number * 20 + 2 + 5 * t) / speed
                place = min(max(place, 0.0), frames - 1.001)
                k = int(place)
                value = row[k, g] + (row[k + 1, g] - row[k, g]) * (place - k)
                symbol += value if t == 0 or t == 3 else -value
                if t == 1:
                    loud = weakest[k, g] > audible
            if loud:
                total += np.cos(2 * np.pi * (symbol / 4 / step[g] - turns[i]))
                weight += 1.0
    return total / np.sqrt(max(weight, 1.0) / 2)
