"""What the loads look at from outside: the server's process and the times they noted."""

import os


def cpu_s() -> float:
    """User and system seconds of the server's process, whose id is in the environment."""
    with open(f"/proc/{os.environ['SERVER_PID']}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes() -> int:
    """The server's memory."""
    with open(f"/proc/{os.environ['SERVER_PID']}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def quantiles_ms(latencies_s: list[float]) -> dict[str, float]:
    """The middle and the slow end."""
    ordered = sorted(latencies_s) or [0.0]
    return {
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
    }
