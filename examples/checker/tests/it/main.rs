//! The service as a process: its pages, its end at any moment, its use in a browser.

mod browser;
mod hook;
mod killed;
mod pages;
mod process;
