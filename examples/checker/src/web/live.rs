//! The state of an order, sent to its page whenever it changes.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Path, State},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};

use super::{Shared, Trouble, find, pages};

pub(super) async fn events(
    State(shop): Shared,
    Path(id): Path<i64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Trouble> {
    find(&shop, id)?;
    let mut changes = shop.changes();
    // The state at the beginning is sent as well: it may have changed since the page was made.
    changes.mark_changed();
    let stream = stream::unfold(
        (shop, changes, String::new()),
        move |(shop, mut changes, last)| async move {
            loop {
                changes.changed().await.ok()?;
                let order = find(&shop, id).ok()?;
                let state = pages::state(&shop, &order).ok()?;
                if state != last {
                    let event = Event::default().data(&state);
                    return Some((Ok(event), (shop, changes, state)));
                }
            }
        },
    );
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
