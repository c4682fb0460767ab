//! Attacks before the first word: the name, TLS, the answer to the upgrade.

use xrpl_txdata::ConnectError;

use super::*;

/// The first bytes of a TLS server: a record of the handshake, and a message that claims its largest size.
const SERVER_HELLO: [u8; 9] = [0x16, 3, 3, 0x40, 0, 2, 0xFF, 0xFF, 0xFF];

/// The limit of an answer's head is 16 KiB; it is read into a buffer that doubles, and as many lines. What
/// is on its way in the test's pipes counts too.
const ANSWER: usize = 192 << 10;

#[test]
fn headers_without_end() {
    let headers = b"X-Padding: 0123456789abcdef\r\n".repeat(30);
    let attacks = [
        Attack::new("ws", move |mut far| {
            let headers = headers.clone();
            async move {
                let _ = far.write_all(b"HTTP/1.1 101 Switching Protocols\r\n").await;
                endlessly(&mut far, &headers).await;
            }
        }),
        Attack::after_request("HTTP/1.1 200 OK\r\n", |mut far| async move {
            endlessly(&mut far, &b"X-Padding: 0123456789abcdef\r\n".repeat(30)).await;
        }),
    ];
    for attack in attacks {
        let cost = attack.cost();
        cost.is(ANSWER, cost.beside, cost.alone);
        assert!(cost.beside <= NEXT && cost.alone <= NEXT, "{:?}", cost.failure);
        let failure = &cost.failure;
        assert!(matches!(failure, Failure::Upgrade(_) | Failure::Broken(_)), "{failure:?}");
    }
}

#[test]
fn a_line_without_end() {
    let attack = Attack::new("ws", |mut far| async move {
        endlessly(&mut far, &[b'x'; 1000]).await;
    });
    let cost = attack.cost();
    cost.is(ANSWER, cost.beside, cost.alone);
    assert!(matches!(&cost.failure, Failure::Upgrade(text) if text.contains("16384")));
}

#[test]
fn provisional_answers_without_end() {
    let attack = Attack::after_request("", |mut far| async move {
        endlessly(&mut far, b"HTTP/1.1 102 Processing\r\n\r\n").await;
    });
    attack.cost().is(ANSWER, NEXT, OVERALL);
}

#[test]
fn an_upgrade_at_a_byte_a_second() {
    let attack = Attack::new("ws", |mut far| async move {
        slowly(&mut far, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n").await;
    });
    attack.cost().is(ANSWER, NEXT, OVERALL);
    let attack = Attack::after_request("", |mut far| async move {
        slowly(&mut far, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n").await;
    });
    attack.cost().is(ANSWER, NEXT, OVERALL);
}

#[test]
fn a_tls_handshake_at_a_byte_a_second() {
    for scheme in ["wss", "https"] {
        let attack = Attack::new(scheme, |mut far| async move {
            slowly(&mut far, &SERVER_HELLO.repeat(10)).await;
        });
        attack.cost().is(256 << 10, NEXT, OVERALL);
    }
}

#[test]
fn a_tls_handshake_without_end() {
    let attack = Attack::new("wss", |mut far| async move {
        let _ = far.write_all(&SERVER_HELLO).await;
        let _ = far.write_all(&[0; 0x4000 - 4]).await;
        let record = [&[0x16, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat();
        endlessly(&mut far, &record).await;
    });
    let cost = attack.cost();
    cost.is(512 << 10, cost.beside, cost.alone);
    assert!(cost.alone <= NEXT && matches!(cost.failure, Failure::Tls(_)), "{:?}", cost.failure);
}

#[test]
fn a_name_that_is_never_looked_up() {
    struct NoAnswer;
    impl Connect for NoAnswer {
        fn connect<'a>(&'a self, _: &'a Endpoint) -> Connecting<'a> {
            Box::pin(std::future::pending::<Result<_, ConnectError>>())
        }
    }
    let attack = Attack { scheme: "wss", evil: Arc::new(NoAnswer) };
    attack.cost().is(0, NEXT, OVERALL);
}
