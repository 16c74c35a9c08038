//! The local ports of the TCP connections of this process.

use std::fs;
use std::path::Path;

/// Returns whether this process has a connection from this local port; `false` if the system does not
/// report it.
pub(super) fn contain(port: u16) -> bool {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(fs::read_to_string);
    let inodes: Vec<String> = tables
        .iter()
        .flatten()
        .flat_map(|table| table.lines().skip(1))
        .filter_map(|line| inode(line, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    !inodes.is_empty() && files().any(|file| inodes.contains(&file))
}

/// Returns the inode of a socket if this line of the system's table is about the local port.
fn inode(line: &str, port: u16) -> Option<&str> {
    let mut fields = line.split_whitespace();
    let (_, hex) = fields.nth(1)?.rsplit_once(':')?;
    let inode = fields.nth(7)?;
    (u16::from_str_radix(hex, 16) == Ok(port)).then_some(inode)
}

/// Returns the targets of the open files of this process.
fn files() -> impl Iterator<Item = String> {
    let entries = fs::read_dir(Path::new("/proc/self/fd")).ok();
    let links = entries.into_iter().flatten().flatten();
    links.filter_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        Some(target.to_string_lossy().into_owned())
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_port_of_this_process_is_recognized() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let port = client.local_addr().unwrap().port();
        assert!(contain(port));
        drop((client, server));
        assert!(!contain(port));
        assert!(!contain(0));
    }
}
