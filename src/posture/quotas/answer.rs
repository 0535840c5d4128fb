//! Rows as an answer.

use super::quota::{DEFAULT, Quota, Quotas, Source};
use super::row::{Row, State, subject_of};
use super::survey::Survey;
use crate::answer::{QuotaCounts, QuotaRow, QuotaState, QuotasAnswer};
use crate::model::Estate;

/// The answer that a survey of these quotas gives.
pub(crate) fn answer(estate: &Estate, survey: &Survey, wanted: Quotas, near: u8) -> QuotasAnswer {
    let counts = |quota: Quota| {
        let counts = survey.counts(quota);
        QuotaCounts {
            quota: quota.name(),
            subjects: counts.rows,
            near: counts.near,
            full: counts.full,
            unknown: counts.unknown,
        }
    };
    QuotasAnswer {
        schema: QuotasAnswer::SCHEMA,
        near,
        quotas: Quota::all().filter(|quota| wanted.has(*quota)).map(counts).collect(),
        rows: survey.rows.iter().map(|row| shown(estate, row, near)).collect(),
    }
}

fn shown(estate: &Estate, row: &Row, near: u8) -> QuotaRow {
    let (owner, subject, name) = subject_of(estate, row.subject);
    let account = owner.map(|ix| estate.account(ix));
    QuotaRow {
        quota: row.quota.name(),
        subject,
        name,
        account: account.map(|account| account.id().to_string()).unwrap_or_default(),
        account_name: account.map(|account| account.shown_name().to_owned()).unwrap_or_default(),
        used: row.used.ok(),
        limit: row.limit.most,
        room: row.room(),
        state: match row.state(near) {
            State::Unknown => QuotaState::Unknown,
            State::Over => QuotaState::Over,
            State::Full => QuotaState::Full,
            State::Near => QuotaState::Near,
            State::Room => QuotaState::Room,
        },
        source: match row.limit.source {
            Source::Summary => QuotaRow::STATED,
            Source::Default => DEFAULT,
        },
        reason: row.used.err().map(|why| why.text(estate)),
    }
}
