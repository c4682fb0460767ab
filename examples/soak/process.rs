//! What this process holds of the system, as far as the system tells it (Linux).

use std::fs;

/// Memory that is resident, in KiB.
pub(crate) fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Open sockets.
pub(crate) fn sockets() -> Option<u64> {
    let files = fs::read_dir("/proc/self/fd").ok()?;
    let links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
    Some(links.filter(|link| link.to_string_lossy().starts_with("socket:")).count() as u64)
}
