//! The service in a real browser: create, pay, paid, and every cheat. Skipped where no Chromium is found.

mod chromium;

use std::path::PathBuf;

use chromium::{Chromium, Page};

use crate::process::Service;

/// A phone, in CSS pixels.
const PHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1200, 900);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_pays_and_every_cheat_is_refused() {
    let Some(mut browser) = Chromium::start().await else {
        println!("skipped: no Chromium in the path, the pages were not tried in a browser");
        return;
    };
    let shots = std::env::temp_dir().join(format!("checker-pages-{}", std::process::id()));
    std::fs::create_dir_all(&shots).unwrap();
    let service = Service::start(&[]);
    let mut visit = Visit { page: browser.page(PHONE).await, service: &service, shots };

    visit.open("/").await;
    visit.shoot("1-new-order").await;
    visit.create("25", "XRP").await;
    visit.page.until("document.querySelector('#state').innerText.includes('Waiting')").await;
    visit.shoot("2-waiting").await;
    visit.click("Pay").await;
    visit.page.until("document.querySelector('#state').innerText.includes('Seen')").await;
    visit.shoot("3-seen").await;
    // It changes under the eyes of the visitor, without being loaded again.
    visit.page.eval("window.kept = true").await;
    visit.state("Paid").await;
    assert_eq!(visit.page.eval("window.kept === true").await, true);
    visit.shoot("4-paid").await;

    for (number, (asset, button, headline, reason)) in [
        ("XRP", "Pay partially", "Not paid", "amount: expected at least 25 XRP, found"),
        ("USD", "Pay partially", "Not paid", "amount: expected at least 25 USD"),
        ("XRP", "Pay in fake token", "Not paid", "asset: expected XRP, found"),
        ("USD", "Pay in fake token", "Not paid", "asset: expected USD"),
        ("XRP", "Pay without tag", "Not paid", "destination tag: expected"),
        ("USD", "Pay twice", "Paid", "which is paid already"),
    ]
    .into_iter()
    .enumerate()
    {
        visit.open("/").await;
        visit.create("25", asset).await;
        visit.click(button).await;
        visit.state(headline).await;
        let text = visit.page.eval("document.querySelector('#state').innerText").await;
        let text = text.as_str().unwrap().to_owned();
        assert!(text.contains(reason), "{asset}, {button}: {text}");
        visit.shoot(&format!("5-{number}-{}", button.to_lowercase().replace(' ', "-"))).await;
        visit.page.eval("document.querySelectorAll('details').forEach(d => d.open = true)").await;
        visit.is_tidy().await;
        visit.shoot(&format!("6-{number}-all-checks")).await;
    }
    visit.open("/payments").await;
    visit.shoot("7-payments").await;
    visit.open("/health").await;
    visit.page.until("document.body.innerText.includes('ws://n1.test')").await;
    visit.shoot("8-nodes").await;

    let shots = visit.shots.clone();
    let mut visit = Visit { page: browser.page(DESK).await, service: &service, shots };
    visit.open("/orders/3").await;
    visit.shoot("9-at-a-desk").await;
    println!("screenshots are in {}", visit.shots.display());
}

/// One visitor.
struct Visit<'s> {
    page: Page,
    service: &'s Service,
    shots: PathBuf,
}

impl Visit<'_> {
    async fn open(&mut self, path: &str) {
        self.page.open(&self.service.url(path)).await;
        self.is_tidy().await;
    }

    /// Fills the form as a visitor does, as soon as the service is ready.
    async fn create(&mut self, amount: &str, asset: &str) {
        let fill = format!(
            "document.querySelector('#amount').value = '{amount}';
             const asset = document.querySelector('#asset');
             asset.value = [...asset.options].find(o => o.text === '{asset}').value;
             document.querySelector('main form button').click(); true"
        );
        for _ in 0..100 {
            self.page
                .eval(&format!("(() => {{ {} }})()", fill.replacen("; true", "; return true", 1)))
                .await;
            self.page.settle().await;
            if self.page.eval("location.pathname.startsWith('/orders/')").await == true {
                return self.is_tidy().await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        panic!("no order can be made");
    }

    async fn click(&mut self, button: &str) {
        let click = format!(
            "[...document.querySelectorAll('button')].find(b => b.innerText === '{button}').click()"
        );
        self.page.eval(&click).await;
        self.page.settle().await;
    }

    async fn state(&mut self, headline: &str) {
        let there = format!("document.querySelector('.state')?.innerText === '{headline}'");
        self.page.until(&there).await;
    }

    /// Nothing sticks out to the side, and everything has a name for those who cannot see it.
    async fn is_tidy(&mut self) {
        let width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        assert_eq!(self.page.eval(width).await, true, "it is wider than the screen");
        let named = "document.documentElement.lang === 'en'
            && document.querySelectorAll('h1').length === 1
            && document.querySelectorAll('main').length === 1
            && [...document.querySelectorAll('input, select')].every(e => e.labels.length === 1)
            && [...document.querySelectorAll('button, a')].every(e => e.innerText.trim() !== '')
            && [...document.querySelectorAll('svg')].every(e => e.closest('[role=img][aria-label]'))
            && [...document.querySelectorAll('button, a')].every(e => e.getBoundingClientRect().height >= 24)";
        assert_eq!(self.page.eval(named).await, true, "something has no name, or is too small");
    }

    async fn shoot(&mut self, name: &str) {
        let bytes = self.page.screenshot().await;
        std::fs::write(self.shots.join(format!("{name}.png")), bytes).unwrap();
    }
}
