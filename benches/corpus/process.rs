//! What a process uses until its end, by Linux's `/proc`; elsewhere only its time is known.

use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::param::clock_ticks_per_second;

/// Afterwards nobody tells, so we look this often; what happens after the last look is missed.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub time: Duration,
    /// Of all its threads, and of its children that have ended.
    pub cpu: Option<Duration>,
    /// The most resident memory.
    pub peak_kilobytes: Option<u64>,
}

/// Waits for the end of a process that was begun just now.
pub fn watch(mut child: Child) -> std::io::Result<(ExitStatus, Usage)> {
    let begun = Instant::now();
    let (mut cpu, mut peak) = (None, None);
    loop {
        cpu = cpu.max(cpu_time(child.id()));
        peak = peak.max(peak_kilobytes(child.id()));
        match child.try_wait()? {
            Some(status) => return Ok((status, Usage { time: begun.elapsed(), cpu, peak_kilobytes: peak })),
            None => thread::sleep(BETWEEN_LOOKS),
        }
    }
}

fn cpu_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; user and system time, its own and that of its children, stand 12th to
    // 15th after it (proc(5)).
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(4);
    let ticks: u64 = fields.map(str::parse::<u64>).sum::<Result<u64, _>>().ok()?;
    Some(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
}

fn peak_kilobytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}
