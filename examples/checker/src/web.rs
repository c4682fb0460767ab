//! The pages, and what is sent to them.

mod hook;
mod live;
mod pages;
mod text;

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use crate::{
    named,
    order::{self, Order},
    play::Trick,
    shop::Shop,
};

/// The longest request, in bytes.
const LONGEST_BODY: usize = 64 << 10;

type Shared = State<Arc<Shop>>;

/// All addresses of the service.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/", get(front).post(create))
        .route("/orders/{id}", get(order_page))
        .route("/orders/{id}/events", get(live::events))
        .route("/orders/{id}/play/{trick}", post(play))
        .route("/payments", get(payments))
        .route("/health", get(health))
        .route("/xaman", post(hook::xaman))
        .route("/style.css", get(|| asset("text/css", include_str!("web/style.css"))))
        .route("/live.js", get(|| asset("text/javascript", include_str!("web/live.js"))))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(shop)
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text)
}

async fn front(State(shop): Shared) -> Result<Html<String>, Trouble> {
    Ok(Html(pages::front(&shop, None)?))
}

#[derive(Deserialize)]
struct NewOrder {
    amount: String,
    asset: String,
}

async fn create(State(shop): Shared, Form(new): Form<NewOrder>) -> Result<Response, Trouble> {
    let refused = |complaint: &str| -> Result<Response, Trouble> {
        let page = Html(pages::front(&shop, Some(complaint))?);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if !shop.assets.contains(&new.asset) {
        return refused("That is none of the assets that are accepted here.");
    }
    match order::read_amount(&new.amount, &new.asset) {
        Err(complaint) => refused(&complaint),
        Ok(amount) => match shop.store.add_order(&amount)? {
            Some(id) => Ok(Redirect::to(&format!("/orders/{id}")).into_response()),
            None => refused("The network has not answered yet. Try again in a few seconds."),
        },
    }
}

async fn order_page(State(shop): Shared, Path(id): Path<i64>) -> Result<Html<String>, Trouble> {
    Ok(Html(pages::order(&shop, &find(&shop, id)?)?))
}

async fn play(
    State(shop): Shared,
    Path((id, trick)): Path<(i64, String)>,
) -> Result<Redirect, Trouble> {
    let order = find(&shop, id)?;
    let (Some(play), Some(trick)) = (&shop.play, Trick::read(&trick)) else {
        return Err(Trouble::NotFound);
    };
    for hash in play.pay(&order, trick)? {
        if shop.store.name(&hash, id)? {
            tokio::spawn(named::settle(shop.clone(), hash, id));
        }
    }
    shop.changed();
    Ok(Redirect::to(&format!("/orders/{id}")))
}

async fn payments(State(shop): Shared) -> Result<Html<String>, Trouble> {
    Ok(Html(pages::payments(&shop)?))
}

async fn health(State(shop): Shared) -> Html<String> {
    Html(pages::health(&shop))
}

fn find(shop: &Shop, id: i64) -> Result<Order, Trouble> {
    shop.store.order(id)?.ok_or(Trouble::NotFound)
}

/// Why there is no page.
enum Trouble {
    NotFound,
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble::Broken(error.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Trouble::NotFound => (StatusCode::NOT_FOUND, Html(pages::not_found())).into_response(),
            Trouble::Broken(error) => {
                // Visitors need not know how the inside looks.
                eprintln!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, Html(pages::broken())).into_response()
            }
        }
    }
}
