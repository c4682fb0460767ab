//! The service in a process of its own, and a small client for its pages.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Nothing is waited for any longer.
const CEILING: Duration = Duration::from_secs(30);

pub(crate) struct Service {
    process: Child,
    address: String,
}

impl Service {
    /// Starts it on a free port.
    pub(crate) fn start(arguments: &[&str]) -> Service {
        let mut process = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("XAMAN_SECRET")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").expect("it says where it is").to_owned();
        Service { process, address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Status and text of a page.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.request("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        self.request("POST", path, headers, body)
    }

    /// Makes an order, as soon as the service is ready for one; gives its number.
    pub(crate) fn order(&self, amount: &str, asset: &str) -> i64 {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("amount={amount}&asset={}", asset.replace(':', "%3A"));
        until(|| {
            let (status, text) = self.post("/", &form, &body);
            assert!(status == 303 || text.contains("not answered yet"), "{status} {text}");
            let (_, rest) = text.split_once("location: /orders/")?;
            rest.lines().next()?.parse().ok()
        })
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(CEILING)).unwrap();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        (text[9..12].parse().unwrap(), text)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Looks again and again until it is there.
#[track_caller]
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < CEILING, "it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}
