//! Attacks by what messages say: ids that nobody knows, streams that nobody wants, nesting, size.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::{
    WebSocketStream, accept_async, client_async,
    tungstenite::{Message, protocol::Role},
};
use xrpl_txdata::{
    Event, MonitorSource,
    testing::{Fault, Link},
};

use super::*;

/// Ids that nobody knows, in two connections.
const IDS: u64 = 1_000_000;

#[test]
fn a_million_unknown_ids() {
    let answers: Vec<u8> = (0..IDS / 20)
        .flat_map(|id| {
            let id = u64::MAX - id;
            let text =
                format!(r#"{{"id":{id},"status":"success","type":"response","result":{{}}}}"#);
            [&[0x81, text.len() as u8][..], text.as_bytes()].concat()
        })
        .collect();
    let answers = Arc::new(answers);
    let attack = Attack::after_upgrade(move |mut far| {
        let answers = answers.clone();
        async move {
            for _ in 0..10 {
                let _ = far.write_all(&answers).await;
            }
            std::future::pending::<()>().await;
        }
    });
    attack.cost().is(256 << 10, NEXT, OVERALL);
}

#[test]
fn a_megabyte_of_unknown_messages_a_second() {
    let runtime = paused();
    let stage = runtime.block_on(async {
        let stage = Stage::new();
        stage.node("evil.test");
        stage.node("good.test");
        stage
    });
    let told = |floods: bool| {
        let peer = Flooded { network: stage.network.clone(), floods };
        let mut found_after = Duration::ZERO;
        let memory = allocation_counter::measure(|| {
            runtime.block_on(async {
                stage.network.run_clock();
                let txd = client(&stage, Arc::new(peer), &["ws://evil.test", "ws://good.test"]);
                let txd = txd.build().unwrap();
                // The watch hears both of them, for forty seconds.
                let hash = stage.pay_after(9);
                let (answer, elapsed) = timed(txd.get_one(hash, 60)).await;
                assert!(answer.unwrap().is_found());
                found_after = elapsed;
                stage.network.stop_clock();
                gone(txd).await;
            });
        });
        (memory.bytes_max, found_after)
    };
    let ((quiet, quietly), (flooded, found_after)) = (told(false), told(true));
    println!("{quiet} bytes, flooded {flooded}");
    assert_eq!((quietly, found_after), (secs(40), secs(40)), "nobody is kept waiting");
    assert!(flooded <= quiet + (1 << 20), "{flooded} bytes, {quiet} without the flood");
}

/// A way to a node on which unknown messages come as well: ten kilobytes every ten milliseconds.
struct Flooded {
    network: Network,
    floods: bool,
}

impl Connect for Flooded {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> Connecting<'a> {
        let (network, floods) = (self.network.clone(), self.floods);
        Box::pin(async move {
            let link = network.dial("evil.test", 80).await?;
            let (near, far) = tokio::io::duplex(64 << 10);
            tokio::spawn(inject(far, link, floods));
            Ok(Box::new(near) as Box<dyn xrpl_txdata::ByteStream>)
        })
    }
}

async fn inject(far: DuplexStream, link: Link, floods: bool) {
    let Ok(mut us) = accept_async(far).await else { return };
    let (mut node, _) = client_async("ws://node/", link).await.unwrap();
    let message = format!(r#"{{"type":"mystery","text":"{}"}}"#, "x".repeat(10_000));
    let mut every = tokio::time::interval(ms(10));
    loop {
        let sent = tokio::select! {
            asked = us.next() => match asked {
                Some(Ok(message)) => node.send(message).await,
                _ => return,
            },
            told = node.next() => match told {
                Some(Ok(message)) => us.send(message).await,
                _ => return,
            },
            _ = every.tick(), if floods => us.send(Message::text(message.clone())).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

#[test]
fn a_million_levels_of_nesting() {
    let (_, _, healthy) = faulty(Fault::UnknownFields);
    let (answer, elapsed, memory) = faulty(Fault::DeepNesting(1_000_000));
    assert!(answer.unwrap().is_found());
    assert_eq!(elapsed, ms(0));
    // Two megabytes of brackets, as the node makes, prints and sends them, and as they arrive.
    assert!(memory <= healthy + (24 << 20), "{memory} bytes, {healthy} without");
}

#[test]
fn a_message_over_the_limit() {
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&frame_head(0x81, MESSAGE as u64 + 1)).await;
        endlessly(&mut far, &[b' '; 4096]).await;
    });
    let cost = attack.cost();
    cost.is(256 << 10, ms(0), ms(0));
    assert_eq!(cost.failure, Failure::TooLarge { limit: MESSAGE });
}

/// A small message that is kept must not keep the large buffer in which it came.
#[test]
fn small_messages_behind_large_ones() {
    let runtime = paused();
    let network = Network::builder().seed(1).traffic(60).build();
    network.node("evil.test");
    let peak = |junk: usize| {
        let evil = Junk { network: network.clone(), bytes: junk };
        let memory = allocation_counter::measure(|| {
            runtime.block_on(async {
                let txd = TxData::builder().endpoints(["ws://evil.test"]).connect(evil);
                let txd = txd.build().unwrap();
                let shop = network.account("shop");
                let source = MonitorSource::Transactions;
                let mut monitor = txd.monitor([shop]).source(source).start().unwrap();
                let done = async {
                    while !matches!(monitor.next().await, Some(Ok(Event::LedgerDone(_)))) {}
                };
                let closed = async {
                    tokio::time::sleep(secs(1)).await;
                    network.close_ledger();
                };
                tokio::join!(done, closed);
                drop(monitor);
                gone(txd).await;
            });
        });
        memory.bytes_max
    };
    let (without, with) = (peak(1), peak(MESSAGE));
    println!("{without} bytes, behind large ones {with}");
    // Some on their way; a transaction each would be sixty.
    assert!(with <= without + 12 * MESSAGE as u64, "{with} bytes, {without} without");
}

/// A way to a node on which each transaction comes behind a message of so many bytes.
struct Junk {
    network: Network,
    bytes: usize,
}

impl Connect for Junk {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> Connecting<'a> {
        let (network, junk) = (self.network.clone(), text_frame(&" ".repeat(self.bytes)));
        Box::pin(async move {
            let link = network.dial("evil.test", 80).await?;
            let (near, far) = tokio::io::duplex(64 << 10);
            tokio::spawn(behind_junk(far, link, junk));
            Ok(Box::new(near) as Box<dyn xrpl_txdata::ByteStream>)
        })
    }
}

async fn behind_junk(mut far: DuplexStream, link: Link, junk: Vec<u8>) {
    upgrade(&mut far, "").await;
    let (mut from_us, mut to_us) = tokio::io::split(far);
    let (mut node, _) = client_async("ws://node/", link).await.unwrap();
    let mut us = WebSocketStream::from_raw_socket(
        tokio::io::join(&mut from_us, tokio::io::sink()),
        Role::Server,
        None,
    )
    .await;
    loop {
        tokio::select! {
            asked = us.next() => match asked {
                Some(Ok(message)) => node.send(message).await.unwrap(),
                _ => return,
            },
            told = node.next() => {
                let Some(Ok(Message::Text(text))) = told else { return };
                if text.contains(r#""type":"transaction""#) {
                    let _ = to_us.write_all(&junk).await;
                    tokio::time::sleep(ms(1)).await;
                }
                let _ = to_us.write_all(&text_frame(&text)).await;
                tokio::time::sleep(ms(1)).await;
            }
        }
    }
}

/// Seven characters that take six hundred bytes when they are read.
#[test]
fn values_that_take_a_hundred_times_their_text() {
    let values = r#"{"":0},"#.repeat(MESSAGE / 7 - 20);
    let result = Arc::new(format!(r#""result":{{"info":[{values}0]}}}}"#));
    let told = result.clone();
    let attack = Attack::new("ws", move |far| {
        let told = told.clone();
        async move {
            let Ok(mut us) = accept_async(far).await else { return };
            while let Some(Ok(Message::Text(asked))) = us.next().await {
                let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
                let text = format!(r#"{{"id":{},{told}"#, asked["id"]);
                if us.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        }
    });
    let cost = attack.cost();
    cost.is(10 * MESSAGE, ms(0), ms(0));
    assert!(matches!(cost.failure, Failure::Unreadable(_)), "{:?}", cost.failure);
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{";
    let attack = Attack::after_request(head, move |mut far| {
        let result = result.clone();
        async move {
            let _ = far.write_all(result.as_bytes()).await;
        }
    });
    let cost = attack.cost();
    cost.is(10 * MESSAGE, ms(0), ms(0));
    assert!(matches!(cost.failure, Failure::Unreadable(_)), "{:?}", cost.failure);
}
