//! Clients that do not follow the protocol have no effect on the owner and the guests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::fixture::{Mysql, Postgres};

/// Random bytes, the same in each run.
fn noise(seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let length = next() % 200;
    (0..length).map(|_| next().to_le_bytes()[1]).collect()
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).unwrap()
}

/// Reads once, and not for long.
fn read(stream: &mut TcpStream, wait: Duration) -> Vec<u8> {
    stream.set_read_timeout(Some(wait)).unwrap();
    let mut bytes = vec![0; 4096];
    let count = stream.read(&mut bytes).unwrap_or(0);
    bytes.truncate(count);
    bytes
}

#[test]
fn noise_does_not_disturb_a_session_of_postgresql() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("BEGIN");
    let port = session.proxy.address().port();
    let startup = format!(
        "\0\x03\0\0user\0postgres\0database\0{}\0\0",
        session.database.name
    );
    let length = u32::try_from(startup.len() + 4).unwrap().to_be_bytes();
    let password = session.proxy.guest_password();
    let size = u32::try_from(password.len() + 5).unwrap().to_be_bytes();
    let login = [
        &length[..],
        startup.as_bytes(),
        b"p",
        &size,
        password.as_bytes(),
        b"\0",
    ]
    .concat();
    for seed in 0..60 {
        let mut stream = connect(port);
        if seed % 2 == 0 {
            stream.write_all(&login).unwrap();
            assert!(!read(&mut stream, Duration::from_secs(10)).is_empty());
        }
        let mut noise = noise(seed);
        if seed % 4 == 0 {
            // A message of a known kind and the right length, with a body of noise.
            let size = u32::try_from(noise.len() + 4).unwrap().to_be_bytes();
            let kind = b"QPBDCEFHSdcf"[seed as usize / 4 % 12];
            noise.splice(..0, [&[kind][..], &size].concat());
            noise.extend_from_slice(b"S\0\0\0\x04");
        }
        let _ = stream.write_all(&noise);
        let _ = read(&mut stream, Duration::from_millis(10));
        drop(stream);
        session.proxy.wait_idle().unwrap();
    }
    session.run("ROLLBACK");
    assert_eq!(session.strings("SELECT 'alive'"), ["alive"]);
}

#[test]
fn noise_does_not_disturb_a_session_of_mariadb() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("BEGIN");
    let port = session.proxy.address().port();
    for seed in 0..40 {
        let mut stream = connect(port);
        let _ = read(&mut stream, Duration::from_millis(10));
        let mut noise = noise(seed);
        if seed % 2 == 0 {
            let size = u32::try_from(noise.len()).unwrap().to_le_bytes();
            noise.splice(..0, [size[0], size[1], size[2], 1]);
        }
        let _ = stream.write_all(&noise);
        let _ = read(&mut stream, Duration::from_millis(10));
        drop(stream);
        session.proxy.wait_idle().unwrap();
    }
    session.run("ROLLBACK");
    assert_eq!(session.strings("SELECT 'alive'"), ["alive"]);
}
