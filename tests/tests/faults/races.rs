//! Processes that start together: all succeed, and each revision runs once.

use std::process::{Child, Stdio};

use crate::patient::{ALL, Patient, text};

fn race(processes: usize, journal: Option<&str>) {
    let patient = Patient::new();
    if let Some(journal) = journal {
        patient
            .connect()
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
    }
    let start = |_| {
        patient
            .runner(&["upgrade"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..processes).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(patient.applied(), ALL);
}

#[test]
fn two_processes_upgrade_at_once() {
    for _ in 0..10 {
        race(2, Some("delete"));
        race(2, Some("wal"));
    }
}

#[test]
fn eight_processes_upgrade_at_once() {
    for _ in 0..10 {
        race(8, Some("delete"));
        race(8, Some("wal"));
    }
}

#[test]
fn eight_processes_upgrade_a_file_that_is_not_there_yet() {
    for _ in 0..10 {
        race(8, None);
    }
}
