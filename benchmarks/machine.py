"""What the kernel knows: the machine, and the processor time and memory of processes."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> dict[str, str]:
    """Describe the machine for whoever compares numbers."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    memory = next(
        int(line.split()[1]) // 1024
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )
    return {
        "processor": cpu,
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 1024:.0f} GB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load when the run began": f"{os.getloadavg()[0]:.1f}",
    }


def cpu_seconds(pid: int) -> float:
    """Processor time, user and system, that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> dict[str, float]:
    """Memory of a process in MB: ``rss``, and ``pss``, where pages shared with others count in part."""
    found = {"rss": 0.0, "pss": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name.lower() in found:
            found[name.lower()] = round(int(rest.split()[0]) / 1024, 1)
    return found


class CpuMeter:
    """Processor time used by named processes since it was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        """Start measuring."""
        self._pids = dict(pids)
        self._begun = {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def used(self) -> dict[str, float]:
        """Seconds by process since the start."""
        return {name: cpu_seconds(pid) - self._begun[name] for name, pid in self._pids.items()}
