//! Attacks by the frames of a WebSocket: too long, without end, compressed, and nothing but pings.

use super::*;

#[test]
fn a_frame_that_claims_more_than_there_can_be() {
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&frame_head(0x81, u64::MAX >> 1)).await;
        endlessly(&mut far, &[b'x'; 4096]).await;
    });
    let cost = attack.cost();
    cost.is(256 << 10, ms(0), ms(0));
    assert_eq!(cost.failure, Failure::TooLarge { limit: MESSAGE });
}

#[test]
fn a_frame_of_the_largest_size_that_never_ends() {
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&frame_head(0x81, MESSAGE as u64)).await;
        let _ = far.write_all(&vec![b' '; MESSAGE - 1]).await;
        std::future::pending::<()>().await;
    });
    let cost = attack.cost();
    // The frame, and the attacker's copy of it.
    cost.is(2 * MESSAGE + (256 << 10), NEXT, OVERALL);
    assert_eq!(cost.failure, Failure::NoAnswer { unreadable: 0 });
}

#[test]
fn fragments_without_end() {
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&[0x01, 1, b' ']).await;
        let fragment = [frame_head(0x00, 4096), vec![b' '; 4096]].concat();
        endlessly(&mut far, &fragment).await;
    });
    let cost = attack.cost();
    // A buffer that grows to the double is copied once more.
    cost.is(3 * MESSAGE + (256 << 10), cost.beside, cost.alone);
    assert!(cost.beside <= NEXT && cost.alone < secs(2), "{:?}", cost.alone);
    assert_eq!(cost.failure, Failure::TooLarge { limit: MESSAGE });
}

#[test]
fn empty_fragments_without_end() {
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&[0x01, 1, b' ']).await;
        endlessly(&mut far, &[0x00, 0].repeat(1000)).await;
    });
    attack.cost().is(256 << 10, NEXT, OVERALL);
}

#[test]
fn pings_without_end() {
    // Whoever sends them does not read what answers them.
    let attack = Attack::after_upgrade(|mut far| async move {
        let ping = [&[0x89, 125][..], &[7; 125]].concat();
        endlessly(&mut far, &ping.repeat(100)).await;
    });
    // What waits to be sent is bounded by itself.
    attack.cost().is(9 << 20, NEXT, OVERALL);
}

#[test]
fn compression_that_nobody_asked_for() {
    let attack = Attack::new("ws", |mut far| async move {
        upgrade(&mut far, "Sec-WebSocket-Extensions: permessage-deflate\r\n").await;
        std::future::pending::<()>().await;
    });
    let cost = attack.cost();
    cost.is(128 << 10, ms(0), ms(0));
    assert!(matches!(&cost.failure, Failure::Upgrade(text) if text.contains("extension")));
    // Without a word about it: the first of the reserved bits.
    let attack = Attack::after_upgrade(|mut far| async move {
        let _ = far.write_all(&[0xC1, 2, 0x03, 0x00]).await;
        std::future::pending::<()>().await;
    });
    let cost = attack.cost();
    cost.is(128 << 10, ms(0), ms(0));
    assert!(matches!(cost.failure, Failure::Broken(_)), "{:?}", cost.failure);
}

#[test]
fn a_compressed_answer_over_http_is_not_unpacked() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n";
    let attack = Attack::after_request(head, |mut far| async move {
        // The head of a gzip file.
        let _ = far.write_all(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3]).await;
        std::future::pending::<()>().await;
    });
    let cost = attack.cost();
    cost.is(128 << 10, ms(0), ms(0));
    assert!(matches!(cost.failure, Failure::Unreadable(_)), "{:?}", cost.failure);
}

#[test]
fn an_answer_at_a_byte_a_second() {
    let answer = text_frame(r#"{"id":1,"status":"success","type":"response","result":{}}"#);
    let attack = Attack::after_upgrade(move |mut far| {
        let answer = answer.clone();
        async move { slowly(&mut far, &answer).await }
    });
    let cost = attack.cost();
    cost.is(128 << 10, NEXT, OVERALL);
    assert_eq!(cost.failure, Failure::NoAnswer { unreadable: 0 });
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let attack = Attack::after_request(head, |mut far| async move {
        slowly(&mut far, &[b' '; 1000]).await;
    });
    attack.cost().is(128 << 10, NEXT, OVERALL);
}

#[test]
fn a_body_without_end_over_http() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let attack = Attack::after_request(head, |mut far| async move {
        let chunk = [b"1000\r\n", &[b' '; 4096][..], b"\r\n"].concat();
        endlessly(&mut far, &chunk).await;
    });
    let cost = attack.cost();
    cost.is(3 * MESSAGE + (256 << 10), cost.beside, cost.alone);
    assert_eq!(cost.failure, Failure::TooLarge { limit: MESSAGE });
    assert!(cost.beside <= NEXT + ms(100) && cost.alone <= secs(2), "{:?}", cost.alone);
}
