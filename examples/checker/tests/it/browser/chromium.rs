//! A headless Chromium, driven by its DevTools protocol.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

/// Nothing is waited for any longer.
const CEILING: Duration = Duration::from_secs(30);

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser; it ends with this.
pub(super) struct Chromium {
    process: Child,
    profile: PathBuf,
    /// Where the protocol is spoken: `127.0.0.1:40001` and the path.
    address: (String, String),
}

impl Chromium {
    /// None where there is none.
    pub(super) async fn start() -> Option<Chromium> {
        let path = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&path)
            .flat_map(|folder| NAMES.map(|name| folder.join(name)))
            .find(|program| program.is_file())?;
        let profile = std::env::temp_dir().join(format!("checker-chromium-{}", std::process::id()));
        let mut process = Command::new(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a browser that is there starts");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let line = lines.by_ref().find_map(|line| {
            line.unwrap().strip_prefix("DevTools listening on ws://").map(str::to_owned)
        });
        let line = line.expect("it says where it listens");
        // Somebody must go on reading, or it comes to a halt.
        std::thread::spawn(move || lines.for_each(drop));
        let (host, path) = line.split_once('/').unwrap();
        let address = (host.to_owned(), format!("/{path}"));
        Some(Chromium { process, profile, address })
    }

    /// A new page of this size.
    pub(super) async fn page(&mut self, (width, height): (u32, u32)) -> Page {
        let (host, path) = &self.address;
        let stream = TcpStream::connect(host).await.unwrap();
        let (socket, _) = client_async(format!("ws://{host}{path}"), stream).await.unwrap();
        let mut page = Page { socket, session: None, calls: 0 };
        let target = page.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = page.call("Target.attachToTarget", attach).await;
        page.session = attached["sessionId"].as_str().map(str::to_owned);
        let phone = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        page.call("Emulation.setDeviceMetricsOverride", phone).await;
        page
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// One tab.
pub(super) struct Page {
    socket: WebSocketStream<TcpStream>,
    session: Option<String>,
    calls: u64,
}

impl Page {
    pub(super) async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url})).await;
        self.settle().await;
    }

    /// Until the page is loaded, the one that a click has led to included.
    pub(super) async fn settle(&mut self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
        self.until("document.readyState === 'complete'").await;
    }

    /// The value of an expression.
    pub(super) async fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", asked).await;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    pub(super) async fn until(&mut self, condition: &str) {
        for _ in 0..300 {
            if self.eval(&format!("Boolean({condition})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let text = self.eval("document.body.innerText").await;
        panic!("{condition} does not become true: {text}");
    }

    /// The whole page as PNG.
    pub(super) async fn screenshot(&mut self) -> Vec<u8> {
        let asked = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.call("Page.captureScreenshot", asked).await;
        data_encoding::BASE64.decode(answer["data"].as_str().unwrap().as_bytes()).unwrap()
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(call.to_string())).await.unwrap();
        let answer = async {
            loop {
                let message = self.socket.next().await.expect("the browser lives").unwrap();
                let Message::Text(text) = message else { continue };
                let mut answer: Value = serde_json::from_str(&text).unwrap();
                if answer["id"] == id {
                    assert!(answer.get("error").is_none(), "{method}: {answer}");
                    return answer["result"].take();
                }
            }
        };
        timeout(CEILING, answer).await.expect("the browser answers")
    }
}
