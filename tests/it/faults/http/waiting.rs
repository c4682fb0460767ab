//! Waiting for a transaction over HTTP: the newest ledger is asked for again and again.

use std::time::Duration;

use tokio::time::sleep;
use xrpl_txdata::{
    Event, Filter, Lookup, MonitorSource, ResolvedBy, TxData, TxHash, testing::Fault,
};

use crate::support::{Stage, ms, secs, timed, within};

/// Between two questions for the newest ledger.
const POLL: Duration = Duration::from_secs(3);

fn client(stage: &Stage, urls: &[&str]) -> TxData {
    stage.builder_of(urls.iter().map(|url| (*url).to_owned())).build().unwrap()
}

/// When the ledger of a transaction closed, by a clock that began with the lookup.
fn closing_time(stage: &Stage, hash: &TxHash) -> Duration {
    secs(4) * (stage.network.truth(hash).unwrap().ledger_index - 32579)
}

#[tokio::test(start_paused = true)]
async fn it_is_found_within_one_poll_of_its_ledgers_close() {
    for nodes in [&["http://n1.test"][..], &["http://n1.test", "https://n2.test"]] {
        let stage = Stage::new();
        let node = stage.node("n1.test");
        stage.node("n2.test");
        stage.network.run_clock();
        let txd = client(&stage, nodes);
        let hash = stage.pay_after(4);
        let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
        let tx = answer.unwrap().found().unwrap();
        assert_eq!((tx.hash(), tx.source().resolved_by), (hash, ResolvedBy::LedgerWatch));
        let late = elapsed - closing_time(&stage, &hash);
        assert!(late <= POLL, "{late:?}");
        // Five ledgers behind it, each new one, and the polls.
        assert!(node.requests("ledger") <= 5 + 6 + 8, "{}", node.requests("ledger"));
        // Nobody waits any more: nobody is asked any more.
        let asked = node.all_requests();
        sleep(secs(20)).await;
        assert_eq!(node.all_requests(), asked);
        stage.network.stop_clock();
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_beside_it_is_faster_and_leaves_it_in_peace() {
    let stage = Stage::new();
    let (asked, streams) = (stage.node("n1.test"), stage.node("n2.test"));
    stage.network.run_clock();
    let txd = client(&stage, &["http://n1.test", "ws://n2.test"]);
    let hash = stage.pay_after(4);
    let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
    let tx = answer.unwrap().found().unwrap();
    assert_eq!((tx.hash(), tx.source().endpoint.as_str()), (hash, "ws://n2.test"));
    assert_eq!(elapsed, closing_time(&stage, &hash));
    assert!(streams.requests("subscribe") == 1 && asked.requests("subscribe") == 0);
    // Only polls, and a few of the ledgers behind.
    assert!(asked.requests("ledger") <= 7 + 5, "{}", asked.requests("ledger"));
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn when_the_stream_is_lost_polling_goes_on() {
    for fault in [Fault::Silent, Fault::Refused, Fault::StopsSilently] {
        let stage = Stage::new();
        stage.node("n1.test");
        let streams = stage.node("n2.test");
        stage.network.run_clock();
        let txd = client(&stage, &["http://n1.test", "ws://n2.test"]);
        let hash = stage.pay_after(4);
        let breaking = async {
            sleep(secs(5)).await;
            streams.set_faults([fault]);
            if fault == Fault::Refused {
                streams.cut_connections();
            }
        };
        let ((answer, elapsed), ()) = tokio::join!(timed(txd.get_one(hash, 60)), breaking);
        let tx = answer.unwrap().found().unwrap();
        assert_eq!(tx.source().endpoint, "http://n1.test", "{fault:?}");
        let late = elapsed - closing_time(&stage, &hash);
        // What a silent stream may still say is waited for until the next ledger.
        assert!(late <= POLL + secs(5), "{fault:?}: {late:?}");
        stage.network.stop_clock();
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn never_is_certain_over_http_too() {
    let stage = Stage::new();
    stage.node("n1.test");
    stage.node("n2.test");
    stage.network.run_clock();
    let txd = client(&stage, &["http://n1.test", "http://n2.test"]);
    let last = stage.network.tip() + 4;
    let lookup = txd.lookup(stage.never_paid()).last_ledger_sequence(last).wait(secs(100));
    let (answer, elapsed) = timed(lookup).await;
    let Lookup::Absent(absence) = answer.unwrap() else { panic!("it was never paid") };
    assert!(absence.is_final(), "{absence}");
    assert!(elapsed > secs(16) - ms(1) && elapsed <= secs(16) + POLL, "{elapsed:?}");
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn nodes_that_fail_while_they_are_polled_are_replaced_and_come_back() {
    // How much later than the ledger's close, while both fail at last.
    for (fault, at_most) in [
        (Fault::RateLimited(5).times(2), 8),
        (Fault::Overloaded.times(2), 32),
        (Fault::Html.times(2), 8),
        (Fault::ClosesMidRequest.times(4), 8),
        (Fault::Error("tooBusy").times(2), 8),
        (Fault::NoReply.times(3), 8),
        (Fault::Error("lgrNotValidated").times(3), 8),
    ] {
        let stage = Stage::new();
        stage.network.run_clock();
        let nodes = ["n1.test", "n2.test"].map(|name| stage.node(name));
        let txd = client(&stage, &["http://n1.test", "http://n2.test"]);
        let hash = stage.pay_after(8);
        let breaking = async {
            sleep(secs(5)).await;
            nodes[0].set_faults([fault.on("ledger")]);
            sleep(secs(10)).await;
            nodes[1].set_faults([fault.on("ledger")]);
        };
        let ((answer, elapsed), ()) = tokio::join!(timed(txd.get_one(hash, 100)), breaking);
        assert!(answer.unwrap().is_found(), "{fault:?}");
        let late = elapsed - closing_time(&stage, &hash);
        assert!(late <= secs(at_most), "{fault:?}: {late:?}");
        stage.network.stop_clock();
        stage.ends(txd).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_server_is_polled_as_well() {
    let stage = Stage::new();
    stage.node("n1.test").set_faults([Fault::OnlyApi1]);
    stage.network.run_clock();
    let txd = client(&stage, &["http://n1.test"]);
    let hash = stage.pay_after(3);
    assert!(timed(txd.get_one(hash, 60)).await.0.unwrap().is_found());
    stage.network.stop_clock();
    stage.ends(txd).await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_works_by_polling_whatever_it_asks() {
    for source in [
        MonitorSource::Automatic,
        MonitorSource::Transactions,
        MonitorSource::Accounts,
        MonitorSource::Ledgers,
    ] {
        for urls in [
            &["http://n1.test"][..],
            &["http://n1.test", "https://n2.test"],
            &["http://n1.test", "ws://n2.test"],
        ] {
            println!("{source:?} from {urls:?}");
            monitors(source, urls).await;
        }
    }
}

/// Each payment is told once, though the second node is cut off in between.
async fn monitors(source: MonitorSource, urls: &[&str]) {
    let stage = Stage::new();
    stage.node("n1.test");
    let second = stage.node("n2.test");
    let shop = stage.network.account("shop");
    let txd = client(&stage, urls);
    let monitor = txd.monitor([shop]).filter(Filter::Incoming).source(source);
    let mut monitor = monitor.start().unwrap();
    stage.network.run_clock();
    sleep(secs(2)).await;
    let paid: Vec<TxHash> = (1..6).map(|ledgers| stage.pay_after(ledgers)).collect();
    let mut told = Vec::new();
    second.when_asked("ledger", 6, {
        let second = second.clone();
        move || second.cut_connections()
    });
    while told.len() < paid.len() {
        match within(monitor.next()).await.unwrap().unwrap() {
            Event::Incoming(payment) => told.push(payment.hash()),
            Event::LedgerDone(_) | Event::Outage { .. } | Event::Recovered { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, paid);
    stage.network.stop_clock();
    drop(monitor);
    stage.ends(txd).await;
}

/// Where ledgers close when somebody says so, no silence of theirs tells that the node is gone.
#[tokio::test(start_paused = true)]
async fn a_question_for_the_newest_ledger_that_is_never_answered_is_asked_again() {
    let stage = Stage::new();
    let node = stage.node("n1.test");
    let urls = ["http://n1.test".to_owned()];
    let txd = stage.builder_of(urls).standalone().build().unwrap();
    let (customer, shop) = (stage.network.account("customer"), stage.network.account("shop"));
    let hash = stage.network.pay(customer, shop, "25 XRP".parse().unwrap()).submit();
    let breaking = async {
        sleep(secs(10)).await;
        node.set_faults([Fault::NoReply.on("ledger").times(1)]);
        sleep(secs(60)).await;
        stage.network.close_ledger();
    };
    let ((answer, elapsed), ()) = tokio::join!(timed(txd.get_one(hash, 3600)), breaking);
    assert!(answer.unwrap().is_found());
    assert!(elapsed <= secs(70) + POLL, "{elapsed:?}");
    stage.ends(txd).await;
}
