//! The plan of a deployment: revisions, heads before and after, and the schema of the database.

use migrate_graph::{Target, plan};

use crate::{dump, scratch};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, Warning};
use migrate_engine::hash;

/// The plan of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) target: String,
    pub(crate) heads_before: Vec<String>,
    pub(crate) heads_after: Vec<String>,
    pub(crate) steps: Vec<PlannedStep>,
    /// A hash of the current schema of the database.
    pub(crate) schema: String,
}

/// A revision that will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedStep {
    pub(crate) revision: String,
    pub(crate) message: String,
    pub(crate) checksum: String,
}

impl Planned {
    /// Makes a plan from the state of the database. Without a client, the database does not exist yet.
    ///
    /// # Errors
    ///
    /// The reason why the target can't be reached: unknown revisions, an ambiguous target, another process.
    pub(crate) fn new<B: Backend>(
        executor: &Executor<'_, B>,
        target: &Target,
        words: &str,
        client: Option<&mut B::Client>,
    ) -> Result<(Planned, Vec<Warning>), Error> {
        let migrations = executor.migrations;
        let (state, schema) = match client {
            Some(client) => {
                let state = executor.look(B::reader(client))?;
                let table = migrations.options().version_table;
                (state, scratch::inspect::<B>(B::reader(client), table)?)
            }
            None => Default::default(),
        };
        let assessment = executor.assess(&state, Some(target))?;
        let graph = &*assessment.known.graph;
        let plan = plan::upgrade(graph, &assessment.known.applied, target)?;
        let ids = |ids: &[migrate_graph::RevisionId]| ids.iter().map(ToString::to_string).collect();
        let steps = plan.steps.iter().map(|step| {
            let header = &migrations.known(step.revision.as_str())?.header;
            Ok(PlannedStep {
                revision: header.id.to_owned(),
                message: header.message.to_owned(),
                checksum: header.checksum.to_owned(),
            })
        });
        let planned = Planned {
            target: words.to_owned(),
            heads_before: ids(&assessment.known.applied.heads(graph)),
            heads_after: ids(&plan.heads_after),
            steps: steps.collect::<Result<_, Error>>()?,
            schema: format!("{:016x}", hash::fnv([dump::sql::<B>(&schema)])),
        };
        Ok((planned, executor.warnings(&state, &assessment)))
    }

    /// Returns the differences from the `approved` plan, one line each.
    pub(crate) fn differences(&self, approved: &Planned) -> Vec<String> {
        let list = |ids: &[String]| match ids {
            [] => "none".to_owned(),
            ids => ids.join(", "),
        };
        let steps = |plan: &Planned| {
            let steps = plan.steps.iter();
            list(&steps.map(|step| step.revision.clone()).collect::<Vec<_>>())
        };
        let mut differences = Vec::new();
        let mut compare = |what: &str, was: String, is: String| {
            if was != is {
                differences.push(format!("{what}: was {was}, is {is}"));
            }
        };
        compare(
            "heads",
            list(&approved.heads_before),
            list(&self.heads_before),
        );
        compare("revisions to apply", steps(approved), steps(self));
        compare(
            "heads afterwards",
            list(&approved.heads_after),
            list(&self.heads_after),
        );
        if approved.schema != self.schema {
            differences.push("the schema of the database has changed".to_owned());
        }
        for (was, is) in approved.steps.iter().zip(&self.steps) {
            if was.revision == is.revision && was.checksum != is.checksum {
                differences.push(format!("revision `{}` was edited", is.revision));
            }
        }
        differences
    }
}
