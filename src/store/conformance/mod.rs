//! What every implementation of the seams must do. Each test reopens the store in its middle.

use std::fmt;

use super::*;
use crate::domain::{Lesson, LessonId, MicroUsd, RunEvent, RunId};

mod audit;
mod budgets;
mod embeddings;
mod journal;
mod lessons;
mod outbox;
mod outcomes;
mod pins;
pub(crate) mod samples;
mod scopes;

pub(crate) use audit::*;
pub(crate) use budgets::*;
pub(crate) use embeddings::*;
pub(crate) use journal::*;
pub(crate) use lessons::*;
pub(crate) use outbox::*;
pub(crate) use outcomes::*;
pub(crate) use pins::*;
pub(crate) use scopes::*;

/// Makes one test of each function of the suite, over the subject that `$subject` gives.
macro_rules! suite {
    ($subject:path) => {
        conformance::suite! { $subject;
            a_run_is_read_back_in_order
            a_writer_that_is_behind_is_refused
            of_a_hundred_writers_one_gets_each_number
            open_runs_are_listed_newest_first
            outputs_are_kept_whole
            a_long_event_is_kept_whole
            a_key_belongs_to_the_first_request
            ended_runs_are_forgotten_with_what_is_theirs_alone
            money_is_set_aside_with_the_events_or_not_at_all
            a_charge_is_booked_once
            another_project_sees_nothing
            lessons_are_written_all_or_none
            revisions_of_lessons_are_numbered_in_order
            vectors_are_read_page_by_page
            a_newer_vector_takes_the_place_of_the_older
            vectors_of_two_embedders_are_never_mixed
            routes_are_found_again
            routes_are_listed_newest_first
            the_newest_outcomes_come_oldest_first
            a_tool_is_pinned_once_and_pinned_again_only_instead_of_what_it_was
            of_too_many_pins_the_oldest_makes_room
            a_message_is_kept_with_its_event_or_not_at_all
            a_message_is_on_one_shelf_at_a_time
            outcomes_of_other_projects_come_by_project
            an_outcome_keeps_who_said_so_and_what_it_took
            audit_entries_are_leaves
            the_audit_log_belongs_to_the_organisation
            an_entry_keeps_the_document_it_was_judged_by
            what_nobody_waits_for_is_there_when_the_log_is_read
            a_log_is_read_in_parts
            an_entry_is_proved_by_the_head_of_its_log
        }
    };
    ($subject:path; $($test:ident)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                conformance::$test($subject()).await;
            }
        )*
    };
}
pub(crate) use suite;

/// A store under test.
pub(crate) struct Subject {
    open: Box<dyn FnMut() -> Stores>,
}

impl Subject {
    /// `open` gives the stores again, as they were left; all earlier ones were dropped.
    pub(crate) fn new(open: impl FnMut() -> Stores + 'static) -> Self {
        Self { open: Box::new(open) }
    }

    fn open(&mut self) -> Stores {
        (self.open)()
    }

    fn reopen(&mut self, stores: Stores) -> Stores {
        drop(stores);
        self.open()
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}
