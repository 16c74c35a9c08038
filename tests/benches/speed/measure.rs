//! Times whole processes, two in turn.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::{report, shown};

/// One of two commands: what is done before each run without being timed, and the run.
pub(crate) struct Side<'a> {
    pub(crate) name: &'a str,
    pub(crate) before: &'a dyn Fn(),
    pub(crate) run: &'a dyn Fn() -> io::Result<ExitStatus>,
}

/// Runs both sides in turn and prints the medians and the median of the ratios.
pub(crate) fn pair(title: &str, limit: &str, rounds: usize, ours: Side<'_>, floor: Side<'_>) {
    let (mut our_times, mut floor_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        // The order changes, so that warmth helps both.
        let (a, b) = if round % 2 == 0 {
            (&ours, &floor)
        } else {
            (&floor, &ours)
        };
        let (first, second) = (timed(a), timed(b));
        let (mine, theirs) = if round % 2 == 0 {
            (first, second)
        } else {
            (second, first)
        };
        if round > 0 {
            our_times.push(mine);
            floor_times.push(theirs);
            ratios.push(seconds(mine) / seconds(theirs));
        }
    }
    ratios.sort_by(f64::total_cmp);
    let (mine, theirs) = (median(our_times), median(floor_times));
    let ratio = ratios[ratios.len() / 2];
    let names = format!(
        "{} {}, {} {}",
        ours.name,
        shown(mine),
        floor.name,
        shown(theirs)
    );
    report(title, limit, &format!("ratio {ratio:.3}: {names}"));
}

/// Runs one command several times and prints the median.
pub(crate) fn single(
    title: &str,
    limit: &str,
    rounds: usize,
    run: &dyn Fn() -> io::Result<ExitStatus>,
) {
    let side = Side {
        name: title,
        before: &|| (),
        run,
    };
    let times = (0..=rounds).map(|_| timed(&side)).skip(1).collect();
    report(title, limit, &shown(median(times)));
}

pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn timed(side: &Side<'_>) -> Duration {
    (side.before)();
    let start = Instant::now();
    let status = (side.run)();
    let time = start.elapsed();
    assert!(
        status.as_ref().is_ok_and(ExitStatus::success),
        "{}: {status:?}",
        side.name
    );
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
