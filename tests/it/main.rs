//! Everything that is tested from outside the library, in one binary.
#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a call with json!(..) in it reads best without a reference"
)]

mod architecture;
mod asked;
mod audit;
mod bad_hosts;
mod bad_providers;
mod clients;
mod conformance;
mod crash;
mod crew;
mod demo;
mod doctor;
mod errors;
mod faults;
mod hardening;
mod hooks;
mod http;
mod install;
mod labels;
mod lessons;
mod manifest;
mod matrix;
mod models;
#[cfg(unix)]
mod ownership;
mod page;
mod policy;
mod raw;
mod reach;
mod receiver;
mod route;
mod rules;
mod session;
mod stdio;
mod support;
mod surface;
mod tasks;
mod tutorial;
mod validation;
mod webhooks;
