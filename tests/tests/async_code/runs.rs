//! What `run` and `ready` do, under each runtime and on each database.

use std::future::{Future as _, IntoFuture as _};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, Observer, RunOptions, StepReport};
use migrate_tests::revisions::{Code, linear_history};

use crate::engine::{Engine, applied_once_unlocked};
use crate::runtimes;

fn create(op: &mut Op<'_, impl Backend>, table: &str) -> Result<()> {
    op.create_table(table, |t| {
        t.column(Column::new("id", Integer).primary_key());
    })
}

/// A place in a revision that a test holds.
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GateState {
    Closed,
    Reached,
    Open,
}

impl Gate {
    const fn new() -> Gate {
        Gate {
            state: Mutex::new(GateState::Closed),
            changed: Condvar::new(),
        }
    }

    fn set(&self, state: GateState) {
        *self.state.lock().unwrap() = state;
        self.changed.notify_all();
    }

    fn wait_until(&self, state: GateState) {
        let now = self.state.lock().unwrap();
        let limit = Duration::from_secs(20);
        let (_now, waited) = self
            .changed
            .wait_timeout_while(now, limit, |now| *now != state)
            .unwrap();
        assert!(!waited.timed_out(), "the gate is never {state:?}");
    }

    /// Waits until the test opens the gate.
    fn pass(&self) {
        self.set(GateState::Reached);
        self.wait_until(GateState::Open);
    }

    fn is_reached(&self) -> bool {
        *self.state.lock().unwrap() == GateState::Reached
    }
}

async fn upgrade_in_two_parts<B: Engine>(migrations: &'static Migrations<B>, url: String) {
    assert!(!migrations.ready(&url).await.unwrap());
    let report = migrations.run(&url).target("+1").await.unwrap();
    assert_eq!(report.heads, ["r1"]);
    assert!(!migrations.ready(&url).await.unwrap());
    let report = migrations.run(url.clone()).await.unwrap();
    assert_eq!(report.steps.len(), 1);
    assert!(migrations.ready(&url).await.unwrap());
    let again = migrations.run(&url).await.unwrap();
    assert!(again.steps.is_empty());
}

fn under_each_runtime<B: Engine>() {
    let steps: [(Code<B>, Code<B>); 2] = [
        (|op| create(op, "a"), |_| Ok(())),
        (|op| create(op, "b"), |_| Ok(())),
    ];
    for (name, start) in runtimes::ALL {
        let Some(database) = B::database() else {
            return;
        };
        let migrations = linear_history(&steps);
        let url = database.url.clone();
        println!("{name}");
        start(Box::pin(upgrade_in_two_parts(migrations, url)));
    }
}

#[test]
fn sqlite_upgrades_under_each_runtime() {
    under_each_runtime::<Sqlite>();
}

#[test]
fn postgres_upgrades_under_each_runtime() {
    under_each_runtime::<Postgres>();
}

#[test]
fn mysql_upgrades_under_each_runtime() {
    under_each_runtime::<Mysql>();
}

#[test]
fn a_health_check_does_not_create_the_database() {
    let database = <Sqlite>::database().unwrap();
    let migrations = linear_history::<Sqlite>(&[(|op| create(op, "a"), |_| Ok(()))]);
    assert!(!runtimes::block_on(migrations.ready(&database.url).into_future()).unwrap());
    assert!(!std::path::Path::new(&database.url).exists());
}

#[test]
fn tasks_of_the_same_thread_continue_during_a_run() {
    static GATE: Gate = Gate::new();
    let steps: [(Code<Sqlite>, Code<Sqlite>); 1] = [(
        |op| {
            GATE.pass();
            create(op, "a")
        },
        |_| Ok(()),
    )];
    let migrations = linear_history(&steps);
    let database = <Sqlite>::database().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let run = tokio::spawn(migrations.run(&database.url).into_future());
        while !GATE.is_reached() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        GATE.set(GateState::Open);
        assert_eq!(run.await.unwrap().unwrap().steps.len(), 1);
    });
}

/// Drops the future while the second of three revisions runs.
fn drop_in_the_middle<B: Engine>(gate: &'static Gate, steps: &[(Code<B>, Code<B>); 3]) {
    let Some(database) = B::database() else {
        return;
    };
    gate.set(GateState::Closed);
    let migrations = linear_history(steps);
    {
        let mut run = pin!(migrations.run(&database.url).into_future());
        let mut context = Context::from_waker(Waker::noop());
        assert!(run.as_mut().poll(&mut context).is_pending());
        gate.wait_until(GateState::Reached);
    }
    gate.set(GateState::Open);
    assert_eq!(
        applied_once_unlocked(migrations, &database.url),
        ["r1", "r2"]
    );
    gate.set(GateState::Open);
    let rest = runtimes::block_on(migrations.run(&database.url).into_future()).unwrap();
    assert_eq!(rest.heads, ["r3"]);
}

#[test]
fn a_dropped_run_ends_after_the_revision_that_runs() {
    static GATE: Gate = Gate::new();
    fn steps<B: Backend>() -> [(Code<B>, Code<B>); 3] {
        [
            (|op| create(op, "a"), |_| Ok(())),
            (
                |op| {
                    GATE.pass();
                    create(op, "b")
                },
                |_| Ok(()),
            ),
            (|op| create(op, "c"), |_| Ok(())),
        ]
    }
    drop_in_the_middle::<Sqlite>(&GATE, &steps());
    drop_in_the_middle::<Postgres>(&GATE, &steps());
    drop_in_the_middle::<Mysql>(&GATE, &steps());
}

#[test]
fn a_request_that_is_not_awaited_does_nothing() {
    let database = <Sqlite>::database().unwrap();
    let migrations = linear_history::<Sqlite>(&[(|op| create(op, "a"), |_| Ok(()))]);
    drop(migrations.run(&database.url));
    drop(migrations.run(&database.url).into_future());
    assert!(!std::path::Path::new(&database.url).exists());
}

#[test]
fn the_stop_flag_of_the_options_still_counts() {
    let database = <Sqlite>::database().unwrap();
    let migrations = linear_history::<Sqlite>(&[(|op| create(op, "a"), |_| Ok(()))]);
    let flag = Arc::new(true.into());
    let options = RunOptions::new().stop_when(flag);
    let run = migrations.run(&database.url).options(options);
    let error = runtimes::block_on(run.into_future()).unwrap_err();
    assert_eq!(error.code(), "interrupted");
}

struct Counter(Arc<AtomicU32>);

impl Observer for Counter {
    fn step_finished(&mut self, _: &StepReport) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_observer_receives_the_events() {
    let database = <Sqlite>::database().unwrap();
    let migrations = linear_history::<Sqlite>(&[
        (|op| create(op, "a"), |_| Ok(())),
        (|op| create(op, "b"), |_| Ok(())),
    ]);
    let count = Arc::new(AtomicU32::new(0));
    let run = migrations
        .run(&database.url)
        .observer(Counter(Arc::clone(&count)));
    runtimes::block_on(run.into_future()).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

struct Panicking;

impl Observer for Panicking {
    fn step_started(&mut self, _: &StepReport) {
        panic!("the observer is broken");
    }
}

#[test]
fn a_panic_of_the_observer_reaches_the_caller() {
    let database = <Sqlite>::database().unwrap();
    let migrations = linear_history::<Sqlite>(&[(|op| create(op, "a"), |_| Ok(()))]);
    let run = migrations.run(&database.url).observer(Panicking);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtimes::block_on(run.into_future())
    }));
    let message = caught.unwrap_err();
    assert_eq!(
        message.downcast_ref::<&str>(),
        Some(&"the observer is broken")
    );
    assert!(applied_once_unlocked(migrations, &database.url).is_empty());
}
