//! `POST /alerts/{id}/retry`: sends a message again, as `alerts retry ID` does.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;

use crate::model::DeliveryState;

use super::super::refusal::Refusal;
use super::super::site::Site;

/// Makes the message of an alert due now, and leads back to the first page.
pub(in super::super) async fn retry(State(site): State<Site>, Path(id): Path<i64>) -> Result<Redirect, Refusal> {
    let store = &site.daemon.store;
    let Some(row) = store.outbox_row(id).await? else {
        return Err(Refusal::not_found(&format!("there is no alert {id}")));
    };
    if row.state == DeliveryState::Sent {
        let message = format!("alert {id} was sent already");
        return Err(Refusal::new(StatusCode::CONFLICT, "sent", &message).hint("only what was not sent is sent again"));
    }
    store.retry(Some(&[id]), site.daemon.clock.now()).await?;
    site.daemon.recorded();
    Ok(Redirect::to("/"))
}
