//! A run against a real server in stand-alone mode, or any that speaks its language: real payments, and
//! every word of the library held against the server's own state.
//!
//! Off unless `XRPL_LIVE_URL` names the server's WebSocket. What else can be set, and how such a server is
//! started: tests/README.md. What the server leaves out is skipped, and says so; what is wrong fails.

mod absences;
mod http;
mod line;
mod monitors;
mod payments;
mod proofs;
mod report;
mod run;
mod server;
mod state;
mod verdicts;
mod waits;
mod wallet;

use std::{env, time::SystemTime};

use serde_json::json;
use xrpl_txdata::{
    AccountHistory, Builder, Error, Failure, MonitorSource, TxData, TxHash, Unfit, WatchSource,
    testing::Network,
};

use self::{
    line::Line,
    report::{Checked, Report, skipped},
    run::Run,
    server::{Closing, Server},
    wallet::Wallet,
};
use crate::support::secs;

/// The account that has everything in a new ledger: xrpl.org, "Start a New Genesis Ledger in Stand-Alone
/// Mode".
const GENESIS: &str = "masterpassphrase";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_is_understood() {
    let Some(url) = setting("XRPL_LIVE_URL") else {
        println!("skipped: no live server; set XRPL_LIVE_URL, see tests/README.md");
        return;
    };
    let named = Named {
        url,
        admin: setting("XRPL_LIVE_ADMIN_URL"),
        http: setting("XRPL_LIVE_HTTP_URL"),
        secret: setting("XRPL_LIVE_SEED"),
        network_id: setting("XRPL_LIVE_NETWORK_ID").map(|id| id.parse().expect("a network id")),
    };
    named.report().await.close();
}

#[tokio::test]
async fn a_server_that_takes_no_payments_is_asked_what_it_can_be_asked() {
    let network = Network::builder().seed(1).interval(secs(1)).build();
    let node = network.node("n1.test");
    let url = network.listen(&node).await.unwrap().ws_url();
    network.run_clock();
    let report = Named { url, ..Named::default() }.report().await;
    assert_eq!(report.done(), 1, "what it does not have is not there");
    report.close();
}

/// What somebody says of the server.
#[derive(Default)]
struct Named {
    url: String,
    admin: Option<String>,
    http: Option<String>,
    secret: Option<String>,
    network_id: Option<u32>,
}

/// What the builder must be told of this server.
#[derive(Clone, Copy, Debug)]
struct Settings {
    network_id: u32,
    silent: bool,
    partial: bool,
}

impl Settings {
    fn builder(self, url: &str) -> Builder {
        let builder = TxData::builder().endpoints([url]).standalone().network_id(self.network_id);
        let builder = if self.silent { builder.accept_silent_network() } else { builder };
        if self.partial { builder.allow_partial_history() } else { builder }
    }
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Named {
    async fn report(&self) -> Report {
        let mut report = Report::default();
        match meet(self).await {
            Ok(run) => {
                report.interval = run.server.interval;
                all(&run, self.http_url(), &mut report).await;
            }
            Err(halt) => report.item("server", async { Err(halt) }).await,
        }
        report
    }

    fn http_url(&self) -> Option<&str> {
        let admin = self.admin.as_deref().filter(|url| url.starts_with("http://"));
        self.http.as_deref().or(admin)
    }
}

async fn meet(named: &Named) -> Checked<Run> {
    let Named { url, admin, secret, network_id, .. } = named;
    let admin = admin.as_ref().unwrap_or(url);
    let line = |url: &str| Line::new(url).unwrap_or_else(|error| panic!("{error}"));
    let mut server = Server::meet(line(url), line(admin)).await?;
    let info = server.info().await?;
    let silent = server.network_id.is_none();
    let network_id = server.network_id.or(*network_id).unwrap_or(0);
    server.network_id = Some(network_id);
    println!(
        "live: {} {}, state {}, network {network_id}{}, ledgers {}, reserve {:?}, closes {:?}",
        url,
        info["build_version"],
        info["server_state"],
        if silent { " (it names none)" } else { "" },
        info["complete_ledgers"],
        server.reserve,
        server.closing,
    );
    let mut settings = Settings { network_id, silent, partial: false };
    let nothing = TxHash::from_bytes([0x5A; 32]);
    if let Err(error) = settings.builder(url).build()?.lookup(nothing).await
        && let Some(unfit) = unfit(&error)
    {
        println!("live: not believed to have the whole history: {unfit}");
        settings.partial = true;
    }
    let streams_ledgers = streams(&server, &["ledger"]).await;
    let source = if streams(&server, &["ledger", "transactions"]).await {
        WatchSource::Stream
    } else {
        WatchSource::HashLists
    };
    let lines = json!({ "account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh" });
    let lines = match server.line.ask("account_lines", lines).await {
        Err(refused) => refused.token == "actNotFound",
        Ok(_) => true,
    };
    let run = SystemTime::UNIX_EPOCH.elapsed().expect("it is later than that").as_nanos();
    let wallet = |name: &str| Wallet::named(&format!("{name} {run}"));
    Ok(Run {
        txd: settings.builder(url).watch_source(source).build()?,
        url: url.to_owned(),
        settings,
        streams: streams_ledgers,
        source,
        lines,
        root: Wallet::of_secret(secret.as_deref().unwrap_or(GENESIS)),
        alice: wallet("alice"),
        bob: wallet("bob"),
        gate: wallet("gate"),
        journal: Default::default(),
        server,
    })
}

/// A server that says itself that it does not have everything.
fn unfit(error: &Error) -> Option<&Unfit> {
    error.attempts().iter().find_map(|attempt| match &attempt.failure {
        Failure::Unfit(unfit @ Unfit::PartialHistory { .. }) => Some(unfit),
        _ => None,
    })
}

async fn streams(server: &Server, names: &[&str]) -> bool {
    let fields = json!({ "streams": names });
    let subscribed = server.line.ask("subscribe", fields.clone()).await;
    if let Err(refused) = &subscribed {
        println!("live: {refused}");
    }
    server.line.ask("unsubscribe", fields).await.ok();
    subscribed.is_ok()
}

async fn all(run: &Run, http: Option<&str>, report: &mut Report) {
    report.item("unknown hash", absences::unknown(run)).await;
    if run.server.closing == Closing::Never {
        let why = "its ledgers close neither by ledger_accept nor by themselves";
        return report.item("everything else", async { skipped(why) }).await;
    }
    let mut live = if run.streams { monitors::begin(run).await } else { None };
    let begun = run.server.validated().await.unwrap_or(0);
    report.item("new accounts", payments::fund(run)).await;
    if run.journal().is_empty() {
        let why = "nobody has any money, see above";
        return report.item("everything else", async { skipped(why) }).await;
    }
    report.item("payment in XRP", payments::xrp(run)).await;
    report.item("payment that fails", payments::failure(run)).await;
    report.item("not validated yet", absences::not_yet(run)).await;
    report.item("token", payments::token(run)).await;
    report.item("partial payment", payments::partial(run)).await;
    report.item("check", payments::check(run)).await;
    report.item("escrow", payments::escrow(run)).await;
    report.item("payment channel", payments::channel(run)).await;
    report.item("offer", payments::offer(run)).await;
    report.item("orders in XRP", verdicts::xrp(run)).await;
    report.item("orders in tokens", verdicts::tokens(run)).await;
    report.item("compact id", absences::by_place(run)).await;
    report.item("found in its last ledger", absences::in_time(run)).await;
    report.item("expired", absences::expired(run)).await;
    if run.streams {
        report.item("expiring while waited for", absences::expiring_while_waited_for(run)).await;
        report.item("wait, streamed", waits::by(run, WatchSource::Stream)).await;
        report.item("wait, by lists", waits::by(run, WatchSource::HashLists)).await;
        report.item("wait, many at once", waits::together(run)).await;
        report.item("wait after a pause", waits::after_a_pause(run)).await;
    } else {
        report.item("waits", async { skipped("it streams no ledgers") }).await;
    }
    report.item("wait over HTTP", http::wait(run, http)).await;

    let last = run.server.close().await.unwrap_or(begun);
    let first = begun + 1;
    report.item("monitor all along", monitors::live(run, live.as_mut(), first, last)).await;
    for (name, source, history) in [
        ("monitor of ledgers", MonitorSource::Ledgers, AccountHistory::Never),
        ("monitor of the stream", MonitorSource::Transactions, AccountHistory::Never),
        ("monitor of histories", MonitorSource::Accounts, AccountHistory::From(1)),
    ] {
        let heard = monitors::afterwards(run, source, history, (first, last));
        report.item(name, heard).await;
    }
    report.item("monitor that dies and goes on", monitors::gone_on(run, first, last)).await;
    report.item("monitor of all that touches", monitors::touching(run, first, last)).await;
    report.item("lookups over HTTP", http::lookups(run, http)).await;
    report.item("monitor over HTTP", http::monitor(run, http, first, last)).await;
    report.item("proof", proofs::prove(run)).await;
    run.txd.close().await;
}
